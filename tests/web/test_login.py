"""Log-in: the same answer to every wrong try, a lock that strangers cannot use against anybody, sessions that end."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import httpx
import pytest
from argon2 import PasswordHasher
from tests.conftest import Clinic
from tests.web.conftest import Bench, Visitor, running
from tests.web.scenes import PASSWORD, Morning, an_app, staff_up

from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import staff
from vouchsafe.web.clients import Counter
from vouchsafe.web.screens.login import logging_in

HOME, ATTACKER = "198.51.100.1", "203.0.113.66"


@pytest.fixture
def bench(clinic: Clinic, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A workbench without cases, whose hashes of names that nobody has are cheap like the others of these tests."""
    monkeypatch.setattr(
        logging_in, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    )
    app = an_app(clinic, tmp_path_factory.mktemp("data"))
    with running(app) as url:
        bench = Bench(Morning(app, clinic, staff_up(app, clinic), {}), url)
        yield bench
        for visitor in bench.visitors:
            visitor.client.close()


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/queue").status_code == 200


def tries(bench: Bench, login: str, count: int, client: str = ATTACKER) -> list[int]:
    """Wrong passwords for a name, each from a browser nobody knows; the answers."""
    return [bench.visitor().log_in(login, f"wrong password {n}", client).status_code for n in range(count)]


def test_the_right_password_opens_a_session_in_a_cookie_that_scripts_cannot_read(bench: Bench) -> None:
    visitor = bench.visitor()
    entered = visitor.log_in("agent")

    assert entered.status_code == 303
    session = next(one for one in entered.headers.get_list("set-cookie") if one.startswith("vouchsafe_session="))
    assert "HttpOnly" in session
    assert "SameSite=strict" in session
    assert is_in(visitor)
    assert bench.events(EventType.LOGIN_SUCCEEDED)[0][0] == bench.person("agent")


def test_a_wrong_password_and_an_unknown_name_get_the_same_page_and_are_on_record(bench: Bench) -> None:
    wrong, unknown = bench.visitor().log_in("agent", "not it"), bench.visitor().log_in("nobody", "not it")

    assert wrong.status_code == unknown.status_code == 401
    pages = {re.sub(r'value="[^"]*"', "", page.text) for page in (wrong, unknown)}
    assert len(pages) == 1, "but for the name that was typed and the token of the form"
    told = [payload for _, payload in bench.events(EventType.LOGIN_FAILED)]
    assert {one["known"] for one in told} == {True, False}
    assert "nobody" not in str(told)


@pytest.mark.parametrize("token", ["", "made-up", "ünïcode"])
def test_a_log_in_that_no_page_of_ours_asked_for_is_refused(bench: Bench, token: str) -> None:
    visitor = bench.visitor()
    visitor.get("/login")
    form = {"token": token, "login": "agent", "password": PASSWORD, "next": "/"}

    assert visitor.client.post("/login", data=form).status_code == 403
    assert not is_in(visitor)


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_after_the_log_in_nobody_is_sent_to_another_site(bench: Bench, back: str) -> None:
    assert bench.visitor().log_in("agent", back=back).headers["location"] == "/"


def test_somebody_who_was_deactivated_does_not_get_in_and_their_session_ends(bench: Bench) -> None:
    visitor = bench.visitor("agent")
    clinic = bench.morning.clinic
    with clinic.store(clinic.workspace) as work:
        staff.deactivate(work.context, bench.morning.people["agent"].id)

    assert not is_in(visitor)
    assert bench.visitor().log_in("agent").status_code == 401


def test_after_some_wrong_tries_the_right_password_does_not_help_a_stranger_until_the_lock_ends(bench: Bench) -> None:
    assert tries(bench, "agent", 5) == [401] * 5
    assert bench.visitor().log_in("agent").status_code == 401

    bench.morning.clinic.clock.advance(seconds=31)
    assert bench.visitor().log_in("agent").status_code == 303


def test_going_on_while_it_is_locked_does_not_keep_it_locked(bench: Bench) -> None:
    tries(bench, "agent", 5)
    bench.morning.clinic.clock.advance(seconds=29)
    tries(bench, "agent", 5)
    bench.morning.clinic.clock.advance(seconds=2)

    assert bench.visitor().log_in("agent").status_code == 303


def test_no_lock_is_longer_than_a_quarter_of_an_hour(bench: Bench) -> None:
    for number in range(16):
        tries(bench, "agent", 1, f"203.0.113.{number}")
        bench.morning.clinic.clock.advance(minutes=15, seconds=1)

    assert bench.visitor().log_in("agent").status_code == 303


def test_a_stranger_cannot_lock_out_somebody_at_their_own_browser(bench: Bench) -> None:
    own = bench.visitor("agent")
    own.post("/logout", "/queue")
    tries(bench, "agent", 8)

    assert bench.visitor().log_in("agent", client=HOME).status_code == 401
    assert own.log_in("agent", client=HOME).status_code == 303


def test_a_browser_known_for_one_person_is_not_known_for_another(bench: Bench) -> None:
    own = bench.visitor("agent2")
    tries(bench, "agent", 8)

    own.post("/logout", "/queue")
    assert own.log_in("agent", client=HOME).status_code == 401


def test_a_shared_browser_stays_known_for_everybody_who_uses_it(bench: Bench) -> None:
    ward = bench.visitor("agent")
    ward.post("/logout", "/queue")
    ward.log_in("nurse")
    ward.post("/logout", "/queue")
    tries(bench, "agent", 8)

    assert ward.log_in("agent", client=HOME).status_code == 303


