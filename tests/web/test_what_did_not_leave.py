"""What did not leave and why, and what a draft leaves open, on the pages where people work."""

import re
from dataclasses import replace
from html import unescape

import pytest
from playwright.sync_api import Browser
from tests.web.conftest import Bench
from tests.web.test_acts import act, file
from tests.web.test_agreements_screen import adopt, configure, told
from tests.web.test_browser import Seat, browser

from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.states import Drafted, Redrafted
from vouchsafe.domain.text import Span, part_of
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline import trace
from vouchsafe.testing import builders
from vouchsafe.testing.agreements import a_relay
from vouchsafe.worker.loops import Worker

__all__ = ["browser"]


def held_reply(bench: Bench) -> CaseId:
    """A signed reply that a relay without a row holds up."""
    configure(bench, smtp_relay="relay.provider.example:587", smtp_security="starttls")
    case = bench.morning.cases["draft"]
    assert act(bench.visitor("agent"), case, "approve")[0] == 303
    worker = Worker(bench.morning.app)
    for _ in range(3):
        worker.drain(bench.morning.clinic.workspace)
    return case


def leave_open(bench: Bench) -> str:
    """The draft now says that it leaves the message's first words open; those words."""
    case = bench.morning.cases["draft"]
    held = file(bench, case)
    assert isinstance(held.drafted, Drafted)
    message = held.drafted.grounded.understood.redacted.fresh[0].text
    asked = part_of(message, Span(0, len(message.value.split("?")[0]) + 1))
    draft = replace(held.drafted.draft, unanswered=(asked,))
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        head = work.head(case)
        state = Redrafted(head, replace(held.drafted, draft=draft), held.ruling, draft_visible=True)
        work.record(state, *trace.redrafted(state, builders.the_pack()))
    return " ".join(asked.value.split())


def test_held_mail_is_told_above_every_page_and_in_its_case_until_there_is_a_row(bench: Bench) -> None:
    case = held_reply(bench)
    agent = bench.visitor("agent")

    # Notices of the morning's other cases wait as well.
    assert re.search(
        r"Mail of \d+ cases? is held: there is no agreement with whoever would carry it", told(agent, "/queue")
    )
    page = told(agent, f"/cases/{case}")
    assert "held: mail waits for an agreement" in page
    assert "Mail of this case has not left: it is held" in page
    assert "vouchsafe agreements relay --ours --login YOU" in page
    assert "El correo de este caso no ha salido" in told(agent, f"/cases/{case}?lang=es")
    agent.get("/queue?lang=en")

    adopt(bench, a_relay("smtp://relay.provider.example:587"))
    assert "Mail of this case has not left" not in told(agent, f"/cases/{case}")


def test_a_reply_that_is_held_can_be_closed_by_whoever_signs(bench: Bench) -> None:
    case = held_reply(bench)
    agent = bench.visitor("agent")

    assert 'aria-controls="close-form"' in agent.get(f"/cases/{case}").text
    assert act(agent, case, "close", reason="answered by telephone")[0] == 303
    assert "it is held" not in told(agent, f"/cases/{case}")


def test_what_no_page_answers_is_named_and_marked_in_the_message(bench: Bench) -> None:
    asked = leave_open(bench)
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")
    html = agent.get(f"/cases/{case}").text

    assert "Not answered by any page:" in html
    marked = html.split('<mark class="left-open">', 1)[1].split('<span class="sr">', 1)[0]
    shown = unescape(re.sub(r"<[^<>]*>", "", marked)).replace("\N{NARROW NO-BREAK SPACE}", "_")
    assert " ".join(shown.replace("name_1", "[NAME_1]").split()) == asked
    assert "Ninguna página responde a esto:" in agent.get(f"/cases/{case}?lang=es").text
    agent.get("/queue?lang=en")
    (_, payload), *_ = bench.events(EventType.DRAFT_MADE)
    assert payload["unanswered"] == [asked]
    decision = told(bench.visitor("privacy"), f"/cases/{case}/decision")
    assert asked.rpartition("] ")[2] in decision.partition("not answered by any page: ")[2]


@pytest.mark.browser
def test_axe_finds_nothing_on_a_case_with_held_mail_or_an_open_question(bench: Bench, browser: Browser) -> None:
    leave_open(bench)
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    seat.log_in("agent")
    seat.looked(f"/cases/{bench.morning.cases['draft']}", "case-left-open")
    held_reply(bench)
    seat.looked(f"/cases/{bench.morning.cases['draft']}", "case-held-mail")
    seat.looked("/queue", "queue-held-mail")

    assert seat.found == []
    assert seat.complaints == []
    seat.context.close()
