"""The desk's documents on a page: their state, their versions, what cites them, what is held, and who decides."""

import re
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser
from tests.web.conftest import Bench, Visitor
from tests.web.scenes import HOURS, PARKING
from tests.web.test_browser import Seat, browser

__all__ = ["browser"]

from vouchsafe.domain.knowledge import HoldKind, HoldReason
from vouchsafe.domain.passage import Document
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import knowledge, knowledge_held
from vouchsafe.testing import builders
from vouchsafe.web.screens.knowledge.revision import Side, compare, marked

TODAY = date(2026, 3, 2)
SECRET = "Zebedee Quillfeather, MRN 00482913"
OLD_PARKING = PARKING.replace("$2 an hour", "$1 an hour").replace("$9", "$7")


def page(path: str, title: str, text: str, version: str, **changes: object) -> Document:
    """A page of the clinic, in force and for everybody unless the test says otherwise."""
    about = {"owner": "facilities", "review_date": TODAY + timedelta(days=200), "intent": None, **changes}
    return builders.document(text, path=path, title=title, version=version * 12, **about)


def now_published() -> tuple[Document, ...]:
    """What the desk's folder holds today."""
    return (
        page("parking.md", "Parking", PARKING, "b", intent="directions"),
        page(
            "parking-2024.md",
            "Parking (prices of 2024)",
            OLD_PARKING,
            "c",
            intent="directions",
            effective_to=date(2025, 12, 31),
        ),
        page("opening-hours.md", "Opening hours", HOURS, "d", review_date=TODAY - timedelta(days=3)),
        page("summer.md", "Summer hours", "In July we open at 7:00.", "e", effective_from=date(2026, 7, 1)),
        page("clinical/on-call.md", "On-call clinicians", "Page 4401.", "f", audience=frozenset({"clinician"})),
        page("board.md", "For the board", "The plan.", "9", audience=frozenset({"board"})),
    )


@pytest.fixture
def shelves(bench: Bench) -> Bench:
    """A desk with documents in every state."""
    clinic = bench.morning.clinic
    with clinic.store(clinic.workspace) as work:
        first = page("parking.md", "Parking", OLD_PARKING, "a", intent="directions")
        knowledge.publish(work.context, clinic.desk, [first])
    clinic.clock.advance(minutes=1)
    with clinic.store(clinic.workspace) as work:
        knowledge.publish(work.context, clinic.desk, now_published())
        waiting = page("waiting-list.md", "Waiting list", f"# Waiting list\n\n{SECRET}, next Tuesday", "8")
        reason = HoldReason(HoldKind.IDENTIFIER, "a medical record number", 3)
        knowledge_held.hold(work.context, clinic.desk, "folder", waiting, (reason,))
    return bench


def approved(bench: Bench) -> Visitor:
    """The agent sends the draft about parking, so that a reply cites two documents."""
    agent, case = bench.visitor("agent"), bench.morning.cases["draft"]
    version = agent.version(case)
    assert agent.post(f"/cases/{case}/approve", f"/cases/{case}", version=version).status_code == 303
    return agent


def row(html: str, title: str) -> str:
    """The text of a document's row in the list."""
    found = next((one for one in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL) if f">{title}</a>" in one), "")
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def address(path: str) -> str:
    return f"/knowledge/document?desk=patient&path={quote(path)}"


def act(visitor: Visitor, name: str, **form: str) -> httpx.Response:
    """Withdraw or reinstate the page about parking, by a form of ours."""
    token = re.findall(r'name="csrf" value="([^"]*)"', visitor.get("/knowledge").text)[0]
    about = {"csrf": token, "desk": "patient", "path": "parking.md", **form}
    return visitor.client.post(f"/knowledge/{name}", data=about)


def held_item(lead: Visitor) -> str:
    return str(re.findall(r"/knowledge/held/[0-9a-f-]+", lead.get("/knowledge").text)[0])


def test_the_list_says_of_each_document_what_it_is_to_search_today(shelves: Bench) -> None:
    html = shelves.visitor("lead").get("/knowledge").text

    assert "in force" in row(html, "Parking")
    assert "everybody" in row(html, "Parking")
    assert row(html, "Parking").endswith("a folder 2 0")
    assert "expired" in row(html, "Parking (prices of 2024)")
    assert "not yet in force" in row(html, "Summer hours")
    assert "2026-02-27 overdue" in row(html, "Opening hours")
    assert "overdue" not in row(html, "Parking")


