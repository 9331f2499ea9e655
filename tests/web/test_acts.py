"""What people do with a case: one act, one change, one event; a refusal changes nothing and says why."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier

import pytest
from argon2 import PasswordHasher
from tests.web.conftest import Bench, Visitor
from tests.web.scenes import PASSWORD

from vouchsafe.domain.ids import CaseId, UserId
from vouchsafe.domain.staff import License
from vouchsafe.domain.states import CaseFile, Stage, Sticky
from vouchsafe.evidence.event_types import EventType
from vouchsafe.plugins.channels.email.parse import parse_mail
from vouchsafe.ports.channel import Accepted
from vouchsafe.ports.work import CaseRow
from vouchsafe.store import cases, conversations, outbox, staff, trail
from vouchsafe.web.screens.trail import screen as trail_screen
from vouchsafe.worker.passes import park


def row(bench: Bench, case: CaseId) -> CaseRow:
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        return cases.get(work.context, case)


def file(bench: Bench, case: CaseId) -> CaseFile:
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        return cases.file(work.context, case)


def sticky(bench: Bench, case: CaseId) -> Sticky:
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        return conversations.get(work.context, cases.get(work.context, case).conversation).facts.sticky


def waiting_to_leave(bench: Bench, case: CaseId) -> int:
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        return len(outbox.of_case(work.context, case))


def act(visitor: Visitor, case: CaseId, name: str, **form: str) -> tuple[int, str]:
    """Post an act as the case's page would, with the version that the page shows; status and page."""
    page = f"/cases/{case}"
    answer = visitor.post(f"{page}/{name}", page, **{"version": visitor.version(case), **form})
    return answer.status_code, answer.text


def somebody_with_an_expired_licence(bench: Bench) -> Visitor:
    clinic, nurse = bench.morning.clinic, bench.morning.people["nurse"]
    expired = License("registered nurse", "RN-0001-0002", date(2026, 3, 1))
    user = replace(nurse, id=UserId(bench.morning.app.ids.new()), login="expired", license=expired)
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with clinic.store(clinic.workspace) as work:
        staff.add(work.context, user, hashed)
    return bench.visitor("expired")


# approve