def test_a_known_browser_has_a_few_tries_of_its_own_and_is_a_stranger_then(bench: Bench) -> None:
    own = bench.visitor("agent")
    own.post("/logout", "/queue")
    tries(bench, "agent", 5)
    wrong = [own.log_in("agent", f"wrong {n}", f"192.0.2.{n}").status_code for n in range(10)]

    assert wrong == [401] * 10
    assert own.log_in("agent", client=HOME).status_code == 401


def test_one_address_that_fails_too_often_is_asked_to_wait_whatever_name_it_tries(bench: Bench) -> None:
    answers = [bench.visitor().log_in(f"name{n}", "guess", ATTACKER).status_code for n in range(22)]

    assert answers == [401] * 20 + [429] * 2
    refused = bench.visitor().log_in("agent", PASSWORD, ATTACKER)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "600"
    assert "wait ten minutes" in refused.text
    assert bench.visitor().log_in("agent", PASSWORD, HOME).status_code == 303
    limited = [payload for _, payload in bench.events(EventType.LOGIN_FAILED) if payload.get("limited")]
    assert len(limited) == 1, "one event for an address, not one for each try"

    bench.morning.clinic.clock.advance(minutes=10)
    assert bench.visitor().log_in("agent", PASSWORD, ATTACKER).status_code == 303


def test_right_passwords_count_for_nothing_against_an_address(bench: Bench) -> None:
    assert [bench.visitor().log_in("agent").status_code for _ in range(22)] == [303] * 22


def test_addresses_of_one_ipv6_network_are_one_address(bench: Bench) -> None:
    answers = [bench.visitor().log_in(f"name{n}", "guess", f"2001:db8:1:2::{n:x}").status_code for n in range(21)]

    assert answers[-1] == 429
    assert bench.visitor().log_in("agent", PASSWORD, "2001:db8:1:3::1").status_code == 303


def test_a_counter_forgets_the_one_that_was_quiet_longest(monkeypatch: pytest.MonkeyPatch, bench: Bench) -> None:
    monkeypatch.setattr("vouchsafe.web.clients._KEPT", 2)
    counter, now = Counter(1, timedelta(minutes=1)), bench.morning.clinic.clock.now()

    assert [counter.take(name, now) for name in ("a", "b", "a", "c", "a")] == [True, True, False, True, False]
    assert counter.take("b", now)


def test_passwords_that_are_being_checked_hold_nobody_else_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = bench.visitor("agent")
    go_on, entered = threading.Event(), threading.Semaphore(0)

    def slowly(*_: object) -> bool:
        entered.release()
        assert go_on.wait(60)
        return False

    monkeypatch.setattr(PasswordHasher, "verify", slowly)
    strangers = [bench.visitor() for _ in range(45)]
    room = logging_in._AT_ONCE + logging_in._WAITING
    with ThreadPoolExecutor(45) as crowd:
        answers = [crowd.submit(one.log_in, f"name{n}", "guess", f"192.0.2.{n}") for n, one in enumerate(strangers)]
        assert all(entered.acquire(timeout=60) for _ in range(logging_in._AT_ONCE))
        turned_away: list[httpx.Response] = []
        while len(turned_away) < 45 - room:
            turned_away = [one.result() for one in answers if one.done()]
        assert agent.get("/queue").status_code == 200
        go_on.set()
        codes = sorted(one.result().status_code for one in answers)

    assert codes == [401] * room + [503] * (45 - room)
    assert all("try again in some seconds" in one.text for one in turned_away)


def test_a_session_ends_after_idling_and_not_before(bench: Bench) -> None:
    visitor, clock = bench.visitor("agent"), bench.morning.clinic.clock
    for _ in range(3):
        clock.advance(minutes=14)
        assert is_in(visitor)

    clock.advance(minutes=16)
    ended = visitor.get("/queue")
    assert ended.status_code == 303
    assert ended.headers["location"].startswith("/login?next=")
    assert visitor.get("/api/v1/cases/x/decision").status_code == 401


def test_what_a_page_asks_for_by_itself_keeps_no_session_alive(bench: Bench) -> None:
    visitor, clock = bench.visitor("agent"), bench.morning.clinic.clock
    clock.advance(minutes=10)
    assert visitor.get("/queue/rows").status_code == 200
    clock.advance(minutes=10)

    assert not is_in(visitor)


def test_a_sign_of_life_keeps_it_open(bench: Bench) -> None:
    visitor, clock = bench.visitor("agent"), bench.morning.clinic.clock
    clock.advance(minutes=10)
    assert visitor.post("/session/stay", "/queue/rows").status_code == 204
    clock.advance(minutes=10)

    assert is_in(visitor)


def test_a_session_ends_after_its_longest_time_however_busy(bench: Bench) -> None:
    visitor, clock = bench.visitor("agent"), bench.morning.clinic.clock
    for _ in range(12 * 6 - 1):
        clock.advance(minutes=10)
        assert is_in(visitor)
    clock.advance(minutes=10)

    assert not is_in(visitor)


def test_log_off_ends_the_session_itself_not_only_the_cookie(bench: Bench) -> None:
    visitor = bench.visitor("agent")
    kept = visitor.client.cookies["vouchsafe_session"]

    assert visitor.post("/logout", "/queue").status_code == 303
    visitor.client.cookies.set("vouchsafe_session", kept)

    assert not is_in(visitor)
    assert bench.events(EventType.LOGOUT_DONE)[0][0] == bench.person("agent")


def test_listening_without_a_session_ends_and_is_not_sent_to_a_page(bench: Bench) -> None:
    with httpx.Client(base_url=bench.url) as nobody:
        answer = nobody.get("/live", headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.text) == (204, "")
        assert nobody.get("/live").status_code == 303
