"""`vouchsafe user add|change|list|deactivate`: people and their roles."""

from datetime import date

import cyclopts

from vouchsafe.app import open_app
from vouchsafe.cli.asking import PasswordFile, a_password
from vouchsafe.domain.staff import License, Role
from vouchsafe.installing import Refused, UserChanges, add_user, change_user, deactivate_user, the_workspace
from vouchsafe.settings import load_settings
from vouchsafe.store import staff

app = cyclopts.App(name="user", help="Add, change, list and deactivate people.")


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
    password_file: PasswordFile = None,
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
        Asked for if left out. Others on this machine can see it while this command runs.
    password_file
        A file whose first line is the password; `-` reads it from standard input.
    """
    license_ = _license(profession, license_number, license_expires)
    if Role.CLINICIAN in role and license_ is None:
        raise Refused("a clinician needs --profession, --license-number and --license-expires (R178)")
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        secret = a_password("Password (12 characters or more): ", password, password_file)
        user = add_user(opened, workspace, login, name, title, frozenset(role), secret, license_)
    print(f"added {user.id}")
    return 0


@app.command
def change(
    login: str,
    *,
    name: str | None = None,
    title: str | None = None,
    role: list[Role] | None = None,
    profession: str = "",
    license_number: str = "",
    license_expires: date | None = None,
    new_password: bool = False,
    password_file: PasswordFile = None,
) -> int:
    """Change a person: renew a licence, give other roles or a new password. What is not named stays.

    Parameters
    ----------
    login
        Log-in name.
    name
        How replies are signed from now on.
    title
        Role or department in words.
    role
        All roles the person has from now on; may be given more than once.
    profession
        Of the licence, such as RN.
    license_number
        Of the licence.
    license_expires
        Its last day; the three of a licence go together.
    new_password
        Ask for a new password; every session of the person ends.
    password_file
        A file whose first line is the new password; `-` reads it from standard input.
    """
    license_ = _license(profession, license_number, license_expires)
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        wanted = new_password or password_file is not None
        secret = a_password("New password (12 characters or more): ", file=password_file) if wanted else None
        to = UserChanges(name, title, frozenset(role) if role else None, license_, secret)
        changed = change_user(opened, workspace, login, to)
    print(f"changed: {', '.join(changed)}" if changed else "nothing is different")
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


def _license(profession: str, number: str, expires: date | None) -> License | None:
    """A licence, where all of it is given. Raises: Refused for a part of one."""
    if not (profession or number or expires):
        return None
    if not (profession and number and expires):
        raise Refused("a licence is --profession, --license-number and --license-expires together (R178)")
    return License(profession, number, expires)
