"""Where a desk's pages go can be changed by an administrator, and everybody sees where."""

import pytest
from tests.cli.conftest import PASSWORD, Shell

from vouchsafe.installing import the_workspace
from vouchsafe.store import desks, trail


def on_call_of(shell: Shell) -> str:
    with shell.opened() as app, app.store(the_workspace(app)) as work:
        (desk,) = desks.every(work.context)
        return desk.facts.on_call


def change(address: str, login: str = "root@clinic.example") -> tuple[str, ...]:
    return ("desk", "on-call", "patient", address, "--login", login, "--password-file", "-")


def test_a_new_on_call_address_is_in_force_on_record_and_listed(clinic_shell: Shell) -> None:
    said = clinic_shell(*change("night@clinic.example"), typed=PASSWORD).out

    assert said == "patient: pages go to night@clinic.example, before to oncall@clinic.example\n"
    assert on_call_of(clinic_shell) == "night@clinic.example"
    assert clinic_shell.events()[-1] == "channel:changed"
    with clinic_shell.opened() as app, app.store(the_workspace(app)) as work:
        newest = max(trail.search(work.context, limit=1_000), key=lambda one: one.leaf.id)
        assert newest.leaf.actor.kind.value == "person"
    listed = clinic_shell("desk", "list").out
    assert "desk@clinic.example  pages night@clinic.example" in listed


@pytest.mark.parametrize(
    "address", ["nobody", "a b@clinic.example", "a@clinic.example\n", "a@clinic.example\nBcc: x@evil.example"]
)
def test_what_is_no_address_is_refused_and_changes_nothing(clinic_shell: Shell, address: str) -> None:
    before = clinic_shell.events().count("channel:changed")

    assert "pages go to a mail address such as" in clinic_shell(*change(address), typed=PASSWORD, code=2).err
    assert on_call_of(clinic_shell) == "oncall@clinic.example"
    assert clinic_shell.events().count("channel:changed") == before


def test_whoever_is_no_administrator_is_refused(clinic_shell: Shell) -> None:
    who = ("--name", "Ann Lead", "--title", "Lead", "--role", "lead", "--password-file", "-")
    clinic_shell("user", "add", "lead@clinic.example", *who, typed=PASSWORD)

    said = clinic_shell(*change("night@clinic.example", "lead@clinic.example"), typed=PASSWORD, code=2).err

    assert "only an active administrator" in said
    assert on_call_of(clinic_shell) == "oncall@clinic.example"


def test_the_doctors_fix_for_a_desk_without_an_address_is_this_command(clinic_shell: Shell) -> None:
    with clinic_shell.opened() as app, app.store(the_workspace(app)) as work:
        (desk,) = desks.every(work.context)
        desks.set_facts(work.context, desk.id, desks.DeskFacts(desk.facts.address, desk.facts.name, ""))

    said = clinic_shell("doctor", code=1).out

    assert "RED on-call patient" in said
    assert "fix: vouchsafe desk on-call patient ADDRESS --login YOU" in said
