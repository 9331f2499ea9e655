"""Sealed files are what the log names: a changed, exchanged or missing one is found, with the database's help or not."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from tests.conftest import Clinic
from tests.store.conftest import DOMAIN, sign, take

from vouchsafe.domain.ids import MessageId
from vouchsafe.evidence.verify import FindingKind, Verdict
from vouchsafe.store import audit, messages
from vouchsafe.store.audit import Audit


def verified(clinic: Clinic) -> Audit:
    return audit.verify(clinic.store.database, clinic.keys, clinic.workspace, DOMAIN, clinic.store.objects)


def kinds(clinic: Clinic) -> list[FindingKind]:
    return [one.kind for one in verified(clinic).more]


@pytest.fixture
def log(clinic: Clinic) -> Clinic:
    """Two signed messages, each with its original as a sealed file."""
    take(clinic, "When are you open?", number=1)
    take(clinic, "What does a visit cost?", number=2)
    sign(clinic)
    return clinic


@pytest.fixture
def files(log: Clinic, tmp_path: Path) -> list[Path]:  # noqa: ARG001  # its files must be there
    """The files of the originals in the order of their messages."""
    return sorted((one for one in (tmp_path / "objects").rglob("*") if one.is_file()), key=lambda one: one.name)


def test_files_as_they_were_sealed_verify_and_open(log: Clinic, superuser: Connection) -> None:
    found = verified(log)

    assert (found.verdict, found.objects, found.objects_absent) == (Verdict.VERIFIED, 2, 0)
    assert found.report.payloads_absent == 0
    message = MessageId(superuser.execute(text("select id from message order by id limit 1")).scalar_one())
    with log.store(log.workspace) as work:
        assert messages.original(work.context, message) == b"When are you open?"


def test_a_file_that_waits_for_its_place_in_the_log_counts_as_named(clinic: Clinic) -> None:
    take(clinic, number=1)
    sign(clinic)
    take(clinic, number=2)

    found = verified(clinic)

    assert (found.verdict, found.objects) == (Verdict.VERIFIED, 2)


def test_a_changed_byte_in_a_file_is_found(log: Clinic, files: list[Path]) -> None:
    content = files[0].read_bytes()
    files[0].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    assert kinds(log) == [FindingKind.OBJECT_DIFFERS]


def test_a_changed_file_whose_column_is_made_to_fit_is_found(
    log: Clinic, files: list[Path], superuser: Connection
) -> None:
    files[0].write_bytes(b"something else")
    superuser.execute(
        text("update object set ct_hash = sha256('something else'), size = 14 where id = :id"), {"id": files[0].name}
    )
    superuser.commit()

    assert sorted(kinds(log)) == [FindingKind.OBJECT_DIFFERS, FindingKind.OBJECT_MISSING]


def test_two_files_that_changed_places_are_found(log: Clinic, files: list[Path]) -> None:
    first, second = (file.read_bytes() for file in files)
    files[0].write_bytes(second)
    files[1].write_bytes(first)

    assert kinds(log) == [FindingKind.OBJECT_DIFFERS] * 2


@pytest.mark.parametrize("row_too", [False, True])
def test_a_missing_file_is_found(log: Clinic, files: list[Path], superuser: Connection, *, row_too: bool) -> None:
    files[1].unlink()
    if row_too:
        superuser.execute(text("delete from object where id = :id"), {"id": files[1].name})
        superuser.commit()

    assert kinds(log) == [FindingKind.OBJECT_MISSING]


def test_a_row_that_no_event_names_is_found(log: Clinic, superuser: Connection) -> None:
    superuser.execute(
        text(
            "insert into object select workspace_id, '00000000-0000-7000-8000-000000000000', kind, size, sha256('x'), at "
            "from object limit 1"
        )
    )
    superuser.commit()

    assert kinds(log) == [FindingKind.OBJECT_DIFFERS]


def test_a_file_may_go_with_its_key(log: Clinic, files: list[Path], superuser: Connection) -> None:
    files[0].unlink()
    superuser.execute(text("set local session_replication_role = replica"))
    superuser.execute(
        text("delete from conversation_key where id = (select conversation_id from message where original_id = :id)"),
        {"id": files[0].name},
    )
    superuser.commit()

    found = verified(log)

    assert (found.verdict, found.objects, found.objects_absent) == (Verdict.VERIFIED, 1, 1)


def test_files_are_left_out_where_nobody_gave_them(log: Clinic, files: list[Path]) -> None:
    files[0].unlink()

    found = audit.verify(log.store.database, log.keys, log.workspace, DOMAIN)

    assert (found.verdict, found.objects) == (Verdict.VERIFIED, 0)
