"""`vouchsafe user add|list|deactivate`: people and their roles."""

import getpass
from datetime import date

import cyclopts

from vouchsafe.app import open_app
from vouchsafe.domain.staff import License, Role
from vouchsafe.installing import Refused, add_user, deactivate_user, the_workspace
from vouchsafe.settings import load_settings
from vouchsafe.store import staff

app = cyclopts.App(name="user", help="Add, list and deactivate people.")


@app.command
def add(
    login: str,
    *,
    name: str,
    title: str,
    role: list[Role],
    profession: str = "",
    license_number: str = "",
    license_expires: date | None = None,
    password: str = "",
) -> int:
    """Add a person. A clinician needs profession, licence number and its last day.

    Parameters
    ----------
    login
        Log-in name, of one person only.
    name
        How replies are signed.
    title
        Role or department in words, such as "Registered nurse".
    role
        agent, clinician, interpreter, lead, privacy, compliance or admin; may be given more than once.
    profession
        Of a clinician, such as RN.
    license_number
        Of a clinician.
    license_expires
        Last day the licence is valid.
    password
        Asked for if left out.
    """
    license_ = None
    if Role.CLINICIAN in role:
        if not (profession and license_number and license_expires):
            raise Refused("a clinician needs --profession, --license-number and --license-expires (R178)")
        license_ = License(profession, license_number, license_expires)
    secret = password or getpass.getpass("Password (12 characters or more): ")
    with open_app(load_settings()) as opened:
        user = add_user(opened, the_workspace(opened), login, name, title, frozenset(role), secret, license_)
    print(f"added {user.id}")
    return 0


@app.command(name="list")
def list_() -> int:
    """List people with their roles."""
    with open_app(load_settings()) as opened, opened.store(the_workspace(opened)) as work:
        for user in staff.every(work.context):
            roles = ", ".join(sorted(role.value for role in user.roles))
            state = "" if user.active else "  (deactivated)"
            print(f"{user.login:<32} {user.signature:<48} {roles}{state}")
    return 0


@app.command
def deactivate(login: str) -> int:
    """End a person's access: no log-in any more, every session ends. What they signed keeps their name.

    Parameters
    ----------
    login
        Log-in name.
    """
    with open_app(load_settings()) as opened:
        ended = deactivate_user(opened, the_workspace(opened), login)
    print(f"deactivated; {ended} sessions ended")
    return 0
