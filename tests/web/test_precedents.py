"""A reply kept as a precedent: without identifiers, at its own desk, for people alone, and gone when it should be."""

import re
from dataclasses import replace
from functools import cache

import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine, text
from tests.web.conftest import Bench, Visitor
from tests.web.scenes import Morning
from tests.web.test_acts import act, file, row
from tests.web.test_browser import Seat, browser

from vouchsafe.domain.draft import Origin
from vouchsafe.domain.ids import CaseId, DeskId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.precedent import PATH, PrecedentId
from vouchsafe.domain.states import Stage
from vouchsafe.evidence.event_types import EventType
from vouchsafe.knowledge import precedents as acts
from vouchsafe.knowledge.deciding import NotTheirs
from vouchsafe.pipeline.redact import Redactor
from vouchsafe.pipeline.redact.deidentify import Identifies
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.ports.work import NotFound
from vouchsafe.store import desks, precedents

__all__ = ["browser"]

QUESTION = "Where can I park, what does it cost, and how early is the laboratory open?"
LIKE = "What does it cost to park at your place, and where do I leave the car?"
WRITTEN = (
    "Dear [NAME_1], you park behind the main building, and it costs $2 an hour. "
    "I have noted that you come on Thursday and that we reach you at [PHONE_1]."
)


@cache
def models() -> tuple[Redactor, MiniLm]:
    """Loaded once for all tests here; a page does not wait for them on a busy machine."""
    return Redactor(SpacyMd()), MiniLm()


@pytest.fixture(autouse=True)
def loaded(morning: Morning) -> None:
    redactor, embedder = models()
    vars(morning.app).update(redactor=redactor, embedder=embedder)


def at_work(bench: Bench, login: str) -> Visitor:
    """Somebody who waits as long as a busy machine needs."""
    visitor = bench.visitor()
    visitor.client.timeout = 60
    visitor.log_in(login)
    return visitor


def answered(bench: Bench, words: str = "") -> CaseId:
    """A case whose reply a person approved, as drafted or in words of their own."""
    case = bench.morning.cases["draft"]
    own = {"edited": "1", "text": words} if words else {}
    assert act(at_work(bench, "agent"), case, "approve", **own)[0] == 303
    assert row(bench, case).stage is Stage.APPROVED
    return case


def fields(page: str) -> tuple[str, str]:
    """Question and answer as the page proposes them."""
    found = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    return found[0], found[1]


def keep(lead: Visitor, case: CaseId, question: str = QUESTION, answer: str = "") -> tuple[int, str]:
    page = f"/cases/{case}/precedent"
    said = answer or fields(lead.get(page).text)[1]
    done = lead.post(page, page, question=question, answer=said)
    return done.status_code, done.text


def kept(bench: Bench, words: str = "") -> PrecedentId:
    """A precedent about parking."""
    case = answered(bench, words)
    assert keep(at_work(bench, "lead"), case)[0] == 303
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        found = precedents.of_case(work.context, case)
    assert found is not None
    return found.id


def another_desk(bench: Bench) -> DeskId:
    clinic = bench.morning.clinic
    with clinic.store(clinic.workspace) as work:
        facts = desks.DeskFacts("billing@clinic.example", "Billing", "oncall@clinic.example")
        return desks.add(work.context, "billing", Mode.COPILOT, "patient", facts)


def shown(bench: Bench, case: CaseId, login: str = "agent") -> tuple[str, ...]:
    """Answers of precedents that the case's page would show this person."""
    morning = bench.morning
    found = acts.like(morning.app, morning.clinic.workspace, case, morning.people[login])
    return tuple(one.precedent.wording.answer.value for one in found)


# keeping


def test_a_lead_is_shown_the_reply_without_greeting_signature_placeholders_and_identifiers(bench: Bench) -> None:
    case = answered(bench, WRITTEN)
    page = at_work(bench, "lead").get(f"/cases/{case}/precedent").text

    question, answer = fields(page)

    assert "behind the main building, and it costs $2 an hour" in answer
    for planted in ("[NAME_1]", "[PHONE_1]", "Ada", "Byron", "555-0142", "Marigold", "Teasdale"):
        assert planted not in question + answer
    assert "the person" in answer
    assert "the phone number" in answer


