"""`stop` at the shell takes two people, each with their own password; a name alone is nobody."""

import re

import pytest
from tests.cli.conftest import PASSWORD, Shell

from vouchsafe.passwords import shown_at_the_shell

OTHER = "walnut-harbour-ember-finch"
PRESS = ("stop", "press", "--reason", "drill", "--password-file", "-", "--login")


@pytest.fixture
def desk(clinic_shell: Shell) -> Shell:
    """A clinic with two leads and an agent."""
    for login, role, password in (
        ("ann@clinic.example", "lead", PASSWORD),
        ("ben@clinic.example", "lead", OTHER),
        ("cyd@clinic.example", "agent", PASSWORD),
    ):
        who = ("--name", "A. Example", "--title", "Desk", "--role", role, "--password-file", "-")
        clinic_shell("user", "add", login, *who, typed=password)
    return clinic_shell


def the_stop(shell: Shell) -> str:
    found = re.match(r"[0-9a-f-]{36}", shell("stop", "show").out)
    assert found
    return found.group()


def test_a_stop_is_pressed_by_one_person_and_released_by_another(desk: Shell) -> None:
    desk(*PRESS, "ann@clinic.example", typed=PASSWORD)
    assert "drill" in desk("stop", "show").out
    release = ("stop", "release", the_stop(desk), "--password-file", "-", "--login")

    assert "second" in desk(*release, "ann@clinic.example", typed=PASSWORD, code=2).err
    desk(*release, "ben@clinic.example", typed=OTHER)

    assert "no stop is in force" in desk("stop", "show").out
    written = [one for one in desk.events() if one.startswith(("stop", "login"))]
    assert written == ["login:succeeded", "stop:pressed", "login:succeeded", "login:succeeded", "stop:released"]


def test_one_shell_user_cannot_release_in_the_name_of_another(desk: Shell) -> None:
    desk(*PRESS, "ann@clinic.example", typed=PASSWORD)

    said = desk(
        *("stop", "release", the_stop(desk), "--login", "ben@clinic.example", "--password-file", "-"),
        typed=PASSWORD,
        code=2,
    )

    assert "do not fit" in said.err
    assert "drill" in desk("stop", "show").out
    assert desk.events()[-1] == "login:failed"


def test_nothing_is_pressed_without_a_password(desk: Shell) -> None:
    said = desk("stop", "press", "--reason", "drill", "--login", "ann@clinic.example", code=2)

    assert "a password is needed" in said.err
    assert "stop:pressed" not in desk.events()


@pytest.mark.parametrize(
    ("login", "typed", "says"),
    [
        ("nobody@clinic.example", PASSWORD, "do not fit"),
        ("ann@clinic.example", "wrong-wrong-wrong", "do not fit"),
        ("cyd@clinic.example", PASSWORD, "role does not allow"),
    ],
)
def test_whoever_may_not_press_does_not(desk: Shell, login: str, typed: str, says: str) -> None:
    assert says in desk(*PRESS, login, typed=typed, code=2).err
    assert "stop:pressed" not in desk.events()


def test_guessing_at_the_shell_locks_the_account(desk: Shell) -> None:
    with desk.opened() as app:
        (workspace,) = app.workspaces()
        for _ in range(5):
            assert shown_at_the_shell(app, workspace, "ann@clinic.example", "wrong") is None
        assert shown_at_the_shell(app, workspace, "ann@clinic.example", PASSWORD) is None


def test_a_scope_needs_the_names_it_is_about(desk: Shell) -> None:
    press = (*PRESS, "ann@clinic.example")
    assert "--desk" in desk(*press, "--scope", "desk", typed=PASSWORD, code=2).err
    assert "--intent" in desk(*press, "--scope", "intent", "--desk", "patient", typed=PASSWORD, code=2).err
    desk(*press, "--scope", "intent", "--desk", "patient", "--intent", "opening_hours", typed=PASSWORD)
    assert "opening_hours" in desk("stop", "show").out