def test_a_reply_counts_for_every_document_that_it_cites_and_is_listed_with_its_decision(shelves: Bench) -> None:
    agent, case = approved(shelves), shelves.morning.cases["draft"]

    html = agent.get("/knowledge").text
    assert [row(html, one)[-1] for one in ("Parking", "Opening hours", "Summer hours")] == ["1", "1", "0"]

    shown = agent.get(address("parking.md")).text
    assert "1 reply cites it" in shown
    assert f'href="/cases/{case}/decision"' in shown


def test_two_versions_are_compared_and_only_what_differs_is_marked(shelves: Bench) -> None:
    html = shelves.visitor("lead").get(address("parking.md")).text

    assert "2 versions, the newest first" in html
    assert "<del>$1</del>" in html
    assert "<ins>$2</ins>" in html
    assert "<del>Parking" not in html


def test_an_older_page_about_the_same_question_is_offered_and_compared(shelves: Bench) -> None:
    lead = shelves.visitor("lead")
    assert "Parking (prices of 2024)" in lead.get(address("parking.md")).text

    html = lead.get(f"{address('parking.md')}&against=parking-2024.md").text

    assert "From “Parking (prices of 2024)” to “Parking”" in html
    assert "<del>2025-12-31</del>" in html


@pytest.mark.parametrize(
    ("login", "clinical", "board"),
    [("agent", False, False), ("nurse", True, False), ("lead", True, True), ("admin", True, True)],
)
def test_a_document_that_somebody_may_not_read_is_not_there_for_them(
    shelves: Bench, login: str, *, clinical: bool, board: bool
) -> None:
    visitor = shelves.visitor(login)
    html = visitor.get("/knowledge").text

    assert ("On-call clinicians" in html) is clinical
    assert ("For the board" in html) is board
    assert visitor.get(address("board.md")).status_code == (200 if board else 404)
    found = visitor.post("/knowledge/search", "/knowledge", desk="patient", words="plan").text
    assert ("For the board" in found) is board


def test_words_find_documents_by_text_and_never_stand_in_an_address(shelves: Bench) -> None:
    lead = shelves.visitor("lead")
    found = lead.post("/knowledge/search", "/knowledge", desk="patient", words="laboratory 15:00")

    assert row(found.text, "Opening hours")
    assert not row(found.text, "Parking")
    assert "laboratory" not in "".join(re.findall(r'href="([^"]*)"', found.text))
    assert "Nothing found" in lead.post("/knowledge/search", "/knowledge", desk="patient", words="zzz").text


def test_the_list_can_be_linked_by_state(shelves: Bench) -> None:
    html = shelves.visitor("lead").get("/knowledge?desk=patient&state=expired").text

    assert row(html, "Parking (prices of 2024)")
    assert not row(html, "Parking")


def test_a_withdrawal_needs_a_reason_names_who_it_was_and_lists_what_rests_on_it(shelves: Bench) -> None:
    approved(shelves)
    lead = shelves.visitor("lead")

    assert act(lead, "withdraw", reason=" ").status_code == 422
    done = act(lead, "withdraw", reason="the price is wrong")

    assert done.status_code == 303
    shown = lead.get(done.headers["location"].partition("#")[0]).text
    assert "Withdrawn: nothing searches or cites it from now on" in shown
    assert "the price is wrong" in shown
    assert "Thaddeus Winterbourne" in shown
    assert "was stopped before it left" in shown
    assert "withdrawn" in row(lead.get("/knowledge").text, "Parking")
    who, payload = shelves.events(EventType.SOURCE_WITHDRAWN)[0]
    assert (who, payload["reason"]) == (shelves.person("lead"), "the price is wrong")
    assert act(lead, "withdraw", reason="x").status_code == 409


def test_what_was_withdrawn_is_put_back_once(shelves: Bench) -> None:
    lead = shelves.visitor("lead")
    act(lead, "withdraw", reason="the price is wrong")

    assert act(lead, "reinstate").status_code == 303
    assert "in force" in row(lead.get("/knowledge").text, "Parking")
    assert shelves.events(EventType.SOURCE_REINSTATED)[0][0] == shelves.person("lead")
    assert act(lead, "reinstate").status_code == 409


def test_who_only_reads_is_offered_nothing_that_would_be_refused(shelves: Bench) -> None:
    agent = shelves.visitor("agent")
    html = agent.get(address("parking.md")).text

    assert "Withdraw" not in html
    assert "Waiting list" not in agent.get("/knowledge").text
    assert act(agent, "withdraw", reason="x").status_code == 403


def test_a_held_document_says_why_without_its_words_and_seeing_it_is_on_record(shelves: Bench) -> None:
    compliance = shelves.visitor("compliance")
    html = compliance.get("/knowledge").text

    assert "1 document is held until somebody decides" in html
    assert "A medical record number, line 3" in html
    assert "Zebedee" not in html
    who, payload = shelves.events(EventType.REPORT_READ)[0]
    assert (who, payload["report"]) == (shelves.person("compliance"), "held documents")
    shown = compliance.get(held_item(compliance)).text
    assert "Zebedee" not in shown
    assert compliance.post(f"{held_item(compliance)}/open", "/knowledge", reason="look").status_code == 403