def test_a_kept_reply_stands_beside_a_like_question_with_a_way_to_its_case(bench: Bench) -> None:
    kept(bench)
    case = bench.morning.arrive("Parking", LIKE)

    page = at_work(bench, "agent").get(f"/cases/{case}").text

    assert "How this was answered before" in page
    assert "Parking is free for the first 30 minutes." in page
    assert f'href="/cases/{bench.morning.cases["draft"]}"' in page
    (looked,) = bench.events(EventType.PRECEDENT_READ)
    assert looked[0] == bench.person("agent")
    (made,) = bench.events(EventType.PRECEDENT_MADE)
    assert made[0] == bench.person("lead")


def test_a_look_is_on_record_once_and_again_where_another_precedent_shows(bench: Bench) -> None:
    kept(bench)
    case = bench.morning.arrive("Parking", LIKE)
    for _ in range(2):
        assert shown(bench, case)
    assert len(bench.events(EventType.PRECEDENT_READ)) == 1

    assert keep(at_work(bench, "lead"), bench.morning.cases["draft"], question=f"{QUESTION} Thank you.")[0] == 303
    assert shown(bench, case)
    assert len(bench.events(EventType.PRECEDENT_READ)) == 2


def test_a_question_about_something_else_shows_none(bench: Bench) -> None:
    kept(bench)
    case = bench.morning.arrive("A certificate", "Could you send me a certificate for my employer, please?")
    assert shown(bench, case) == ()


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        ("Ask for Ada Byron at the desk.", "a person"),
        ("Call 020 7946 0018 and ask.", "a telephone number"),
        ("Write to ada1@home.example about it.", "a mail address"),
        ("Your record number is MRN 00482913.", "a number"),
        ("You were born on 12 March 1961, were you not?", "a date"),
        ("We told [NAME_1] so.", "a placeholder"),
        ("We told (NAME_1) so.", "a placeholder"),
        ("Her social security number is 219-09-9999.", "a number"),
        ("Zebedee Quillfeather asked the same.", "a person"),
    ],
)
@pytest.mark.parametrize("where", ["question", "answer"])
def test_what_points_to_somebody_is_refused_without_being_quoted_and_the_words_stay_in_the_form(
    bench: Bench, planted: str, says: str, where: str
) -> None:
    case = answered(bench)
    texts = {"question": QUESTION, "answer": "Parking costs $2 an hour."}
    texts[where] += f" {planted}"

    status, page = keep(at_work(bench, "lead"), case, texts["question"], texts["answer"])

    assert status == 422
    note = page.split('role="alert"', 1)[1].split("</div>", 1)[0]
    assert "this still holds" in note.casefold()
    assert says in note
    assert planted.split(" ", 2)[2] not in note
    assert "Parking costs $2 an hour." in page
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        assert not precedents.any_at(work.context, bench.morning.clinic.desk)
    assert bench.events(EventType.PRECEDENT_MADE) == []


def test_what_stands_in_a_cited_page_is_nobodys_secret(bench: Bench) -> None:
    """A price or an hour of a published passage passes; the conversation's own values never do."""
    case = answered(bench)
    assert keep(at_work(bench, "lead"), case, answer="Ask the front desk for a monthly pass for $20.")[0] == 303


@pytest.mark.parametrize(("question", "answer"), [("  ", "Words."), ("Words?", " \n "), ("x" * 4_001, "Words.")])
def test_an_empty_or_endless_text_is_no_precedent(bench: Bench, question: str, answer: str) -> None:
    case = answered(bench)
    morning = bench.morning
    with pytest.raises(acts.NoPrecedent):
        acts.mark(morning.app, morning.clinic.workspace, case, morning.people["lead"], question, answer)


@pytest.mark.parametrize("name", ["draft", "human"])
def test_a_case_that_nobody_answered_gives_none(bench: Bench, name: str) -> None:
    case = bench.morning.cases[name]
    page = at_work(bench, "lead").get(f"/cases/{case}/precedent").text
    assert "only a reply that was approved" in page.casefold()
    assert "<textarea" not in page
    assert "Keep as a precedent" not in at_work(bench, "lead").get(f"/cases/{case}").text


