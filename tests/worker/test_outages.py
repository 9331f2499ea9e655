"""Five like reports of a fault stop automatic answers to that question; a person releases it (R188)."""

from tests.conftest import Clinic
from tests.journeys.conftest import app
from tests.journeys.scene import write

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId, UserId
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import alarms, stops, trail
from vouchsafe.store.stops import Stop, StopScope
from vouchsafe.worker.passes import advance_case

__all__ = ["app"]

PORTAL_DOWN = (
    "The patient portal is not working, how do I log in?",
    "I can not log in to the patient portal, it says the portal is down",
    "How do I log in to the portal? The portal is not loading for me",
    "patient portal down?? cant log in",
    "Hello, your patient portal is not responding. How can I sign in to the portal?",
)


def report(app: App, clinic: Clinic, words: str, number: int, *, after: int | None = None) -> CaseId:
    case = write(app, words, number=number, after=after)
    advance_case(app, clinic.workspace, case)
    return case


def in_force(clinic: Clinic) -> tuple[Stop, ...]:
    with clinic.store(clinic.workspace) as work:
        return stops.in_force(work.context)


def test_five_people_who_report_the_same_fault_stop_its_automatic_answers(app: App, clinic: Clinic) -> None:
    for number, words in enumerate(PORTAL_DOWN[:4], start=1):
        report(app, clinic, words, number)
        clinic.clock.advance(minutes=1)
    assert in_force(clinic) == ()

    last = report(app, clinic, PORTAL_DOWN[4], 5)

    found = in_force(clinic)
    assert {"portal_password", "portal_signup"} <= {one.intent for one in found}
    assert {(one.scope, one.desk, one.pressed_by) for one in found} == {(StopScope.INTENT, clinic.desk, None)}
    assert all("5 people" in one.reason for one in found)
    with clinic.store(clinic.workspace) as work:
        raised = alarms.of_case(work.context, last)
        events = [one for one in trail.search(work.context) if one.leaf.type is EventType.STOP_PRESSED]
    assert "it_service" in [one.queue for one in raised]
    assert len(events) == len(found)
    assert {str(one.leaf.actor.id) for one in events} == {"fault_watch"}


def test_the_same_person_five_times_stops_nothing(app: App, clinic: Clinic) -> None:
    report(app, clinic, PORTAL_DOWN[0], 1)
    for number, words in enumerate(PORTAL_DOWN[1:], start=2):
        report(app, clinic, words, number, after=1)

    assert in_force(clinic) == ()


def test_reports_over_more_than_ten_minutes_stop_nothing(app: App, clinic: Clinic) -> None:
    for number, words in enumerate(PORTAL_DOWN, start=1):
        report(app, clinic, words, number)
        clinic.clock.advance(minutes=2.6)

    assert in_force(clinic) == ()


def test_passes_and_the_last_look_see_the_stop_and_a_release_starts_the_count_anew(app: App, clinic: Clinic) -> None:
    for number, words in enumerate(PORTAL_DOWN, start=1):
        last = report(app, clinic, words, number)
    with clinic.store(clinic.workspace) as work:
        now = work.circumstances(work.case_row(last).conversation, since=last)
        for one in stops.in_force(work.context):
            stops.release(work.context, one.id, UserId(clinic.store.ids.new()))
    assert "portal_signup" in now.stopped_intents
    assert not now.stopped

    clinic.clock.advance(seconds=1)
    report(app, clinic, PORTAL_DOWN[0], 11)

    assert in_force(clinic) == (), "reports from before the release count again"