def test_an_approved_draft_waits_to_leave_and_its_signature_is_on_record(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    assert act(bench.visitor("agent"), case, "approve")[0] == 303

    assert row(bench, case).stage is Stage.APPROVED
    assert waiting_to_leave(bench, case) == 1
    who, payload = bench.events(EventType.REPLY_APPROVED)[0]
    assert (who, payload["signed_as"]) == (bench.person("agent"), "Marigold Teasdale, Front desk")


def test_a_form_of_an_older_version_changes_nothing_and_shows_the_case_as_it_is(bench: Bench) -> None:
    case, agent = bench.morning.cases["draft"], bench.visitor("agent")
    old = agent.version(case)
    act(bench.visitor("agent2"), case, "close", reason="answered by phone")

    for name in ("approve", "refuse", "close"):
        status, page = act(agent, case, name, version=old, reason="a reason")
        assert status == 409, name
        assert "Not done." in page
        assert "closed without a reply" in page
    assert act(agent, case, "approve", version="")[0] == 409
    assert waiting_to_leave(bench, case) == 0


def test_of_two_people_who_approve_at_the_same_moment_one_does(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    people = [bench.visitor("agent"), bench.visitor("agent2")]
    page, together = f"/cases/{case}", Barrier(2)
    forms = []
    for one in people:
        token = one.get(page).text.split('name="csrf" value="', 1)[1].split('"', 1)[0]
        forms.append({"csrf": token, "version": one.version(case)})

    def approve(number: int) -> int:
        together.wait(30)
        return people[number].client.post(f"{page}/approve", data=forms[number]).status_code

    with ThreadPoolExecutor(2) as both:
        codes = sorted(both.map(approve, (0, 1)))

    assert codes == [303, 409]
    assert waiting_to_leave(bench, case) == 1
    assert len(bench.events(EventType.REPLY_APPROVED)) == 1


def test_only_a_clinician_whose_licence_is_valid_signs_a_clinical_reply(bench: Bench) -> None:
    case = bench.morning.cases["clinical"]
    words = {"edited": "1", "text": "Please call us at once; do not take another tablet."}

    status, page = act(somebody_with_an_expired_licence(bench), case, "approve", **words)
    assert status == 403
    assert "valid licence" in page
    assert waiting_to_leave(bench, case) == 0

    assert act(bench.visitor("nurse"), case, "approve", **words)[0] == 303
    _, payload = bench.events(EventType.REPLY_APPROVED)[0]
    assert payload["license"] == "registered nurse, until 2028-06-30"


def test_the_page_offers_no_signature_to_somebody_whose_licence_expired(bench: Bench) -> None:
    page = somebody_with_an_expired_licence(bench).get(f"/cases/{bench.morning.cases['clinical']}").text

    assert "Only a clinician with a valid licence signs here" in page
    for name in ("approve", "edit", "close", "clear"):
        assert f'data-act="{name}"' not in page


def test_a_reply_with_a_sentence_of_no_source_is_held_until_somebody_changes_it(bench: Bench) -> None:
    case, agent = bench.morning.cases["bare"], bench.visitor("agent")

    status, page = act(agent, case, "approve")
    assert status == 422
    assert "cannot leave" in page
    assert row(bench, case).stage is not Stage.APPROVED


def test_what_was_typed_is_still_there_after_a_refusal(bench: Bench) -> None:
    text = "We promise you a refund of $500 by Friday."
    status, page = act(bench.visitor("agent"), bench.morning.cases["draft"], "approve", edited="1", text=text)

    if status != 303:
        assert text in page
    status, page = act(bench.visitor("agent2"), bench.morning.cases["bare"], "approve", edited="1", text=" ")
    assert status == 422
    assert "Not done." in page


def test_an_edit_voids_the_signatures_under_other_words(bench: Bench) -> None:
    app, case = bench.morning.app, bench.morning.cases["fresh"]
    app._packs["patient"] = replace(app.pack("patient"), signatures=2)
    agent, second = bench.visitor("agent"), bench.visitor("agent2")
    mine = {"edited": "1", "text": "Yes, we are open on Monday. Come at eight."}

    assert act(agent, case, "approve")[0] == 303
    assert act(second, case, "approve", **mine)[0] == 303
    reply = file(bench, case).reply
    assert reply
    assert [str(one.user) for one in reply.signatures] == [bench.person("agent2")]
    assert waiting_to_leave(bench, case) == 0

    status, page = act(second, case, "approve", **mine)
    assert status == 403
    assert "another person signs next" in page
    assert row(bench, case).stage is not Stage.APPROVED


def test_two_different_people_under_the_same_words_let_it_leave(bench: Bench) -> None:
    app, case = bench.morning.app, bench.morning.cases["fresh"]
    app._packs["patient"] = replace(app.pack("patient"), signatures=2)

    assert act(bench.visitor("agent"), case, "approve")[0] == 303
    assert waiting_to_leave(bench, case) == 0
    assert act(bench.visitor("agent2"), case, "approve")[0] == 303
    assert waiting_to_leave(bench, case) == 1


# refuse, close


def test_a_refused_draft_is_withdrawn_with_its_reason(bench: Bench) -> None:
    case, agent = bench.morning.cases["draft"], bench.visitor("agent")

    assert act(agent, case, "refuse", reason=" ")[0] == 422
    assert act(agent, case, "refuse", reason="the price is last year's")[0] == 303

    page = agent.get(f"/cases/{case}").text
    assert "Write the reply" in page
    assert "After that it costs $2 an hour" not in page.split('id="edit-form"')[1].split("</form>")[0]
    assert bench.events(EventType.REPLY_REFUSED)[0] == (
        bench.person("agent"),
        {"reason": "the price is last year's"},
    )
    assert act(agent, case, "approve")[0] == 403


def test_a_case_is_closed_with_a_reason(bench: Bench) -> None:
    case, agent = bench.morning.cases["human"], bench.visitor("agent")

    assert act(agent, case, "close", reason="")[0] == 422
    assert act(agent, case, "close", reason="called her back")[0] == 303

    assert row(bench, case).stage is Stage.CLOSED
    who, payload = bench.events(EventType.CASE_CLOSED)[0]
    assert (who, payload["why"]) == (bench.person("agent"), "called her back")


# take, give back, hand over


def test_whoever_takes_a_conversation_holds_it_and_others_cannot_sign(bench: Bench) -> None:
    case, agent, other = bench.morning.cases["draft"], bench.visitor("agent"), bench.visitor("agent2")

    assert act(agent, case, "take")[0] == 303

    assert str(row(bench, case).holder) == bench.person("agent")
    assert bench.events(EventType.CONVERSATION_TAKEN)[0][0] == bench.person("agent")
    page = other.get(f"/cases/{case}").text
    assert "Marigold Teasdale holds this conversation. Take it over to answer." in page
    assert 'data-act="approve"' not in page
    status, refused = act(other, case, "approve")
    assert status == 403
    assert "another person holds this conversation" in refused.lower()


def test_only_the_holder_or_a_lead_gives_a_conversation_back(bench: Bench) -> None:
    case, agent = bench.morning.cases["draft"], bench.visitor("agent")
    act(agent, case, "take")

    assert act(bench.visitor("agent2"), case, "give-back")[0] == 403
    assert str(row(bench, case).holder) == bench.person("agent")
    assert act(agent, case, "give-back")[0] == 303
    assert row(bench, case).holder is None
    act(agent, case, "take")
    assert act(bench.visitor("lead"), case, "give-back")[0] == 303
    assert row(bench, case).holder is None
    assert len(bench.events(EventType.CONVERSATION_RETURNED)) == 2


def test_a_case_is_handed_to_a_queue_with_a_reason_and_nobody_holds_it_then(bench: Bench) -> None:
    case, agent = bench.morning.cases["draft"], bench.visitor("agent")
    act(agent, case, "take")

    assert act(agent, case, "hand-over", queue="billing", reason="")[0] == 422
    assert act(agent, case, "hand-over", queue="no_such_queue", reason="why")[0] == 404
    assert act(agent, case, "hand-over", queue="billing", reason="it is about money")[0] == 303

    assert row(bench, case).queue == "billing"
    assert row(bench, case).holder is None
    who, payload = bench.events(EventType.CASE_QUEUED)[0]
    assert who == bench.person("agent")
    assert (payload["queue"], payload["reason"]) == ("billing", "it is about money")


def test_a_clinical_case_leaves_its_queue_by_a_clinicians_hand_only(bench: Bench) -> None:
    case = bench.morning.cases["clinical"]
    before = row(bench, case).queue

    for visitor in (bench.visitor("agent"), bench.visitor("lead"), somebody_with_an_expired_licence(bench)):
        assert act(visitor, case, "hand-over", queue="front_desk", reason="not for us")[0] == 403
    assert row(bench, case).queue == before
    assert act(bench.visitor("nurse"), case, "hand-over", queue="front_desk", reason="a bill after all")[0] == 303


# clear, acknowledge


def test_a_clinician_clears_what_sticks_and_somebody_with_an_expired_licence_does_not(bench: Bench) -> None:
    case = bench.morning.cases["clinical"]
    assert sticky(bench, case).clinical

    assert act(somebody_with_an_expired_licence(bench), case, "clear", reason="fine")[0] == 403
    assert act(bench.visitor("nurse"), case, "clear", reason=" ")[0] == 422
    assert sticky(bench, case).clinical

    assert act(bench.visitor("nurse"), case, "clear", reason="called; it was vitamins")[0] == 303
    assert not sticky(bench, case).any
    assert bench.events(EventType.FINDING_CLEARED)[0] == (
        bench.person("nurse"),
        {"reason": "called; it was vitamins"},
    )


def test_a_page_stands_above_every_page_until_somebody_entitled_acknowledges_it(bench: Bench) -> None:
    case, agent, lead = bench.morning.cases["crisis"], bench.visitor("agent"), bench.visitor("lead")
    assert f'href="/cases/{case}"' in agent.get("/people").text or "not acknowledged" in agent.get("/queue").text

    assert act(agent, case, "acknowledge")[0] == 403
    assert bench.events(EventType.CASE_ACKNOWLEDGED) == []
    assert act(lead, case, "acknowledge")[0] == 303
    assert bench.events(EventType.CASE_ACKNOWLEDGED)[0][0] == bench.person("lead")
    assert "Acknowledged by Thaddeus Winterbourne" in agent.get(f"/cases/{case}").text


# the trail


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=conversation:taken", "conversation:taken"),
        ("type=conversation:taken&actor=ACTOR", "conversation:taken"),
        ("case=CASE&type=conversation:taken", "conversation:taken"),
        ("type=conversation:taken&since=2026-03-02&until=2026-03-03", "conversation:taken"),
        ("type=conversation:taken&until=2026-03-01", None),
        ("type=conversation:taken&actor=gate", None),
        ("type=stop:pressed", None),
    ],
)
def test_the_trail_is_searched_by_what_stands_in_clear_and_the_search_is_on_record(
    bench: Bench, query: str, expected: str | None
) -> None:
    case = bench.morning.cases["draft"]
    act(bench.visitor("agent"), case, "take")
    asked = query.replace("CASE", str(case)).replace("ACTOR", bench.person("agent"))

    page = bench.visitor("compliance").get(f"/trail?{asked}").text
    if expected:
        assert f'<td class="mono">{expected}</td>' in page
        assert "Marigold Teasdale" in page
        assert "1 events, newest first." in page
    else:
        assert "Nothing found" in page
    who, payload = bench.events(EventType.TRAIL_READ)[0]
    assert who == bench.person("compliance")
    assert "type=" in str(payload["asked"])
    assert "Ada" not in page


