"""Every event gets one place in the log, whatever the order of commits and whoever else is at work."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select
from tests.conftest import Clinic
from tests.store.conftest import integrate_all, note, sign, take

from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.evidence.verify import Verdict
from vouchsafe.store import audit, schema
from vouchsafe.store.engine import enter
from vouchsafe.store.sequencer import integrate, oldest_pending, read_head


def places(clinic: Clinic) -> list[int]:
    with clinic.store.database.begin(clinic.workspace) as connection:
        return list(connection.execute(select(schema.leaf.c.idx).order_by(schema.leaf.c.idx)).scalars())


def an_event() -> Event:
    return Event(EventType.CHANNEL_CHANGED, system("test"), Outcome.OK, payload={"n": 1})


def test_an_event_that_commits_late_is_not_skipped(clinic: Clinic) -> None:
    with clinic.store(clinic.workspace) as slow:
        (late,) = slow.note(an_event())
        with clinic.store(clinic.workspace) as quick:
            quick.note(an_event())
        assert integrate_all(clinic) == 1
    assert integrate_all(clinic) == 1

    with clinic.store(clinic.workspace) as work:
        row = work.context.connection.execute(
            select(schema.leaf.c.idx).where(schema.leaf.c.event_id == late)
        ).scalar_one()
    assert row == 1
    assert places(clinic) == [0, 1]


def test_an_event_that_is_rolled_back_leaves_no_gap(clinic: Clinic) -> None:
    note(clinic)
    with clinic.store(clinic.workspace) as work:
        work.note(an_event())
        work.context.connection.rollback()
    note(clinic)

    assert integrate_all(clinic) == 2
    assert places(clinic) == [0, 1]


def test_two_sequencers_at_once_number_each_event_once(clinic: Clinic) -> None:
    start = threading.Barrier(3)
    done = threading.Event()

    def run() -> int:
        total = 0
        start.wait()
        while not done.is_set() or pending():
            with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
                total += integrate(connection, clinic.workspace, batch=7)
        return total

    def pending() -> int:
        with clinic.store.database.begin(clinic.workspace) as connection:
            return connection.execute(select(func.count()).select_from(schema.pending)).scalar_one()

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run) for _ in range(2)]
        start.wait()
        for _ in range(60):
            note(clinic, 3)
        done.set()
        numbered = sum(one.result(timeout=120) for one in runs)

    assert numbered == 180
    assert places(clinic) == list(range(180))
    sign(clinic)
    found = audit.verify(clinic.store.database, clinic.keys, clinic.workspace, "clinic.example")
    assert found.verdict is Verdict.VERIFIED, found


def test_while_one_sequencer_works_another_does_nothing(clinic: Clinic) -> None:
    note(clinic, 5)
    with clinic.store.database.begin_sequencer(clinic.workspace) as first:
        assert integrate(first, clinic.workspace) == 5
        with clinic.store.database.begin_sequencer(clinic.workspace) as second:
            assert integrate(second, clinic.workspace) == 0


def test_a_sequencer_that_dies_before_its_commit_changes_nothing(clinic: Clinic) -> None:
    note(clinic, 5)
    connection = clinic.store.database.sequencer.connect()
    enter(connection, clinic.workspace)
    integrate(connection, clinic.workspace)
    connection.rollback()
    connection.close()

    assert places(clinic) == []
    assert integrate_all(clinic) == 5


def test_five_thousand_events_in_uneven_batches_make_one_log_without_gaps(clinic: Clinic) -> None:
    for _ in range(10):
        note(clinic, 500)
    for batch in (1, 255, 256, 257, 1000):
        with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
            assert integrate(connection, clinic.workspace, batch=batch) == batch
    integrate_all(clinic)

    assert places(clinic) == list(range(5_000))
    assert sign(clinic) == 5_000
    found = audit.verify(clinic.store.database, clinic.keys, clinic.workspace, "clinic.example")
    assert (found.verdict, found.report.events, found.report.payloads_checked) == (Verdict.VERIFIED, 5_000, 5_000)


def test_the_age_of_the_oldest_event_outside_the_log_can_be_read(clinic: Clinic) -> None:
    before = clinic.clock.now()
    take(clinic)
    clinic.clock.advance(seconds=9)
    note(clinic)

    with clinic.store.database.begin(clinic.workspace) as connection:
        assert oldest_pending(connection) == before
        assert read_head(connection) is None
    integrate_all(clinic)
    with clinic.store.database.begin(clinic.workspace) as connection:
        assert oldest_pending(connection) is None
