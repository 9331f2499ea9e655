"""Stop: pressed by one for something that is there, seen by everybody, released by another (R184)."""

from uuid import UUID

import pytest
from tests.web.conftest import Bench

from vouchsafe.domain.ids import DeskId
from vouchsafe.evidence.event_types import EventType
from vouchsafe.reviewing import NothingToStop, Reviewing
from vouchsafe.store import stops
from vouchsafe.store.stops import Stop, StopScope


def in_force(bench: Bench) -> tuple[Stop, ...]:
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        return stops.in_force(work.context)


@pytest.mark.parametrize("scope", ["workspace", "desk:DESK", "intent:QUESTION"])
def test_what_is_stopped_shows_above_every_page_with_who_and_why(bench: Bench, scope: str) -> None:
    lead = bench.visitor("lead")
    question = bench.morning.app.pack("patient").intents[0].name
    scope = scope.replace("DESK", str(bench.morning.clinic.desk)).replace("QUESTION", question)

    assert lead.post("/stop", "/stop", scope=scope, reason="wrong prices went out").status_code == 303

    (stop,) = in_force(bench)
    assert stop.scope.value == scope.partition(":")[0]
    assert "Stopped." in bench.visitor("agent").get("/queue").text
    page = lead.get("/stop").text
    assert "wrong prices went out" in page
    assert "Thaddeus Winterbourne" in page
    who, payload = bench.events(EventType.STOP_PRESSED)[0]
    assert (who, payload["reason"]) == (bench.person("lead"), "wrong prices went out")


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "everything",
        "desk",
        "desk:",
        f"desk:{UUID(int=7)}",
        "desk:front",
        "intent",
        "intent:",
        "intent:no_such_question",
    ],
)
def test_a_stop_of_nothing_is_refused_and_never_called_stopped(bench: Bench, scope: str) -> None:
    refused = bench.visitor("lead").post("/stop", "/stop", scope=scope, reason="a reason")

    assert refused.status_code == 422
    assert "Not done." in refused.text
    assert "Nothing is stopped." in refused.text
    assert in_force(bench) == ()
    assert bench.events(EventType.STOP_PRESSED) == []


@pytest.mark.parametrize(
    ("scope", "desk", "intent"),
    [
        (StopScope.DESK, None, None),
        (StopScope.DESK, DeskId(UUID(int=7)), None),
        (StopScope.INTENT, None, None),
        (StopScope.INTENT, DeskId(UUID(int=7)), "bill_pay"),
        (StopScope.INTENT, None, "no_such_question"),
    ],
)
def test_no_way_in_stops_nothing(bench: Bench, scope: StopScope, desk: DeskId | None, intent: str | None) -> None:
    morning = bench.morning
    with pytest.raises(NothingToStop):
        Reviewing(morning.app, morning.clinic.workspace).press_stop(scope, desk, intent, morning.people["lead"], "why")
    assert in_force(bench) == ()


def test_a_stop_needs_a_reason(bench: Bench) -> None:
    assert bench.visitor("lead").post("/stop", "/stop", scope="workspace", reason=" ").status_code == 422
    assert in_force(bench) == ()


def test_only_a_second_person_releases_and_it_is_on_record(bench: Bench) -> None:
    lead, nurse = bench.visitor("lead"), bench.visitor("nurse")
    lead.post("/stop", "/stop", scope="workspace", reason="wrong prices went out")
    (stop,) = in_force(bench)

    refused = lead.post(f"/stop/{stop.id}/release", "/stop")
    assert refused.status_code == 403
    assert "released by a second person" in refused.text
    assert len(in_force(bench)) == 1

    assert nurse.post(f"/stop/{stop.id}/release", "/stop").status_code == 303
    assert in_force(bench) == ()
    assert bench.events(EventType.STOP_RELEASED) == [(bench.person("nurse"), {"stop": str(stop.id)})]
    assert nurse.post(f"/stop/{stop.id}/release", "/stop").status_code == 409
    assert nurse.post("/stop/not-an-id/release", "/stop").status_code == 404


def test_a_stop_that_nobody_pressed_says_so_and_a_person_releases_it(bench: Bench) -> None:
    clinic = bench.morning.clinic
    with clinic.store(clinic.workspace) as work:
        stop = stops.press(
            work.context, StopScope.INTENT, desk=clinic.desk, intent="portal_signup", by=None, reason="5 people"
        )

    page = bench.visitor("lead").get("/stop").text
    assert "Pressed by itself" in page
    assert "Several people reported a like fault." in bench.visitor("agent").get("/queue").text
    assert bench.visitor("lead").post(f"/stop/{stop}/release", "/stop").status_code == 303
    assert in_force(bench) == ()
