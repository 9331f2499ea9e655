"""Approved answers on the screens: marked as such, with slots and values, and beside the draft like any source."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser
from tests.journeys.scene import write
from tests.web.conftest import Bench
from tests.web.scenes import PARKING
from tests.web.test_browser import Seat, browser
from tests.web.test_knowledge_screen import TODAY, address, page, row

__all__ = ["browser"]

from vouchsafe.domain.answers import approved
from vouchsafe.domain.facts import Facts, fact_of
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.passage import Document
from vouchsafe.pipeline.retrieve.index import vectors_from_bytes
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder
from vouchsafe.store import desks, knowledge
from vouchsafe.web.screens.knowledge.revision import compare
from vouchsafe.worker.passes import advance_case

ASKED = "How much is parking?"
WORDS = "Parking costs {parking_hour} for each hour. Call {clinic_phone}, {desk_hours}."


def an_answer(price: str, version: str, **changes: object) -> Document:
    """The approved answer about the price of parking."""
    facts = Facts(
        {
            "parking_hour": fact_of("parking_hour", "price", price),
            "clinic_phone": fact_of("clinic_phone", "phone", "(555) 555-0100"),
            "desk_hours": fact_of("desk_hours", "opening_hours", "Mon-Fri 8:00-18:00"),
        }
    )
    text, answer = approved(WORDS, "Price of parking", "Head of facilities", (ASKED,), None, facts, "en")
    made = page("answers/parking.md", "Price of parking", text, version, intent="directions_parking", **changes)
    return replace(made, answer=answer)


@pytest.fixture
def shelves(bench: Bench) -> Bench:
    """A desk with a page and an approved answer in its second version."""
    clinic = bench.morning.clinic
    parking = page("parking.md", "Parking", PARKING, "b", intent="directions_parking")
    with clinic.store(clinic.workspace) as work:
        knowledge.publish(work.context, clinic.desk, [parking, an_answer("$2", "c")])
    clinic.clock.advance(minutes=1)
    with clinic.store(clinic.workspace) as work:
        knowledge.publish(work.context, clinic.desk, [parking, an_answer("$3", "d")])
    return bench


def in_words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def a_draft(bench: Bench) -> str:
    """A question whose draft is the approved answer and waits for a person."""
    clinic, app = bench.morning.clinic, bench.morning.app
    pages = read_folder(knowledge_folder()).documents
    others = [replace(one, path=f"demo/{one.path}") for one in pages if "parking" not in one.path]
    shipped = vectors_from_bytes((demo_folder() / "vectors.npz").read_bytes(), app.embedder.ref)
    with clinic.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.COPILOT)
        # Among three documents a search cannot tell what is near and what is not, so these are the demo's.
        knowledge.keep_vectors(work.context, app.embedder.ref, shipped)
        knowledge.publish(work.context, clinic.desk, others, "demo")
    case = write(app, "Is there a fee for a missed appointment?", number=77)
    advance_case(app, clinic.workspace, case)
    return f"/cases/{case}"


def test_the_list_marks_them_and_can_be_narrowed_to_them(shelves: Bench) -> None:
    lead = shelves.visitor("lead")

    every = lead.get("/knowledge").text
    assert "approved answer" in row(every, "Price of parking")
    assert "approved answer" not in row(every, "Parking")
    assert "approved answers 1" in in_words(every)

    answers = lead.get("/knowledge?state=approved-answers").text
    assert row(answers, "Price of parking")
    assert not row(answers, "Parking")


def test_its_page_shows_who_signed_it_its_slots_their_types_and_the_values_that_are_sent(shelves: Bench) -> None:
    html = shelves.visitor("agent").get(address("answers/parking.md")).text

    said = in_words(html)
    assert "Signed off by Head of facilities" in said
    assert "parking_hour price $3" in said
    assert "clinic_phone telephone number (555) 555-0100" in said
    assert "desk_hours opening hours Monday to Friday from 8:00 to 18:00" in said
    assert f"Answers questions such as {ASKED}" in said
    assert '<mark class="slot" title="parking_hour">$3</mark>' in html
    assert "<del>$2</del>" in html
    assert "<ins>$3</ins>" in html
    assert "{parking_hour}" not in html


def test_what_was_signed_anew_shows_between_two_versions() -> None:
    before, after = an_answer("$3", "c"), an_answer("$3", "d")
    assert after.answer is not None
    signed = replace(after, answer=replace(after.answer, approved_by="Deputy head", questions=(ASKED, "Is it free?")))

    facts = {one.what: (one.before, one.after) for one in compare(before, signed).facts}

    assert facts["signed off by"] == ("Head of facilities", "Deputy head")
    assert facts["example questions"] == (ASKED, f"{ASKED} / Is it free?")
    assert "slots" not in facts
    assert {one.what for one in compare(replace(before, answer=None), after).facts} >= {"signed off by", "slots"}


def test_beside_a_draft_its_source_says_that_it_was_signed_off(shelves: Bench) -> None:
    html = shelves.visitor("agent").get(a_draft(shelves)).text

    cited = in_words(html.partition('id="evidence-title"')[2].partition("Other passages found")[0])
    assert "Fee for a missed appointment approved answer signed off by Head of the front desk" in cited
    assert "1 The fee for a missed office visit or telehealth visit is $50, and" in cited
    assert "demo/answers/no-show-fee.md@" in cited


@pytest.mark.browser
def test_axe_finds_nothing_and_nothing_scrolls_sideways_at_any_width_in_light_and_dark(
    shelves: Bench, browser: Browser
) -> None:
    clinic = shelves.morning.clinic
    over = an_answer("$1", "e", review_date=TODAY - timedelta(days=1))
    with clinic.store(clinic.workspace) as work:
        knowledge.add(work.context, clinic.desk, "folder", replace(over, path="answers/old.md", title="Old price"))
    seat = Seat(browser, shelves, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    seat.log_in("lead")

    seat.looked("/knowledge", "answers-list")
    seat.looked("/knowledge?desk=patient&state=approved-answers", "answers-alone")
    seat.looked(address("answers/parking.md"), "answers-document")
    draft = a_draft(shelves)
    seat.looked(draft, "answers-case")
    assert seat.page.locator(".evidence .kind").count() > 0
    seat.looked(f"{address('answers/parking.md')}&lang=es", "answers-es")

    assert seat.found == []
    assert seat.complaints == []
