"""What could not be read is seen, opened for a reason, read again or put aside; nothing ends there by itself."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from tests.conftest import Clinic
from tests.web.conftest import Bench, running
from tests.web.scenes import Morning, an_app, staff_up

from vouchsafe.cli.doctor import _waiting
from vouchsafe.domain.message import ChannelKind
from vouchsafe.evidence.event_types import EventType
from vouchsafe.plugins.channels.email.parse import parse_mail
from vouchsafe.store import quarantine

READABLE = (
    b"From: Ada Byron <ada@home.example>\r\nTo: desk@clinic.example\r\nSubject: My bill\r\n"
    b"Message-ID: <one@home.example>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\n"
    b"Please call me about my bill.\r\n"
)
BROKEN = b"\x00\x00\x00"
SPOOKY = b"Subject: x\r\n\r\nHello \x1b[2J\xe2\x80\xaeevil\xe2\x80\xac \x00 <script>alert(1)</script>\r\n"


@pytest.fixture
def bench(clinic: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A workbench without cases."""
    app = an_app(clinic, tmp_path_factory.mktemp("data"))
    morning = Morning(app, clinic, staff_up(app, clinic), {})
    with running(app) as url:
        bench = Bench(morning, url)
        yield bench
        for visitor in bench.visitors:
            visitor.client.close()


def put(bench: Bench, raw: bytes, problem: str = "parser_failed") -> UUID:
    clinic = bench.morning.clinic
    with clinic.store(clinic.workspace) as work:
        kept = quarantine.keep(
            work.context, ChannelKind.EMAIL, clinic.desk, problem=problem, queue="front_desk", raw=raw
        )
    assert kept
    return kept.item


def test_an_item_shows_above_every_page_until_somebody_settles_it(bench: Bench) -> None:
    agent = bench.visitor("agent")
    assert "could not be read" not in agent.get("/queue").text

    put(bench, BROKEN)
    bench.morning.clinic.clock.advance(minutes=7)

    shown = agent.get("/queue").text
    assert "1 message could not be read" in shown
    assert 'href="/quarantine"' in shown
    assert "the oldest has waited 7 min" in shown


def test_an_item_past_its_owners_promise_is_late(bench: Bench) -> None:
    put(bench, BROKEN)
    agent = bench.visitor("agent")
    assert 'class="strip caution" role="region" aria-label="Quarantine"' in agent.get("/quarantine").text

    for _ in range(40):  # in steps shorter than the idle log-off
        bench.morning.clinic.clock.advance(minutes=14)
        page = agent.get("/quarantine").text

    assert 'class="strip urgent" role="region" aria-label="Quarantine"' in page
    assert "late by" in page


def test_the_page_of_an_item_says_what_is_wrong_and_none_of_its_words(bench: Bench) -> None:
    item = put(bench, READABLE)
    shown = bench.visitor("agent").get(f"/quarantine/{item}")

    assert shown.status_code == 200
    assert "Parser failed" in shown.text
    assert "Front desk" in shown.text
    assert "Ada" not in shown.text


def test_opening_needs_a_reason_which_is_on_record_with_the_name(bench: Bench) -> None:
    item = put(bench, READABLE)
    agent = bench.visitor("agent")
    page = f"/quarantine/{item}"

    refused = agent.post(f"{page}/open", page, reason="  ")
    assert refused.status_code == 422
    assert "Ada Byron" not in refused.text
    assert bench.events(EventType.ORIGINAL_READ) == []

    shown = agent.post(f"{page}/open", page, reason="find out who wrote")
    assert "Please call me about my bill." in shown.text
    who, payload = bench.events(EventType.ORIGINAL_READ)[0]
    assert who == bench.person("agent")
    assert payload["item"] == str(item)
    assert payload["reason"] == "find out who wrote"


def test_hostile_bytes_are_shown_as_what_they_are(bench: Bench) -> None:
    item = put(bench, SPOOKY)
    page = f"/quarantine/{item}"
    shown = bench.visitor("agent").post(f"{page}/open", page, reason="look at it").text

    assert "⟨U+001B⟩[2J⟨U+202E⟩evil⟨U+202C⟩ ⟨U+0000⟩ &lt;script&gt;" in shown


def test_the_file_is_a_download_that_nothing_can_run(bench: Bench) -> None:
    item = put(bench, SPOOKY)
    page = f"/quarantine/{item}"
    given = bench.visitor("agent").post(f"{page}/open", page, **{"reason": "for IT", "as": "file"})

    assert given.content == SPOOKY
    assert given.headers["content-disposition"].startswith("attachment")
    assert given.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in given.headers["content-security-policy"]
    assert bench.events(EventType.ORIGINAL_READ)[0][1]["reason"] == "for IT"


def test_what_can_be_read_now_becomes_a_case_once(bench: Bench) -> None:
    item, clinic = put(bench, READABLE), bench.morning.clinic
    agent = bench.visitor("agent")
    page = f"/quarantine/{item}"

    assert agent.post(f"{page}/read-again", page).status_code == 303
    assert "it is a case now" in agent.get("/quarantine").text

    with clinic.store(clinic.workspace) as work:
        waiting = quarantine.waiting(work.context)
    assert waiting == ()
    assert len(bench.events(EventType.MESSAGE_RECEIVED)) == 1
    who, payload = bench.events(EventType.MESSAGE_SETTLED)[0]
    assert (who, payload["how"]) == (bench.person("agent"), "taken_in")

    again = agent.post(f"{page}/read-again", "/quarantine")
    assert again.status_code == 409
    assert len(bench.events(EventType.MESSAGE_RECEIVED)) == 1


