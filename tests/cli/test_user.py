"""`user` makes, changes and ends accounts, each on record; a change is what the trail says it is."""

from datetime import date

import pytest
from sqlalchemy import text
from tests.cli.conftest import PASSWORD, Shell

from vouchsafe.domain.staff import Role, User
from vouchsafe.evidence.leaf import parse
from vouchsafe.passwords import shown_at_the_shell
from vouchsafe.store import staff, trail

NEW = "walnut-harbour-ember-finch"
NURSE = ("nurse@clinic.example", "--name", "Ida Example", "--title", "Registered nurse", "--role", "clinician")
LICENSE = ("--profession", "RN", "--license-number", "RN-1", "--license-expires", "2030-01-31")


@pytest.fixture
def ward(clinic_shell: Shell) -> Shell:
    """A clinic with a nurse."""
    clinic_shell("user", "add", *NURSE, *LICENSE, "--password-file", "-", typed=PASSWORD)
    return clinic_shell


def person(shell: Shell, login: str = "nurse@clinic.example") -> User:
    with shell.opened() as app, app.store(app.workspaces()[0]) as work:
        account = staff.by_login(work.context, login)
    assert account is not None
    return account.user


def last_payload(shell: Shell, kind: str) -> dict[str, object]:
    with shell.opened() as app, app.store(app.workspaces()[0]) as work:
        row = work.context.connection.execute(
            text("select e.leaf, p.sealed, e.id from event e join payload p on p.event_id = e.id where e.type = :t"),
            {"t": kind},
        ).one()
        leaf = parse(bytes(row.leaf))
        return dict(trail._opened(work.context, leaf, None, row.sealed))


def test_a_clinician_needs_a_whole_licence(clinic_shell: Shell) -> None:
    said = clinic_shell("user", "add", *NURSE, "--password", PASSWORD, code=2)
    assert "--license-expires" in said.err
    said = clinic_shell("user", "add", *NURSE, *LICENSE[:4], "--password", PASSWORD, code=2)
    assert "together" in said.err
    assert "user:created" in clinic_shell.events()


def test_a_log_in_name_is_never_shared(ward: Shell) -> None:
    assert "is taken" in ward("user", "add", *NURSE, *LICENSE, "--password", PASSWORD, code=2).err


def test_the_list_shows_everybody_with_roles_and_who_was_ended(ward: Shell) -> None:
    ward("user", "deactivate", "nurse@clinic.example")

    said = ward("user", "list").out
    assert "root@clinic.example" in said
    assert "(deactivated)" in next(line for line in said.splitlines() if line.startswith("nurse"))
    assert ward.events()[-1] == "user:deactivated"
    assert "nobody active" in ward("user", "deactivate", "nurse@clinic.example", code=2).err
    assert "nobody active" in ward("user", "change", "nurse@clinic.example", "--title", "RN", code=2).err


def test_a_licence_is_renewed_and_the_trail_says_until_when(ward: Shell) -> None:
    renewed = ("--profession", "RN", "--license-number", "RN-1", "--license-expires", "2034-01-31")
    assert "changed: license" in ward("user", "change", "nurse@clinic.example", *renewed).out

    after = person(ward)
    assert after.license is not None
    assert after.license.expires == date(2034, 1, 31)
    assert after.is_clinician(date(2033, 12, 31))
    assert ward.events()[-1] == "user:changed"
    assert last_payload(ward, "user:changed") == {
        "user": str(after.id),
        "changed": "license",
        "license": "RN, until 2034-01-31",
    }


def test_roles_change_on_record_with_what_they_were(ward: Shell) -> None:
    ward("user", "change", "nurse@clinic.example", "--role", "clinician", "--role", "lead")

    after = person(ward)
    assert after.roles == {Role.CLINICIAN, Role.LEAD}
    assert last_payload(ward, "role:changed") == {
        "user": str(after.id),
        "before": "clinician",
        "after": "clinician, lead",
    }


def test_a_role_that_needs_a_licence_is_refused_without_one(clinic_shell: Shell) -> None:
    said = clinic_shell("user", "change", "root@clinic.example", "--role", "clinician", code=2)

    assert "--license-number" in said.err
    assert person(clinic_shell, "root@clinic.example").roles == {Role.ADMIN}


def test_a_new_password_opens_the_account_the_old_one_no_more_and_ends_every_session(ward: Shell) -> None:
    with ward.opened() as app, app.store(app.workspaces()[0]) as work:
        user = staff.by_login(work.context, "nurse@clinic.example")
        assert user is not None
        staff.open_session(work.context, user.user.id, "secret", "csrf", app.clock.now() - app.clock.now())

    ward("user", "change", "nurse@clinic.example", "--password-file", "-", typed=f"{NEW}\n")

    with ward.opened() as app:
        (workspace,) = app.workspaces()
        assert shown_at_the_shell(app, workspace, "nurse@clinic.example", PASSWORD) is None
        assert shown_at_the_shell(app, workspace, "nurse@clinic.example", NEW) is not None
        with app.store(workspace) as work:
            open_ones = text("select count(*) from session where ended_at is null")
            assert work.context.connection.execute(open_ones).scalar_one() == 0
    assert last_payload(ward, "user:changed")["changed"] == "password"
    assert NEW not in str(last_payload(ward, "user:changed"))


def test_a_short_new_password_changes_nothing(ward: Shell) -> None:
    said = ward(
        "user", "change", "nurse@clinic.example", "--title", "RN", "--password-file", "-", typed="short", code=2
    )

    assert "12 characters" in said.err
    assert person(ward).title == "Registered nurse"


def test_a_change_that_changes_nothing_says_so_and_writes_nothing(ward: Shell) -> None:
    before = ward.events()

    assert "nothing is different" in ward("user", "change", "nurse@clinic.example", "--name", "Ida Example").out
    assert ward.events() == before
