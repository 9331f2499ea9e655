"""The plain notice for a message that waits to be judged: once, to people alone, never under a stop."""

from collections.abc import Callable

import pytest
from tests.conftest import Clinic
from tests.journeys.conftest import app
from tests.journeys.scene import write

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.reply import Notice
from vouchsafe.domain.states import Stage
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline import flow
from vouchsafe.pipeline.gate import notices
from vouchsafe.store import outbox, stops, trail
from vouchsafe.store.stops import StopScope
from vouchsafe.worker import receipts
from vouchsafe.worker.passes import advance_case, give_up
from vouchsafe.worker.receipts import tell_of_waiting

__all__ = ["app"]

HELD = "I want to talk to a person about my visit, please."
THREAT = "I will come to the clinic with a gun and kill the doctor."


def told(clinic: Clinic, case: CaseId) -> list[str]:
    """The kinds of notices queued for a case, oldest first."""
    with clinic.store(clinic.workspace) as work:
        items = [one.item.item for one in outbox.of_case(work.context, case)]
    return [one.kind.value for one in items if isinstance(one, Notice)]


def test_each_writer_hears_once_however_often_the_loop_turns_and_the_event_names_the_pack(
    app: App, clinic: Clinic
) -> None:
    first, second = write(app, HELD), write(app, HELD, number=2)
    clinic.clock.advance(seconds=44)
    assert tell_of_waiting(app, clinic.workspace) == 0

    clinic.clock.advance(seconds=2)
    assert tell_of_waiting(app, clinic.workspace) == 2
    clinic.clock.advance(hours=20)
    assert tell_of_waiting(app, clinic.workspace) == 0

    assert told(clinic, first) == told(clinic, second) == ["waiting"]
    with clinic.store(clinic.workspace) as work:
        (event,) = trail.search(work.context, types=[EventType.NOTICE_QUEUED], case=first)
        assert work.case_row(first).stage is Stage.RECEIVED
    assert event.leaf.pack == app.pack("patient").ref
    assert event.leaf.step is not None, "one that is missing shows"


def test_a_second_message_of_the_same_writer_brings_no_second_notice(app: App, clinic: Clinic) -> None:
    write(app, HELD)
    clinic.clock.advance(seconds=46)
    tell_of_waiting(app, clinic.workspace)
    newer = write(app, "And please be quick.", number=2, after=1)
    clinic.clock.advance(seconds=46)

    assert tell_of_waiting(app, clinic.workspace) == 0
    assert told(clinic, newer) == []


def test_a_machine_hears_nothing_and_nobody_does_under_a_stop(app: App, clinic: Clinic) -> None:
    write(app, "I am away until Monday.", automatic=True)
    clinic.clock.advance(minutes=1)
    assert tell_of_waiting(app, clinic.workspace) == 0

    write(app, HELD, number=2)
    with clinic.store(clinic.workspace) as work:
        stops.press(work.context, StopScope.WORKSPACE, desk=None, intent=None, by=None, reason="drill")
    clinic.clock.advance(minutes=1)
    assert tell_of_waiting(app, clinic.workspace) == 0


def test_a_case_that_cannot_be_told_of_keeps_it_from_no_other(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = write(app, HELD), write(app, HELD, number=2)
    clinic.clock.advance(minutes=1)
    made: Callable[..., object] = notices.waiting_notice

    def breaks(head: object, *rest: object) -> object:
        if getattr(head, "id", None) == broken:
            raise ValueError("a part of it does not open")
        return made(head, *rest)

    monkeypatch.setattr(receipts, "waiting_notice", breaks)

    assert tell_of_waiting(app, clinic.workspace) == 1
    assert told(clinic, whole) == ["waiting"]


def test_a_pass_that_ends_after_it_says_nothing_twice_and_says_who_answers(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: Callable[..., object] = flow.advance

    def slow(*arguments: object) -> object:
        found = computed(*arguments)
        clinic.clock.advance(seconds=50)
        assert tell_of_waiting(app, clinic.workspace) == 1
        return found

    monkeypatch.setattr(flow, "advance", slow)
    threat = write(app, THREAT)
    advance_case(app, clinic.workspace, threat)
    assert told(clinic, threat) == ["waiting"], "the safe notice has the same words"
    with clinic.store(clinic.workspace) as work:
        queued = trail.search(work.context, types=[EventType.NOTICE_QUEUED], case=threat)
    assert len(queued) == 1, "no event says that a notice waits that does not"

    held = write(app, HELD, number=2)
    advance_case(app, clinic.workspace, held)
    assert told(clinic, held) == ["waiting", "person_will_answer"]


def test_one_that_is_given_up_later_reaches_people_with_its_own_notice(app: App, clinic: Clinic) -> None:
    case = write(app, HELD)
    clinic.clock.advance(seconds=50)
    tell_of_waiting(app, clinic.workspace)

    give_up(app, clinic.workspace, case, "Overdue", try_redactor=False)

    assert told(clinic, case) == ["waiting", "person_will_answer"]
