"""`vouchsafe init`: a workspace with its desks, in shadow mode, and a first administrator."""

import getpass

import cyclopts

from vouchsafe.app import open_app
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.staff import Role
from vouchsafe.installing import DeskPlan, Refused, add_user, create_workspace
from vouchsafe.settings import load_settings

app = cyclopts.App(name="init", help="Set up a workspace with its desks, in shadow mode.")


@app.default
def init(
    *,
    patient_address: str,
    it_address: str = "",
    on_call: str,
    organisation: str,
    admin: str,
    password: str = "",
) -> int:
    """Make the workspace. Every desk starts in shadow mode: the AI writes, nobody sees it, people answer.

    Parameters
    ----------
    patient_address
        The mail address patients write to.
    it_address
        The mail address staff write to; leave out for no IT desk.
    on_call
        The mail address that pages go to, day and night.
    organisation
        The name in the From header of what leaves.
    admin
        Log-in name of the first administrator.
    password
        Their password; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        if opened.workspaces():
            raise Refused("this installation has a workspace already; use vouchsafe user and vouchsafe knowledge")
        secret = password or getpass.getpass("Password of the administrator (12 characters or more): ")
        plans = [DeskPlan("patient", "patient", Mode.SHADOW, patient_address, organisation, on_call)]
        if it_address:
            plans.append(DeskPlan("it", "it", Mode.SHADOW, it_address, f"{organisation} IT", on_call))
        workspace = create_workspace(opened, plans)
        add_user(opened, workspace, admin, admin.partition("@")[0], "Administrator", frozenset({Role.ADMIN}), secret)
        print(f"workspace {workspace} is ready; every desk is in shadow mode")
        print(
            "next: vouchsafe user add ... for each person, vouchsafe knowledge publish DIR --desk patient, vouchsafe up"
        )
        print("later: vouchsafe desk mode patient copilot, once the papers of vouchsafe desk papers are signed")
        print(f"back up the key folder apart from the database: {opened.settings.keys_dir.resolve()}")
    return 0