def test_its_words_show_after_a_reason_with_the_line_marked(shelves: Bench) -> None:
    lead = shelves.visitor("lead")
    item = held_item(lead)

    assert lead.post(f"{item}/open", item, reason="").status_code == 422
    assert shelves.events(EventType.ORIGINAL_READ) == []
    shown = lead.post(f"{item}/open", item, reason="see whether it is a patient").text

    assert re.search(rf'id="line3" class="marked"><span class="words">{SECRET}', shown)
    who, payload = shelves.events(EventType.ORIGINAL_READ)[0]
    assert (who, payload["reason"]) == (shelves.person("lead"), "see whether it is a patient")


def test_a_released_document_is_searched_and_a_discarded_one_forgotten(shelves: Bench) -> None:
    lead = shelves.visitor("lead")
    item = held_item(lead)

    done = lead.post(f"{item}/release", item)
    assert (done.status_code, done.headers["location"]) == (303, address("waiting-list.md"))
    assert "in force" in row(lead.get("/knowledge").text, "Waiting list")
    assert lead.post(f"{item}/discard", "/knowledge").status_code == 404
    assert shelves.events(EventType.SOURCE_RELEASED)[0][0] == shelves.person("lead")

    clinic = shelves.morning.clinic
    with clinic.store(clinic.workspace) as work:
        other = page("list-2.md", "Second list", SECRET, "7")
        knowledge_held.hold(
            work.context, clinic.desk, "folder", other, (HoldReason(HoldKind.IDENTIFIER, "a number", 1),)
        )
    assert lead.post(f"{held_item(lead)}/discard", "/knowledge").status_code == 303
    assert "Second list" not in lead.get("/knowledge").text
    assert len(shelves.events(EventType.SOURCE_DISCARDED)) == 1


@pytest.mark.parametrize(
    "asked",
    [
        "/knowledge?desk=none",
        "/knowledge/document",
        "/knowledge/document?desk=patient&path=../../etc/passwd",
        "/knowledge/held/none",
        "/knowledge/held/00000000-0000-0000-0000-000000000000",
    ],
)
def test_what_is_not_there_is_not_found(shelves: Bench, asked: str) -> None:
    assert shelves.visitor("lead").get(asked).status_code == 404


def test_a_desk_without_documents_says_what_that_means_and_how_they_come_in(bench: Bench) -> None:
    html = bench.visitor("lead").get("/knowledge").text

    assert "This desk has no documents" in html
    assert "a person answers every message" in html


def test_a_page_in_another_language_is_the_same_page(shelves: Bench) -> None:
    lead = shelves.visitor("lead")
    html = lead.get(address("parking.md")).text
    other = re.findall(r'href="([^"]*lang=es)"', html)[0].replace("&amp;", "&")

    shown = lead.get(other).text
    assert "<h1>Parking</h1>" in shown
    assert "vigente" in shown


def test_markup_in_a_document_stays_text(shelves: Bench) -> None:
    clinic = shelves.morning.clinic
    with clinic.store(clinic.workspace) as work:
        evil = page("evil.md", "<img src=x onerror=alert(1)>", "# <script>alert(1)</script>\n\nHello", "6")
        knowledge.add(work.context, clinic.desk, "folder", evil)
    lead = shelves.visitor("lead")

    for html in (lead.get("/knowledge").text, lead.get(address("evil.md")).text):
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_a_comparison_folds_what_stayed_and_pairs_lines_that_are_alike() -> None:
    before = page("a.md", "A", "\n".join([*(f"Line {n} stays." for n in range(9)), "It costs $2 an hour."]), "a")
    after = replace(before, text=before.text.replace("$2", "$3") + "\nA wholly different sentence.", title="B")

    found = compare(before, after)

    assert [(one.what, one.before, one.after) for one in found.facts] == [("title", "A", "B")]
    assert [one.side for one in found.lines] == [Side.FOLDED, Side.SAME, Side.GONE, Side.CAME, Side.CAME]
    assert found.lines[0].count == 8
    assert [one.text for one in found.lines[2].pieces if one.changed] == ["$2"]


def test_words_that_differ_are_marked_in_both_sentences() -> None:
    left, right = marked("We open at 8:00 on Monday.", "We open at 9:30 on Monday.")

    assert [one.text for one in left if one.changed] == ["8:00"]
    assert [one.text for one in right if one.changed] == ["9:30"]
    assert "".join(one.text for one in left) == "We open at 8:00 on Monday."


