"""`vouchsafe init`: a workspace with its desks, in shadow mode, and a first administrator."""

from dataclasses import replace

import cyclopts

from vouchsafe.app import open_app
from vouchsafe.cli.asking import PasswordFile, a_password, asked
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.staff import Role
from vouchsafe.governance.pack_copies import CRISIS_LINE, EMERGENCY_NUMBER, ZONE, OwnWords
from vouchsafe.installing import (
    DeskPlan,
    Refused,
    add_user,
    adopt_pack,
    check_password,
    create_workspace,
    note_pack,
)
from vouchsafe.settings import Settings, load_settings

app = cyclopts.App(name="init", help="Set up a workspace with its desks, in shadow mode.")


@app.default
def init(
    *,
    patient_address: str,
    it_address: str = "",
    on_call: str,
    organisation: str = "",
    phone: str = "",
    it_phone: str = "",
    zone: str = ZONE,
    emergency_number: str = EMERGENCY_NUMBER,
    crisis_line: str = CRISIS_LINE,
    admin: str,
    password: str = "",
    password_file: PasswordFile = None,
) -> int:
    """Make the workspace. Every desk starts in shadow mode: the AI writes, nobody sees it, people answer.

    Each desk gets its own policy pack in the data folder, a copy of the shipped one that speaks for the organisation:
    its name and numbers stand in every notice, those in a crisis too. Edit it there; a restart puts it in force.

    Parameters
    ----------
    patient_address
        The mail address patients write to.
    it_address
        The mail address staff write to; leave out for no IT desk.
    on_call
        The mail address that pages go to, day and night.
    organisation
        The name patients know you by, in replies, notices and the From header. Asked for if left out.
    phone
        The number patients call, as they should read it. Asked for if left out.
    it_phone
        The number staff call; the same number if left out.
    zone
        Where the days of your desks count, such as America/Chicago.
    emergency_number
        What people call in an emergency.
    crisis_line
        What people call or text in a crisis.
    admin
        Log-in name of the first administrator.
    password
        Their password; asked for if left out. Others on this machine can see it while this command runs.
    password_file
        A file whose first line is the password; `-` reads it from standard input.
    """
    with open_app(load_settings()) as opened:
        if opened.workspaces():
            raise Refused("this installation has a workspace already; use vouchsafe user and vouchsafe knowledge")
        name = asked(organisation, "Name of the organisation, as patients know it", "--organisation")
        number = asked(phone, "Telephone number that patients call", "--phone")
        own = OwnWords(name, number, zone, emergency_number, crisis_line)
        # Everything that can be refused is, before anything is made.
        secret = a_password("Password of the administrator (12 characters or more): ", password, password_file)
        check_password(secret)
        plans = [DeskPlan("patient", "patient", Mode.SHADOW, patient_address, name, on_call)]
        packs = [adopt_pack(opened, "patient", own)]
        if it_address:
            plans.append(DeskPlan("it", "it", Mode.SHADOW, it_address, f"{name} IT", on_call))
            packs.append(adopt_pack(opened, "it", replace(own, phone=it_phone or number)))
        workspace = create_workspace(opened, plans)
        signature = admin.partition("@")[0]
        user = add_user(opened, workspace, admin, signature, "Administrator", frozenset({Role.ADMIN}), secret)
        for plan, pack in zip(plans, packs, strict=True):
            note_pack(opened, workspace, plan.name, pack, user.id)
        _say_what_next(opened.settings, str(workspace))
    return 0


def _say_what_next(settings: Settings, workspace: str) -> None:
    print(f"workspace {workspace} is ready; every desk is in shadow mode")
    print(f"read what your desks say, promise and route, and edit it: {settings.packs_dir.resolve()}")
    print("next: vouchsafe user add ... for each person, vouchsafe knowledge import DIR --desk patient, vouchsafe up")
    print("later: vouchsafe desk mode patient copilot, once the papers of vouchsafe desk papers are signed")
    print(f"back up the key folder apart from the database: {settings.keys_dir.resolve()}")