def test_an_item_whose_message_was_stored_before_a_crash_is_settled_without_a_second_one(bench: Bench) -> None:
    app, agent = bench.morning.app, bench.visitor("agent")
    item = put(bench, READABLE)
    app.intake(parse_mail(READABLE, recipient="desk@clinic.example", received_at=app.clock.now()))

    assert agent.post(f"/quarantine/{item}/read-again", f"/quarantine/{item}").status_code == 303

    assert "nothing was done twice" in agent.get("/quarantine").text
    assert len(bench.events(EventType.MESSAGE_RECEIVED)) == 1
    assert len(bench.events(EventType.MESSAGE_SETTLED)) == 1


def test_what_still_cannot_be_read_says_so_and_waits_on(bench: Bench) -> None:
    item = put(bench, BROKEN)
    agent = bench.visitor("agent")
    page = f"/quarantine/{item}"

    refused = agent.post(f"{page}/read-again", page)

    assert refused.status_code == 422
    assert "still cannot be read (empty)" in refused.text
    assert "1 message could not be read" in agent.get("/queue").text


def test_nobody_puts_an_item_aside_without_having_opened_it(bench: Bench) -> None:
    item = put(bench, BROKEN)
    agent, other = bench.visitor("agent"), bench.visitor("agent2")
    page = f"/quarantine/{item}"
    other.post(f"{page}/open", page, reason="I looked")

    refused = agent.post(f"{page}/put-aside", page, reason="nothing in it")

    assert refused.status_code == 422
    assert "open the item first" in refused.text.lower()
    assert bench.events(EventType.MESSAGE_SETTLED) == []


def test_an_item_put_aside_with_a_reason_is_settled_once_and_doctor_is_green(bench: Bench) -> None:
    item, clinic = put(bench, BROKEN), bench.morning.clinic
    agent = bench.visitor("agent")
    page = f"/quarantine/{item}"
    with clinic.store(clinic.workspace) as work:
        assert not next(line for line in _waiting(bench.morning.app, work) if line.name == "quarantine").well
    agent.post(f"{page}/open", page, reason="see whether anybody wrote")

    assert agent.post(f"{page}/put-aside", page, reason="").status_code == 422
    assert agent.post(f"{page}/put-aside", page, reason="three NUL bytes from a scanner").status_code == 303

    with clinic.store(clinic.workspace) as work:
        assert next(line for line in _waiting(bench.morning.app, work) if line.name == "quarantine").well
    who, payload = bench.events(EventType.MESSAGE_SETTLED)[0]
    assert who == bench.person("agent")
    assert payload["reason"] == "three NUL bytes from a scanner"
    assert "Marigold Teasdale dealt with it" in agent.get(page).text
    lead = bench.visitor("lead")
    lead.post(f"{page}/open", page, reason="check")
    assert lead.post(f"{page}/put-aside", "/quarantine", reason="again").status_code == 409


def test_compliance_sees_the_list_but_opens_and_settles_nothing(bench: Bench) -> None:
    item = put(bench, READABLE)
    page = f"/quarantine/{item}"
    compliance = bench.visitor("compliance")

    assert compliance.get(page).status_code == 200
    for act in ("open", "read-again", "put-aside"):
        assert compliance.post(f"{page}/{act}", "/quarantine", reason="a reason").status_code == 403
    assert "Ada" not in compliance.get(page).text


@pytest.mark.parametrize("name", ["not-an-id", "00000000-0000-0000-0000-000000000000"])
def test_an_item_that_is_not_there_is_not_found(bench: Bench, name: str) -> None:
    agent = bench.visitor("agent")
    assert agent.get(f"/quarantine/{name}").status_code == 404
    assert agent.post(f"/quarantine/{name}/open", "/queue", reason="a reason").status_code == 404


def test_a_person_takes_care_of_an_item_once_and_its_page_says_who(bench: Bench) -> None:
    item = put(bench, READABLE)
    agent, page = bench.visitor("agent"), f"/quarantine/{item}"
    assert "Nobody takes care of it yet." in agent.get(page).text
    assert "nobody yet" in agent.get("/quarantine").text

    assert agent.post(f"{page}/take-care", page).status_code == 303

    assert "Marigold Teasdale takes care of it" in agent.get(page).text
    assert "Marigold Teasdale" in agent.get("/quarantine").text.partition("<table")[2]
    who, payload = bench.events(EventType.MESSAGE_SETTLED)[0]
    assert (who, payload["how"]) == (bench.person("agent"), "acknowledged")
    other = bench.visitor("agent2")
    assert other.post(f"{page}/take-care", page).status_code == 409
    assert len(bench.events(EventType.MESSAGE_SETTLED)) == 1


def test_whoever_opens_an_item_takes_care_of_it(bench: Bench) -> None:
    item = put(bench, READABLE)
    agent, page = bench.visitor("agent"), f"/quarantine/{item}"

    agent.post(f"{page}/open", page, reason="find out who wrote")

    assert "Marigold Teasdale takes care of it" in agent.get(page).text
