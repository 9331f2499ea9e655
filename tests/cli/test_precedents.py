"""`knowledge precedents` as a person types it. What stands in a list is shown by the tests of the acts."""

from uuid import uuid4

from tests.cli.conftest import PASSWORD, Shell


def add(shell: Shell, role: str) -> tuple[str, ...]:
    login = f"{role}@clinic.example"
    who = ("--name", "Ann Other", "--title", "Desk", "--role", role, "--password-file", "-")
    shell("user", "add", login, *who, typed=PASSWORD)
    return ("--desk", "patient", "--login", login, "--password-file", "-")


def test_a_lead_lists_them_on_record_and_others_may_not(clinic_shell: Shell) -> None:
    lead, agent = add(clinic_shell, "lead"), add(clinic_shell, "agent")

    assert "patient: 0 precedents" in clinic_shell("knowledge", "precedents", *lead, typed=PASSWORD).out
    assert clinic_shell.events()[-1] == "report:read"
    refused = clinic_shell("knowledge", "precedents", *agent, typed=PASSWORD, code=2)
    assert "your role may not" in refused.err
    assert clinic_shell.events()[-1] == "access:denied"


def test_withdrawing_needs_a_reason_and_one_that_stands(clinic_shell: Shell) -> None:
    lead = add(clinic_shell, "lead")
    command = ("knowledge", "precedents", *lead, "--withdraw", str(uuid4()))

    assert "say why" in clinic_shell(*command, typed=PASSWORD, code=2).err
    assert "no such precedent" in clinic_shell(*command, "--reason", "old", typed=PASSWORD, code=2).err
