"""What an administrator changes about a desk, and what everybody sees of it."""

import pytest
import yaml
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


def test_an_own_intent_that_lets_clinical_words_through_is_named_with_them(clinic_shell: Shell) -> None:
    assert "held to copilot" not in clinic_shell("desk", "list").out
    assert "ok  intents patient" in clinic_shell("doctor", code=1).out
    hours = clinic_shell.settings.packs_dir / "patient" / "intents" / "visiting.yaml"
    rows = yaml.safe_load(hours.read_text("utf-8"))
    intent = next(one for one in rows["intents"] if one["name"] == "opening_hours")
    intent["examples"][-2:] = ["how long until the antibiotics work", "how long do antibiotics take to kick in"]
    hours.write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
    says = (
        "intent opening_hours is held to copilot: its examples would let a message like "
        '"how long until the antibiotics kick in" through'
    )

    listed = clinic_shell("desk", "list").out
    told = clinic_shell("doctor", code=1).out

    assert says in clinic_shell("detect", "--desk", str(hours.parents[1]), typed='{"id": 1, "text": "Hello"}').err
    assert f"  {says}\n  give the intent examples" in listed
    assert "RED intents patient" in told
    assert says in told
    assert "fix: give the intent examples" in told