def test_a_clinical_reply_is_no_answer_for_somebody_else(bench: Bench) -> None:
    case = bench.morning.cases["clinical"]
    words = {"edited": "1", "text": "Please take nothing more today; a nurse calls you within the hour."}
    assert act(at_work(bench, "nurse"), case, "approve", **words)[0] == 303
    morning = bench.morning
    lead = replace(morning.people["nurse"], roles=morning.people["nurse"].roles | morning.people["lead"].roles)

    with pytest.raises(acts.NoPrecedent, match="clinical or crisis"):
        acts.mark(morning.app, morning.clinic.workspace, case, lead, QUESTION, "Take nothing more.")


# who may


@pytest.mark.parametrize("login", ["agent", "nurse", "interpreter", "compliance", "admin"])
def test_only_whoever_keeps_the_knowledge_and_reads_cases_keeps_and_withdraws(bench: Bench, login: str) -> None:
    precedent = kept(bench)
    case, morning = bench.morning.cases["draft"], bench.morning
    visitor = at_work(bench, login)

    assert visitor.get(f"/cases/{case}/precedent").status_code == 403
    assert visitor.post(f"/cases/{case}/precedent", "/knowledge", question="a", answer="b").status_code == 403
    assert visitor.post(f"/cases/{case}/precedent/withdraw", "/knowledge", reason="x").status_code == 403
    if login != "compliance":
        with pytest.raises(NotTheirs):
            acts.withdraw(
                morning.app, morning.clinic.workspace, morning.clinic.desk, precedent, morning.people[login], "why"
            )
    with pytest.raises(NotTheirs):
        acts.listed(morning.app, morning.clinic.workspace, morning.clinic.desk, morning.people[login])
    assert bench.events(EventType.PRECEDENT_WITHDRAWN) == []


def test_another_desk_never_sees_takes_or_withdraws_it(bench: Bench) -> None:
    precedent = kept(bench)
    other, morning = another_desk(bench), bench.morning
    there = replace(morning, clinic=replace(morning.clinic, desk=other)).arrive("Parking", LIKE)
    here = morning.arrive("Parking", LIKE.replace("car", "van"))

    assert shown(bench, here) != ()
    assert shown(bench, there) == ()
    agent = at_work(bench, "agent")
    assert "How this was answered before" not in agent.get(f"/cases/{there}").text
    taken = agent.post(f"/cases/{there}/borrow", f"/cases/{there}", precedent=str(precedent))
    assert taken.status_code == 404
    own = {"edited": "1", "text": "Parking is free for the first 30 minutes.", "precedent": str(precedent)}
    assert act(agent, there, "approve", **own)[0] == 422
    with pytest.raises(NotFound):
        acts.withdraw(morning.app, morning.clinic.workspace, other, precedent, morning.people["lead"], "why")
    assert acts.listed(morning.app, morning.clinic.workspace, other, morning.people["lead"]) == ()


def test_whoever_may_not_read_a_case_is_shown_nothing_beside_it(bench: Bench) -> None:
    kept(bench)
    case = bench.morning.arrive("Parking", LIKE)
    assert shown(bench, case, "interpreter") != ()
    assert [shown(bench, case, login) for login in ("admin", "compliance")] == [(), ()]
    assert shown(bench, bench.morning.cases["crisis"]) == ()


# writing from it


def test_a_person_writes_from_it_and_the_reply_names_it_as_its_source(bench: Bench) -> None:
    precedent = kept(bench)
    case = bench.morning.arrive("Parking", LIKE)
    agent = at_work(bench, "agent")

    opened = agent.post(f"/cases/{case}/borrow", f"/cases/{case}", precedent=str(precedent)).text
    (typed,) = re.findall(r'<textarea id="edit-text"[^>]*>(.*?)</textarea>', opened, re.DOTALL)
    assert "Parking is free for the first 30 minutes." in typed
    assert f'name="precedent" value="{precedent}"' in opened
    changed = "Parking is free for the first 30 minutes. Come to the front desk for a pass."
    assert act(agent, case, "approve", edited="1", text=changed, precedent=str(precedent))[0] == 303

    reply = file(bench, case).reply
    assert reply is not None
    (citation,) = reply.item.citations
    assert citation.document == f"{PATH}{precedent}"
    cited = [one for one in reply.item.draft.sentences if one.citation]
    assert [one.text.value for one in cited] == ["Parking is free for the first 30 minutes."]
    assert {one.origin for one in cited} == {Origin.PERSON}
    assert reply.signatures
    assert "Marigold Teasdale" in reply.item.text.value, "the reply is a person's, and says so"


