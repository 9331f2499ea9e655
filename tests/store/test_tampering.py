"""Whoever holds the database can change it; the verifier and the checkpointer then say so."""
# ruff: noqa: S608  # the statements of the tamperer are put together from constants of this file

from collections.abc import Callable
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text
from tests.conftest import Clinic
from tests.store.conftest import DOMAIN, integrate_all, note, sign, take

from vouchsafe.domain.ids import CaseId
from vouchsafe.evidence.verify import FindingKind, Verdict
from vouchsafe.store import audit, checkpointer
from vouchsafe.store.checkpointer import LogForked

Tampering = Callable[[Connection], None]


def run(*statements: str) -> Tampering:
    """Statements of a superuser who first switches triggers and foreign keys off."""

    def tamper(connection: Connection) -> None:
        connection.execute(text("set local session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()

    return tamper


def kinds(clinic: Clinic) -> set[FindingKind]:
    found = audit.verify(clinic.store.database, clinic.keys, clinic.workspace, DOMAIN)
    assert (found.verdict is Verdict.REFUTED) == bool(found.report.findings or found.more)
    return {one.kind for one in (*found.report.findings, *found.more)}


@pytest.fixture
def log(clinic: Clinic) -> Clinic:
    """A signed log of a case with two events and 300 others: more than one tile."""
    take(clinic)
    note(clinic, 150)
    sign(clinic)
    note(clinic, 150)
    sign(clinic)
    assert kinds(clinic) == set()
    return clinic


SLIPPED_IN = (
    "insert into event select workspace_id, '00000000-0000-7000-8000-000000000000', type, case_id, step, "
    "conversation_id, actor, at, leaf, hash from event where id = (select event_id from leaf where idx = 9)"
)
CHANGED = "update event set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '\"ok\"', '\"failed\"'), 'UTF8')"


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        pytest.param(run(CHANGED + " where id = (select event_id from leaf where idx = 100)"), {FindingKind.EVENT_CHANGED}, id="a leaf rewritten"),
        pytest.param(run("delete from event where id = (select event_id from leaf where idx = 100)"), {FindingKind.EVENTS_MISSING}, id="an event deleted"),
        pytest.param(run("delete from event where id = (select event_id from leaf where idx = 0)"), {FindingKind.EVENTS_MISSING, FindingKind.STEP_MISSING}, id="the first event of a case deleted"),
        pytest.param(run("delete from leaf where idx = 301", "update log_head set size = 301"), {FindingKind.EVENTS_MISSING}, id="the last event cut off and the head made to fit"),
        pytest.param(run("delete from leaf where idx >= 152", "delete from checkpoint where size > 152", "update log_head set size = 152"), {FindingKind.EVENTS_MISSING}, id="the tail cut off with its checkpoint"),
        pytest.param(run("update leaf set idx = -1 where idx = 10", "update leaf set idx = 10 where idx = 11", "update leaf set idx = 11 where idx = -1"), {FindingKind.EVENT_CHANGED}, id="two events swapped"),
        pytest.param(run("update leaf set idx = idx + 1000 where idx >= 50", "update leaf set idx = idx - 999 where idx >= 1050", SLIPPED_IN, "insert into leaf select workspace_id, 50, '00000000-0000-7000-8000-000000000000', hash from leaf where idx = 9"), {FindingKind.EVENT_CHANGED}, id="an event inserted"),
        pytest.param(run("update payload set sealed = sealed || '\\x00' where event_id = (select event_id from leaf where idx = 100)"), {FindingKind.PAYLOAD_DIFFERS}, id="a payload changed"),
        pytest.param(run("update payload p set sealed = q.sealed from payload q where q.event_id = (select event_id from leaf where idx = 101) and p.event_id = (select event_id from leaf where idx = 100)"), {FindingKind.PAYLOAD_DIFFERS}, id="a payload replaced by another event's"),
        pytest.param(run('update "case" set step = step + 1'), {FindingKind.STEP_MISSING}, id="an event of a case never written"),
        pytest.param(run("update checkpoint set note = replace(note, '302', '301') where size = 302"), {FindingKind.CHECKPOINT_UNTRUSTED}, id="a checkpoint rewritten"),
    ],
)  # fmt: skip
def test_a_touched_log_is_refuted(
    log: Clinic, superuser: Connection, tamper: Tampering, expected: set[FindingKind]
) -> None:
    tamper(superuser)

    assert expected <= kinds(log)


