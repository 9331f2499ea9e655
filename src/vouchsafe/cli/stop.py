"""`vouchsafe stop`: the stop button for whoever has a shell and no browser (R184)."""

from typing import Literal
from uuid import UUID

import cyclopts

from vouchsafe.app import open_app
from vouchsafe.cli.asking import PasswordFile, shown_to_be
from vouchsafe.installing import Refused, desk_named, the_workspace
from vouchsafe.reviewing import Reviewing
from vouchsafe.settings import load_settings
from vouchsafe.store import stops
from vouchsafe.store.stops import StopScope

app = cyclopts.App(name="stop", help="Stop everything automatic, or show and release stops.")


@app.command
def press(
    *,
    login: str,
    reason: str,
    scope: Literal["workspace", "desk", "intent"] = "workspace",
    desk: str = "",
    intent: str = "",
    password_file: PasswordFile = None,
) -> int:
    """Stop everything automatic in a scope; within 5 s nothing more leaves.

    Parameters
    ----------
    login
        Who presses it: a lead, a clinician or compliance.
    reason
        Recorded with the name.
    scope
        The whole workspace, one desk, or one intent.
    desk
        Name of the desk, for scope desk or intent.
    intent
        Name of the intent, for scope intent.
    password_file
        A file whose first line is the person's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        if scope != "workspace" and not desk:
            raise Refused("name the desk with --desk")
        if scope == "intent" and not intent:
            raise Refused("name the intent with --intent")
        desk_id = desk_named(opened, workspace, desk) if desk else None
        user = shown_to_be(opened, workspace, login, password_file)
        done = Reviewing(opened, workspace).press_stop(StopScope(scope), desk_id, intent or None, user, reason)
    print(done.says)
    return 0


@app.command
def show() -> int:
    """Show the stops in force."""
    with open_app(load_settings()) as opened, opened.store(the_workspace(opened)) as work:
        found = stops.in_force(work.context)
        for one in found:
            by_itself = "" if one.pressed_by else " by itself"
            pressed = f"pressed{by_itself} {one.pressed_at:%Y-%m-%d %H:%M} UTC: {one.reason}"
            print(f"{one.id}  {one.scope.value:<9} {one.intent or ''}  {pressed}")
        if not found:
            print("no stop is in force")
    return 0


@app.command
def release(stop: UUID, *, login: str, password_file: PasswordFile = None) -> int:
    """Release a stop; a second person must.

    Parameters
    ----------
    stop
        Its id, see `vouchsafe stop show`.
    login
        Who releases it: not whoever pressed it.
    password_file
        A file whose first line is the person's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        user = shown_to_be(opened, workspace, login, password_file)
        done = Reviewing(opened, workspace).release_stop(stop, user)
    print(done.says)
    return 0