def test_one_that_was_withdrawn_while_somebody_wrote_is_not_sent_unseen(bench: Bench) -> None:
    precedent = kept(bench)
    case, morning = bench.morning.arrive("Parking", LIKE), bench.morning
    acts.withdraw(
        morning.app, morning.clinic.workspace, morning.clinic.desk, precedent, morning.people["lead"], "prices changed"
    )
    agent = at_work(bench, "agent")
    words = {"edited": "1", "text": "Parking is free for the first 30 minutes."}

    status, page = act(agent, case, "approve", **words, precedent=str(precedent))

    assert status == 422
    assert "withdrawn while you wrote" in page
    assert 'name="precedent"' not in page
    assert act(agent, case, "approve", **words)[0] == 303
    reply = file(bench, case).reply
    assert reply is not None
    assert reply.item.citations == ()


# its end


def test_a_withdrawal_acts_at_once_and_forgets_the_words(bench: Bench) -> None:
    kept(bench)
    case, like = bench.morning.cases["draft"], bench.morning.arrive("Parking", LIKE)
    assert shown(bench, like) != ()
    lead, page = at_work(bench, "lead"), f"/cases/{case}/precedent"

    assert lead.post(f"{page}/withdraw", page, reason=" ").status_code == 422
    assert lead.post(f"{page}/withdraw", page, reason="the price changed").status_code == 303

    assert shown(bench, like) == ()
    ((by, payload),) = bench.events(EventType.PRECEDENT_WITHDRAWN)
    assert (by, payload["reason"]) == (bench.person("lead"), "the price changed")
    engine = create_engine(bench.morning.clinic.url)
    with engine.connect() as connection:
        assert connection.execute(text("select sealed from precedent")).scalar_one() is None
    engine.dispose()


def test_the_reason_of_a_withdrawal_is_on_record_without_what_points_to_somebody(bench: Bench) -> None:
    precedent, morning = kept(bench), bench.morning
    reason = "Ada Byron rang 020 7946 0018 and complained"

    acts.withdraw(morning.app, morning.clinic.workspace, morning.clinic.desk, precedent, morning.people["lead"], reason)

    ((_, payload),) = bench.events(EventType.PRECEDENT_WITHDRAWN)
    assert "complained" in str(payload["reason"])
    assert "Byron" not in str(payload["reason"])
    assert "7946" not in str(payload["reason"])


def test_kept_in_other_words_the_earlier_ones_are_gone(bench: Bench) -> None:
    first = kept(bench)
    case, lead = bench.morning.cases["draft"], at_work(bench, "lead")
    assert keep(lead, case, QUESTION, "You park behind the house.")[0] == 303

    listed = acts.listed(
        bench.morning.app, bench.morning.clinic.workspace, bench.morning.clinic.desk, bench.morning.people["lead"]
    )
    assert [one.id for one in listed] != [first]
    assert shown(bench, bench.morning.arrive("Parking", LIKE)) == ("You park behind the house.",)
    ((by, payload),) = bench.events(EventType.PRECEDENT_WITHDRAWN)
    assert (by, payload["precedent"]) == (bench.person("lead"), str(first))
    assert "kept again" in str(payload["reason"])


def test_one_that_does_not_open_locks_no_case_and_gives_way_to_the_next(bench: Bench) -> None:
    kept(bench)
    case = bench.morning.arrive("Parking", LIKE)
    engine = create_engine(bench.morning.clinic.url)
    with engine.begin() as connection:
        connection.execute(text("update precedent set sealed = decode(repeat('00', length(sealed)), 'hex')"))
    engine.dispose()

    assert shown(bench, case) == ()
    assert at_work(bench, "agent").get(f"/cases/{case}").status_code == 200
    assert keep(at_work(bench, "lead"), bench.morning.cases["draft"], QUESTION, "You park behind the house.")[0] == 303
    assert shown(bench, case) == ("You park behind the house.",)