THE_CASE = "(select case_id from event where case_id is not null limit 1)"
LAST_OF_CASE = "id = (select id from event where case_id is not null order by step desc limit 1)"
GHOST = (
    "insert into event select workspace_id, '00000000-0000-7000-8000-000000000000', type, case_id, null, "
    "conversation_id, actor, at, leaf, hash from event where case_id is not null limit 1"
)


@pytest.mark.parametrize(
    ("tamper", "expected", "in_case"),
    [
        pytest.param("update event set type = 'case:closed' where step = 1", FindingKind.COLUMN_DIFFERS, True, id="what happened"),
        pytest.param("update event set actor = 'gate' where step = 1", FindingKind.COLUMN_DIFFERS, True, id="who did it"),
        pytest.param("update event set at = at + interval '1 microsecond' where step = 1", FindingKind.COLUMN_DIFFERS, True, id="when"),
        pytest.param("update event set step = 7 where step = 1", FindingKind.COLUMN_DIFFERS, True, id="its step"),
        pytest.param("update event set hash = sha256(hash) where step = 1", FindingKind.COLUMN_DIFFERS, True, id="its hash"),
        pytest.param("update event set hash = '' where step = 1", FindingKind.COLUMN_DIFFERS, True, id="no hash"),
        pytest.param("update leaf set hash = sha256(hash) where event_id = (select id from event where step = 1)", FindingKind.COLUMN_DIFFERS, True, id="the hash in the log"),
        pytest.param("update event set conversation_id = null where step = 1", FindingKind.COLUMN_DIFFERS, True, id="no conversation"),
        pytest.param("update event set conversation_id = '00000000-0000-7000-8000-000000000001' where step is null and case_id is not null", FindingKind.COLUMN_DIFFERS, True, id="another conversation"),
        pytest.param(f"update event set case_id = null where {LAST_OF_CASE}", FindingKind.COLUMN_DIFFERS, False, id="taken from its case"),
        pytest.param("update event set case_id = null, step = null where step = 1", FindingKind.COLUMN_DIFFERS, True, id="a step taken from its case"),
        pytest.param(f"update event set case_id = {THE_CASE} where id = (select event_id from leaf where idx = 9)", FindingKind.COLUMN_DIFFERS, True, id="put under a case"),
        pytest.param("update payload set conversation_id = null", FindingKind.COLUMN_DIFFERS, False, id="a payload's conversation"),
        pytest.param(GHOST, FindingKind.EVENT_UNLOGGED, True, id="an event that is neither numbered nor pending"),
    ],
)  # fmt: skip
def test_a_row_that_says_something_else_than_the_signed_log_is_refuted(
    log: Clinic, superuser: Connection, tamper: str, expected: FindingKind, *, in_case: bool
) -> None:
    # The same under the whole log and, where the case still shows the row, under the case alone.
    case = CaseId(superuser.execute(text(f"select {THE_CASE}")).scalar_one())
    before = audit.verify_one(log.store.database, log.keys, log.workspace, DOMAIN, case)
    assert before is not None
    assert before.verdict is Verdict.VERIFIED
    run(tamper)(superuser)

    assert expected in kinds(log)
    after = audit.verify_one(log.store.database, log.keys, log.workspace, DOMAIN, case)
    assert after is not None
    assert (after.verdict is Verdict.REFUTED) is in_case


def test_a_changed_row_that_still_waits_for_the_log_is_refuted(clinic: Clinic, superuser: Connection) -> None:
    note(clinic, 10)
    sign(clinic)
    note(clinic)
    assert kinds(clinic) == set()
    run("update event set actor = 'gate' where id in (select event_id from pending)")(superuser)

    assert kinds(clinic) == {FindingKind.COLUMN_DIFFERS}


def test_a_changed_event_whose_hashes_are_all_made_to_fit_still_breaks_the_signature(
    log: Clinic, superuser: Connection
) -> None:
    # The attacker recomputes the leaf's hash and the tile; only the signed root cannot be made to fit.
    row = superuser.execute(
        text("select e.id, e.leaf from event e join leaf l on l.event_id = e.id where idx = 100")
    ).one()
    changed = bytes(row.leaf).replace(b'"ok"', b'"failed"')
    fitting = sha256(b"\x00" + changed).digest()
    superuser.execute(text("set local session_replication_role = replica"))
    superuser.execute(
        text("update event set leaf = :l, hash = :h where id = :i"), {"l": changed, "h": fitting, "i": row.id}
    )
    superuser.execute(text("update leaf set hash = :h where idx = 100"), {"h": fitting})
    superuser.execute(
        text("update tile set hashes = overlay(hashes placing :h from :at for 32) where level = 0 and n = 0"),
        {"h": fitting, "at": 100 * 32 + 1},
    )
    superuser.commit()

    assert FindingKind.ROOT_DIFFERS in kinds(log)