def test_the_trail_is_read_page_by_page_without_a_gap_or_a_repeat(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_screen, "_ROWS", 7)
    reader, row = bench.visitor("compliance"), re.compile(r'<time datetime="([^"]+)">.*?<td class="mono">([^<]+)</td>')
    with bench.morning.app.store(bench.morning.clinic.workspace) as work:
        written = len(trail.search(work.context, limit=10_000))
    seen: list[tuple[str, str]] = []
    address: str | None = "/trail?until=2099-01-01"
    pages = 0
    while address and pages < 200:
        page = reader.get(address).text
        found = row.findall(page)
        seen += [one for one in found if one[1] != "trail:read"]
        older = re.search(r'href="(/trail[^"]+)">Older', page)
        address = older.group(1).replace("&amp;", "&") if older else None
        pages += 1
    assert pages > 3
    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)
    assert len(seen) == written


# what could not be computed


def a_parked_case(bench: Bench) -> CaseId:
    app, clinic = bench.morning.app, bench.morning.clinic
    raw = b"From: ada@home.example\r\nMessage-ID: <p@home.example>\r\nSubject: Hello\r\n\r\nCall Ada Byron back.\r\n"
    taken = app.intake(parse_mail(raw, recipient="desk@clinic.example", received_at=app.clock.now()))
    assert isinstance(taken, Accepted)
    assert taken.case
    park(app, clinic.workspace, taken.case, "Boom")
    return taken.case


