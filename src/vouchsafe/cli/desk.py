"""`vouchsafe desk list|papers|mode`: how far the AI may go on each desk."""

from pathlib import Path

import cyclopts

from vouchsafe.app import open_app
from vouchsafe.domain.pack import Mode
from vouchsafe.governance.sign_offs import blank
from vouchsafe.installing import change_mode, the_workspace
from vouchsafe.settings import load_settings
from vouchsafe.store import desks

app = cyclopts.App(name="desk", help="List the desks and set how far the AI may go on each.")


@app.command(name="list")
def list_() -> int:
    """List the desks with mode and pack."""
    with open_app(load_settings()) as opened, opened.store(the_workspace(opened)) as work:
        for desk in desks.every(work.context):
            print(f"{desk.name:<12} {desk.mode.value:<8} pack {desk.pack:<12} {desk.facts.address}")
    return 0


@app.command
def papers() -> int:
    """Print a blank file of the nine sign-offs that `copilot` and `auto` wait for (R200)."""
    print(blank())
    return 0


@app.command
def mode(name: str, to: Mode, *, login: str, signed: Path | None = None) -> int:
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
    """
    content = signed.read_text(encoding="utf-8") if signed else ""
    with open_app(load_settings()) as opened:
        before = change_mode(opened, the_workspace(opened), name, to, login, content)
    print(f"{name}: {before.value} -> {to.value}")
    return 0