def test_a_hostile_document_is_compared_in_reasonable_steps() -> None:
    before = page("a.md", "A", "the " * 60_000 + "\n" + "\n" * 50_000, "a")
    found = compare(before, replace(before, text="the " * 60_001))

    assert found.words_changed


@pytest.mark.browser
def test_axe_finds_nothing_and_nothing_scrolls_sideways_at_any_width_in_light_and_dark(
    shelves: Bench, browser: Browser
) -> None:
    approved(shelves)
    seat = Seat(browser, shelves, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    seat.log_in("lead")
    lead = shelves.visitor("lead")
    seat.looked("/knowledge", "knowledge")
    seat.looked("/knowledge?desk=patient&state=withdrawn", "knowledge-nothing")
    seat.looked(address("parking.md"), "knowledge-document")
    seat.looked(f"{address('parking.md')}&against=parking-2024.md", "knowledge-beside")
    seat.looked(address("opening-hours.md"), "knowledge-stale")
    seat.looked(f"{address('summer.md')}&lang=es", "knowledge-es")
    seat.page.goto("/knowledge?lang=en")
    seat.looked("/knowledge/gaps?desk=patient", "knowledge-gaps")
    seat.looked("/knowledge/check?desk=patient", "knowledge-check")
    seat.page.goto(held_item(lead))
    seat.looked(held_item(lead), "knowledge-held")
    act(lead, "withdraw", reason="the price is wrong; facilities sends a new page on Monday")
    seat.looked(address("parking.md"), "knowledge-withdrawn")

    seat.page.goto(held_item(lead))
    seat.page.keyboard.press("Tab")  # from the skip link to the field without a mouse
    while seat.page.evaluate("document.activeElement.id") != "reason":
        seat.page.keyboard.press("Tab")
    seat.page.keyboard.type("see whether it is a patient")
    seat.page.keyboard.press("Enter")
    seat.page.wait_for_selector(".held-text")
    seat.looked("", "knowledge-held-open")

    assert seat.found == []
    assert seat.complaints == []
    seat.context.close()


def test_questions_without_a_source_are_counted_with_their_cases_and_reading_them_is_on_record(shelves: Bench) -> None:
    case = shelves.morning.arrive("Bus", "Which bus line stops at the clinic?")
    lead = shelves.visitor("lead")

    html = lead.get("/knowledge/gaps").text

    assert "Which bus line stops at the clinic" in html
    assert re.search(rf'<b>1</b> <span class="muted small">time</span>.*href="/cases/{case}"', html, re.DOTALL)
    who, payload = next(one for one in shelves.events(EventType.REPORT_READ) if one[1]["report"] == "knowledge gaps")
    assert (who, payload["days"]) == (shelves.person("lead"), 30)


@pytest.mark.parametrize("login", ["compliance", "admin"])
def test_who_may_not_read_what_patients_wrote_sees_no_question(shelves: Bench, login: str) -> None:
    shelves.morning.arrive("Bus", "Which bus line stops at the clinic?")
    html = shelves.visitor(login).get("/knowledge/gaps").text

    assert "bus line" not in html
    assert "Your role does not see what patients asked." in html
    assert not [one for _, one in shelves.events(EventType.REPORT_READ) if one["report"] == "knowledge gaps"]


def test_the_check_names_what_is_overdue_and_what_nobody_may_read(shelves: Bench) -> None:
    html = shelves.visitor("lead").get("/knowledge/check").text
    doubts = html.partition("Sentences that contradict")[0]

    assert "Review overdue" in doubts
    assert "Was to be reviewed by 2026-02-27." in doubts
    assert "Nobody may read it" in doubts
    assert "board.md" in doubts
    agent = shelves.visitor("agent").get("/knowledge/check").text
    assert "board.md" not in agent, "the agent may not read it, so it is not there"


def test_sentences_that_contradict_each_other_stand_side_by_side_with_the_difference_marked(shelves: Bench) -> None:
    clinic = shelves.morning.clinic
    with clinic.store(clinic.workspace) as work:
        for path, hours, audience in (("lab.md", "15:00", "public"), ("lab-2.md", "16:30", "internal")):
            text = f"# Laboratory\n\nThe laboratory closes at {hours} on working days."
            one = page(path, f"Laboratory {path}", text, "5", audience=frozenset({audience, "public"}))
            knowledge.add(work.context, clinic.desk, "folder", one)
    lead = shelves.visitor("lead")
    assert "<mark>15:00</mark>" not in lead.get("/knowledge/check").text

    html = lead.get("/knowledge/check?compare=1").text

    assert "Different times" in html
    assert "<mark>15:00</mark>" in html
    assert "<mark>16:30</mark>" in html