def test_an_event_slipped_in_under_a_case_that_it_does_not_belong_to_is_seen(
    log: Clinic, superuser: Connection
) -> None:
    run(f"update event set id = '{uuid4()}' where id = (select event_id from leaf where idx = 5)")(superuser)

    assert FindingKind.EVENTS_MISSING in kinds(log)


OLDER = ("leaf", "tile", "log_head", "checkpoint", "pending")


def keep(connection: Connection) -> None:
    for table in OLDER:
        connection.execute(text(f"create table kept_{table} as select * from {table}"))
    connection.commit()


def put_back(connection: Connection) -> None:
    connection.execute(text("set local session_replication_role = replica"))
    for table in OLDER:
        connection.execute(text(f"delete from {table}"))
        connection.execute(text(f"insert into {table} select * from kept_{table}"))
    connection.commit()


def test_a_log_restored_to_an_older_state_is_not_signed(clinic: Clinic, superuser: Connection) -> None:
    note(clinic, 10)
    sign(clinic)
    keep(superuser)
    note(clinic, 10)
    sign(clinic)
    put_back(superuser)

    with pytest.raises(LogForked, match="sign nothing"):
        sign(clinic)
    assert clinic.keys.last_signed(clinic.workspace)[0] == 20
    assert kinds(clinic) == {FindingKind.EVENTS_MISSING, FindingKind.EVENT_UNLOGGED}


def test_a_log_that_grew_differently_after_a_restore_is_not_signed(clinic: Clinic, superuser: Connection) -> None:
    note(clinic, 10)
    sign(clinic)
    keep(superuser)
    note(clinic, 10)
    sign(clinic)
    put_back(superuser)
    note(clinic, 30)  # longer than what was signed, but another history
    assert integrate_all(clinic) == 30

    with pytest.raises(LogForked):
        sign(clinic)


def test_an_emptied_log_is_not_signed(clinic: Clinic, superuser: Connection) -> None:
    note(clinic, 10)
    sign(clinic)
    run("delete from leaf", "delete from tile", "delete from log_head", "delete from checkpoint")(superuser)

    with (
        pytest.raises(LogForked, match="empty but 10 events were signed"),
        clinic.store.database.begin_sequencer(clinic.workspace) as connection,
    ):
        checkpointer.sign(connection, clinic.keys, clinic.workspace, DOMAIN, clinic.clock)


def test_a_checkpoint_lost_between_key_folder_and_database_is_signed_again(
    clinic: Clinic, superuser: Connection
) -> None:
    # The key folder remembers first; a crash before the commit must not end in silence for ever.
    note(clinic, 10)
    sign(clinic)
    run("delete from checkpoint")(superuser)

    assert sign(clinic) == 10
    assert kinds(clinic) == set()


def test_a_checkpoint_lost_between_key_folder_and_database_is_due_at_once(
    clinic: Clinic, superuser: Connection
) -> None:
    note(clinic, 10)
    sign(clinic)
    note(clinic, 5)
    sign(clinic)
    run("delete from checkpoint where size = 15")(superuser)
    assert kinds(clinic) == {FindingKind.EVENTS_MISSING}

    with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
        assert checkpointer.is_due(connection, clinic.clock.now(), clinic.keys, clinic.workspace)

    sign(clinic)
    assert kinds(clinic) == set()


def test_checkpoints_are_due_by_time_and_by_number(clinic: Clinic) -> None:
    def due() -> bool:
        integrate_all(clinic)
        with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
            return checkpointer.is_due(connection, clinic.clock.now(), clinic.keys, clinic.workspace)

    assert not due()
    note(clinic)
    assert due()
    sign(clinic)
    assert not due()
    note(clinic)
    assert not due()
    clinic.clock.advance(seconds=60)
    assert due()
    sign(clinic)
    note(clinic, 999)
    assert not due()
    note(clinic)
    assert due()