def test_a_case_that_could_not_be_computed_waits_in_the_list_and_offers_only_what_works(bench: Bench) -> None:
    case = a_parked_case(bench)
    nurse = bench.visitor("nurse")

    assert str(case) in nurse.get("/queue").text
    page = nurse.get(f"/cases/{case}").text
    assert "could not be computed" in page
    assert "Ada Byron" not in page
    for name in ("approve", "edit", "refuse"):
        assert f'data-act="{name}"' not in page
    for name in ("take", "hand-over", "close", "reveal"):
        assert f'data-act="{name}"' in page
    assert act(nurse, case, "close", reason="called her back")[0] == 303


def test_its_message_shows_as_it_came_after_a_reason_that_is_on_record(bench: Bench) -> None:
    case = a_parked_case(bench)
    nurse, page = bench.visitor("nurse"), f"/cases/{case}"

    assert "Ada Byron" not in nurse.post(f"{page}/reveal", page, reason=" ").text
    assert bench.events(EventType.ORIGINAL_READ) == []

    assert "Call Ada Byron back." in nurse.post(f"{page}/reveal", page, reason="answer it by phone").text
    who, payload = bench.events(EventType.ORIGINAL_READ)[0]
    assert (who, payload["reason"]) == (bench.person("nurse"), "answer it by phone")
    assert "Ada Byron" not in nurse.get(page).text
