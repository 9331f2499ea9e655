"""A session that nobody ended leaves an event all the same, once, with who it was and why it ended (R101)."""

from tests.web.conftest import Bench

from vouchsafe.evidence.event_types import EventType
from vouchsafe.worker.sweeps import end_lapsed_sessions


def sweep(bench: Bench) -> int:
    return end_lapsed_sessions(bench.morning.app, bench.morning.clinic.workspace)


def test_an_idle_session_ends_with_one_event_and_one_in_use_goes_on(bench: Bench) -> None:
    idle, busy = bench.visitor("agent"), bench.visitor("nurse")
    minutes = bench.morning.app.settings.idle_log_off_min
    bench.morning.clinic.clock.advance(minutes=minutes - 1)
    assert sweep(bench) == 0
    busy.get("/queue")

    bench.morning.clinic.clock.advance(minutes=1)
    assert sweep(bench) == 1
    assert sweep(bench) == 0

    assert bench.events(EventType.SESSION_ENDED) == [("sweep", {"user": bench.person("agent"), "why": "idle"})]
    assert idle.get("/queue").status_code == 303
    assert busy.get("/queue").status_code == 200


def test_a_session_that_is_used_to_its_last_hour_ends_by_age(bench: Bench) -> None:
    agent = bench.visitor("agent")
    minutes = bench.morning.app.settings.idle_log_off_min - 1
    while agent.get("/queue").status_code == 200:
        assert sweep(bench) == 0
        bench.morning.clinic.clock.advance(minutes=minutes)

    assert sweep(bench) == 1
    assert bench.events(EventType.SESSION_ENDED) == [("sweep", {"user": bench.person("agent"), "why": "age"})]


def test_whoever_logs_off_leaves_the_event_of_that_and_no_second_one(bench: Bench) -> None:
    agent = bench.visitor("agent")
    agent.post("/logout", "/queue")
    bench.morning.clinic.clock.advance(hours=24)

    assert sweep(bench) == 0
    assert bench.events(EventType.LOGOUT_DONE) == [(bench.person("agent"), {})]
    assert bench.events(EventType.SESSION_ENDED) == []