def test_a_case_opens_where_earlier_answers_cannot_be_searched(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(bench)
    case = bench.morning.arrive("Parking", LIKE)

    def fails(_: object) -> object:
        raise RuntimeError("no model here")

    monkeypatch.setattr(bench.morning.app.embedder, "embed", fails)
    assert at_work(bench, "agent").get(f"/cases/{case}").status_code == 200


@pytest.mark.parametrize(
    "erasure",
    [
        "delete from conversation_key where id = :conversation",
        "update conversation_key set wrapped = decode(repeat('00', length(wrapped)), 'hex') where id = :conversation",
        "delete from subject_key",
        "update subject_key set wrapped = decode(repeat('00', length(wrapped)), 'hex')",
    ],
)
def test_it_ends_with_the_key_of_the_conversation_it_came_from(bench: Bench, erasure: str) -> None:
    precedent = kept(bench)
    morning, clinic = bench.morning, bench.morning.clinic
    assert acts.listed(morning.app, clinic.workspace, clinic.desk, morning.people["lead"]) != ()
    conversation = row(bench, morning.cases["draft"]).conversation

    engine = create_engine(clinic.url)
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text(erasure), {"conversation": conversation} if ":c" in erasure else {})
    engine.dispose()

    # The process still holds the opened key in memory, and must not use it.
    assert clinic.store.vault.cached(conversation) is not None
    assert acts.listed(morning.app, clinic.workspace, clinic.desk, morning.people["lead"]) == ()
    with clinic.store(clinic.workspace) as work, pytest.raises(NotFound):
        precedents.get(work.context, clinic.desk, precedent)


def test_nothing_of_it_stands_in_clear_in_the_database(bench: Bench) -> None:
    kept(bench)
    engine = create_engine(bench.morning.clinic.url)
    with engine.connect() as connection:
        stored = repr(connection.execute(text("select * from precedent")).all())
    engine.dispose()
    assert "park" not in stored.casefold()


def test_another_workspace_never_sees_it(bench: Bench) -> None:
    kept(bench)
    clinic = bench.morning.clinic
    with clinic.store.database.begin(None) as connection:
        assert connection.execute(text("select * from precedent")).all() == []


def test_the_second_scan_alone_stops_what_the_first_lets_by(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    case, morning = answered(bench), bench.morning
    blind = replace(morning.app.light_redactor.redact(["x"]), parts=())

    def sees_nothing(parts: list[str], **_: object) -> object:
        return replace(blind, parts=tuple(morning.app.light_redactor.redact([""]).parts) * len(parts), failed=())

    monkeypatch.setattr(morning.app.redactor, "redact", sees_nothing)
    with pytest.raises(Identifies, match="a number"):
        acts.mark(morning.app, morning.clinic.workspace, case, morning.people["lead"], QUESTION, "It is 4471 9920 318.")


# the screens


@pytest.mark.browser
def test_axe_finds_nothing_and_nothing_scrolls_sideways(bench: Bench, browser: Browser) -> None:
    case = answered(bench)
    seat = Seat(browser, bench, reduced_motion="reduce", color_scheme="light")
    seat.log_in("lead")
    seat.looked(f"/cases/{case}", "precedent-offer")
    seat.looked(f"/cases/{case}/precedent", "precedent-words")
    seat.page.fill("#question", f"{QUESTION} I am Ada Byron.")
    seat.page.click("main button.primary")
    seat.page.wait_for_selector(".note.urgent")
    seat.looked("", "precedent-refused")
    seat.page.fill("#question", QUESTION)
    seat.page.click("main button.primary")
    seat.page.wait_for_selector(".note.done")
    seat.looked("", "precedent-kept")
    like = bench.morning.arrive("Parking", LIKE)
    seat.page.goto(f"/cases/{like}")
    seat.page.click(".earlier summary")
    seat.looked("", "precedent-beside")
    seat.page.click(".earlier form button")
    seat.page.wait_for_selector("#edit-text:visible")
    seat.looked("", "precedent-borrowed")

    assert seat.found == []
    assert seat.complaints == []
    seat.context.close()
