"""`vouchsafe desk list|papers|mode|pack|drafter|on-call`: how far the AI may go, whose words, whom a desk pages."""

from pathlib import Path

import cyclopts

from vouchsafe.app import App, open_app
from vouchsafe.cli.asking import PasswordFile, shown_to_be
from vouchsafe.cli.desks import HOW_TO_FREE, held_to_copilot
from vouchsafe.domain.pack import Mode
from vouchsafe.governance.pack_copies import CRISIS_LINE, EMERGENCY_NUMBER, ZONE, OwnWords
from vouchsafe.governance.sign_offs import blank
from vouchsafe.installing import (
    Refused,
    adopt_pack,
    change_drafter,
    change_mode,
    change_on_call,
    check_administrator,
    desk_named,
    note_pack,
    the_workspace,
)
from vouchsafe.settings import load_settings
from vouchsafe.store import desks

app = cyclopts.App(name="desk", help="List the desks, set how far the AI may go on each, give it a pack of its own.")


@app.command(name="list")
def list_() -> int:
    """List the desks with mode, pack, address, where their pages go and which language model drafts for them."""
    with open_app(load_settings()) as opened, opened.store(the_workspace(opened)) as work:
        for desk in desks.every(work.context):
            pages = desk.facts.on_call or "nobody"
            says = f"{desk.name:<12} {desk.mode.value:<8} pack {desk.pack:<12} {desk.facts.address}  pages {pages}"
            print(f"{says}  drafts by {opened.model_for(desk) or 'no language model'}")
            _say_held(opened, desk.pack)
    return 0


@app.command
def papers() -> int:
    """Print a blank file of the nine sign-offs that `copilot` and `auto` wait for (R200)."""
    print(blank())
    return 0


@app.command
def mode(name: str, to: Mode, *, login: str, signed: Path | None = None, password_file: PasswordFile = None) -> int:
    """Set a desk's mode. Lower at any time; up to copilot or auto with every paper signed.

    Parameters
    ----------
    name
        Name of the desk.
    to
        off (no drafts), shadow (drafts nobody sees), copilot (people send) or auto (the gate may send).
    login
        The administrator who changes it.
    signed
        The file of sign-offs; `vouchsafe desk papers` prints a blank one.
    password_file
        A file whose first line is the administrator's password, `-` for standard input; asked for if left out.
    """
    content = _content(signed)
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        by = shown_to_be(opened, workspace, login, password_file)
        before = change_mode(opened, workspace, name, to, by, content)
        print(f"{name}: {before.value} -> {to.value}")
        if to is Mode.AUTO:
            with opened.store(workspace) as work:
                _say_held(opened, desks.get(work.context, desk_named(opened, workspace, name)).pack)
    return 0


@app.command
def pack(
    name: str,
    *,
    organisation: str,
    phone: str,
    login: str,
    zone: str = ZONE,
    emergency_number: str = EMERGENCY_NUMBER,
    crisis_line: str = CRISIS_LINE,
    password_file: PasswordFile = None,
) -> int:
    """Copy a shipped pack into the data folder, with your organisation's words, for an installation that lacks it.

    `init` does this for a new installation. Start `vouchsafe up` again to put it in force.

    Parameters
    ----------
    name
        Name of the shipped pack: patient or it.
    organisation
        The name people know you by.
    phone
        The number that notices name.
    login
        The administrator who answers for it.
    zone
        Where the days of the desk count.
    emergency_number
        What people call in an emergency.
    crisis_line
        What people call or text in a crisis.
    password_file
        A file whose first line is the administrator's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        own = OwnWords(organisation, phone, zone, emergency_number, crisis_line)
        by = shown_to_be(opened, workspace, login, password_file)
        check_administrator(by)
        copied = adopt_pack(opened, name, own)
        with opened.store(workspace) as work:
            used = [desk.name for desk in desks.every(work.context) if desk.pack == name]
        for desk in used:
            note_pack(opened, workspace, desk, copied, by.id)
        print(f"{opened.settings.packs_dir / name}: {copied.ref}, for {', '.join(used) or 'no desk yet'}")
        _say_held(opened, name)
    return 0


@app.command
def drafter(name: str, to: str, *, login: str, password_file: PasswordFile = None) -> int:
    """Turn the language model off for a desk, or name one of its own; in force at once.

    Parameters
    ----------
    name
        Name of the desk.
    to
        local (no language model), installation (as VOUCHSAFE_DRAFTER says), or the exact name of another model of the
        provider that is set; without a row in the agreement register that names it, nothing is asked.
    login
        The administrator who changes it.
    password_file
        A file whose first line is the administrator's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        by = shown_to_be(opened, workspace, login, password_file)
        before, after = change_drafter(opened, workspace, name, to, by)
        if not opened.drafts_by_model:
            print("VOUCHSAFE_DRAFTER asks no language model at any desk; this holds once it does")
    print(f"{name}: {before} -> {after}")
    return 0


@app.command(name="on-call")
def on_call(name: str, address: str, *, login: str, password_file: PasswordFile = None) -> int:
    """Set the mail address that a desk's pages go to, day and night; in force at once.

    Parameters
    ----------
    name
        Name of the desk.
    address
        The mail address.
    login
        The administrator who changes it.
    password_file
        A file whose first line is the administrator's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        by = shown_to_be(opened, workspace, login, password_file)
        before = change_on_call(opened, workspace, name, address, by)
    print(f"{name}: pages go to {address}, before to {before or 'nobody'}")
    return 0


def _say_held(opened: App, pack: str) -> None:
    """Name the intents that the pack has in auto and that never answer alone."""
    held = held_to_copilot(opened, opened.pack(pack))
    for says in held:
        print(f"  {says}")
    if held:
        print(f"  {HOW_TO_FREE}")


def _content(signed: Path | None) -> str:
    if signed is None:
        return ""
    try:
        return signed.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("the file of sign-offs cannot be read; vouchsafe desk papers prints a blank one") from error
