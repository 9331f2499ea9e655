"""A message that hangs or takes too long reaches a person, and so do those that wait behind it."""

from collections.abc import Callable

import pytest
from tests.conftest import Clinic
from tests.journeys.scene import write

from vouchsafe.app import App
from vouchsafe.cli import doctor
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.states import Stage
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline import deadline, flow
from vouchsafe.store import alarms, trail
from vouchsafe.worker import sweeps
from vouchsafe.worker.passes import advance_case

CRISIS = "I have the pills here and I want to die tonight"


def stage_of(clinic: Clinic, case: CaseId) -> Stage:
    with clinic.store(clinic.workspace) as work:
        return work.case_row(case).stage


def failures(clinic: Clinic, case: CaseId) -> list[object]:
    """Why the case was parked, once for each of its events that says so."""
    with clinic.store(clinic.workspace) as work:
        kept = trail.of_case(work.context, case)
        return [one.payload["failure"] for one in kept if one.payload and one.leaf.type == EventType.CASE_PARKED.value]


def test_a_case_behind_one_that_hangs_reaches_a_person_within_minutes(app: App, clinic: Clinic) -> None:
    case = write(app, CRISIS)
    clinic.clock.advance(minutes=4)
    assert sweeps.give_up_overdue(app, clinic.workspace) == 0

    clinic.clock.advance(minutes=2)
    assert sweeps.give_up_overdue(app, clinic.workspace) == 1

    assert stage_of(clinic, case) is Stage.ESCALATED
    with clinic.store(clinic.workspace) as work:
        assert [one.case for one in alarms.open_alarms(work.context)] == [case]
    assert sweeps.give_up_overdue(app, clinic.workspace) == 0


def test_while_others_are_being_judged_none_is_given_up_unjudged(app: App, clinic: Clinic) -> None:
    waits = write(app, CRISIS)
    clinic.clock.advance(minutes=6)
    advance_case(app, clinic.workspace, write(app, "Where can I park?", number=2))

    assert sweeps.give_up_overdue(app, clinic.workspace) == 0
    assert stage_of(clinic, waits) is Stage.RECEIVED

    clinic.clock.advance(minutes=2)
    assert sweeps.give_up_overdue(app, clinic.workspace) == 1


def test_what_a_job_finds_after_its_case_was_given_up_changes_nothing(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, "Please send me the bill again")
    computed: Callable[..., object] = flow.advance

    def late(*arguments: object) -> object:
        found = computed(*arguments)
        clinic.clock.advance(minutes=6)
        sweeps.give_up_overdue(app, clinic.workspace)
        return found

    monkeypatch.setattr(flow, "advance", late)
    advance_case(app, clinic.workspace, case)

    assert stage_of(clinic, case) is Stage.ESCALATED
    assert failures(clinic, case) == ["Overdue"]


def test_a_pass_past_its_deadline_is_given_to_a_person_with_its_event(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, CRISIS)
    moments = iter(range(0, 1_000_000, 61))
    monkeypatch.setattr(deadline, "monotonic", lambda: next(moments))

    advance_case(app, clinic.workspace, case)

    assert stage_of(clinic, case) is Stage.ESCALATED
    assert failures(clinic, case) == ["TookTooLong"]


def test_doctor_says_that_a_message_is_not_computed(app: App, clinic: Clinic) -> None:
    def red() -> set[str]:
        with clinic.store(clinic.workspace) as work:
            return {line.name for line in doctor._computing(app, work) if not line.well and line.fix}

    case = write(app, CRISIS)
    assert red() == set()

    clinic.clock.advance(minutes=2)
    assert red() == {"messages"}

    advance_case(app, clinic.workspace, case)
    assert red() == set()
