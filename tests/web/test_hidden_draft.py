"""A draft that is hidden from whoever answers is hidden on every page and in the JSON, for as long as they may answer."""

import html
from dataclasses import replace
from typing import Any

import pytest
from tests.web.conftest import Bench, Visitor

from vouchsafe.cli import explain
from vouchsafe.domain.draft import Draft, Origin
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.staff import Role
from vouchsafe.domain.states import Closed, Drafted, Redrafted, Superseded
from vouchsafe.evidence.event import Event, Json, Outcome, person, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline import trace
from vouchsafe.store import cases, staff
from vouchsafe.testing import builders

HIDDEN = "Parking is free for the first 30 minutes."
BY_MODEL = "You can park for nothing for half an hour."
ANSWERED: dict[str, Json] = {"text": BY_MODEL, "tokens_in": 900, "tokens_out": 12, "stop": "end"}


def note(bench: Bench, case: CaseId, kind: EventType, payload: dict[str, Json]) -> None:
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        conversation = work.case_row(case).conversation
        work.note(Event(kind, system("gate"), Outcome.OK, case=case, conversation=conversation, payload=payload))


def in_shadow(bench: Bench) -> CaseId:
    """A case of the morning as the gate leaves it in shadow, with a model's draft beside and its answer on record."""
    case = bench.morning.cases["draft"]
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        file = work.case_file(case)
        assert isinstance(file.drafted, Drafted)
        cases.keep_file(work.context, case, replace(file, draft_visible=False))
        head = work.head(case)
        bare = replace(builders.phrase(BY_MODEL), origin=Origin.MODEL, supported=False, reasons=("no source",))
        beside = Draft(((bare,),), "en", f"openai_compatible/large-2@{'b' * 32}", 0.8, prompt=f"p@{'a' * 32}")
        state = Redrafted(head, file.drafted, None, draft_visible=True, beside=beside)
        work.record(state, *trace.redrafted(state, builders.the_pack()))
    note(bench, case, EventType.MODEL_ANSWERED, ANSWERED)
    return case


def shown(visitor: Visitor, case: CaseId) -> str:
    """Everything a reader can open of a case, in one text."""
    addresses = (
        "/queue",
        f"/cases/{case}",
        f"/cases/{case}/drafting?version={visitor.version(case)}",
        f"/cases/{case}/decision",
        f"/cases/{case}/decision?lang=es",
        f"/api/v1/cases/{case}/decision?verify=1",
    )
    return "\n".join(html.unescape(visitor.get(one).text) for one in addresses)


def decision(visitor: Visitor, case: CaseId) -> dict[str, Any]:
    found: dict[str, Any] = visitor.get(f"/api/v1/cases/{case}/decision").json()
    return found


@pytest.mark.parametrize("login", ["agent", "nurse", "lead", "interpreter"])
def test_no_page_and_no_json_shows_a_shadow_draft_to_whoever_works_on_its_open_case(bench: Bench, login: str) -> None:
    case = in_shadow(bench)
    visitor = bench.visitor(login)

    everything = shown(visitor, case)

    # The page that is cited shows among what was found; a sentence of the draft has its origin before it.
    assert f"[verbatim] {HIDDEN}" not in everything
    assert BY_MODEL not in everything
    assert "The draft is hidden from whoever answers while this case is open" in everything
    assert "El borrador no se muestra a quien responde" in everything
    found = decision(visitor, case)
    hidden = [one for one in found["links"] if one["hidden"]]
    assert [one["type"] for one in hidden] == ["draft:made", "draft:made", "model:answered"]
    assert [one["details"] for one in hidden] == [[], [], []], "not even which pages it cites"
    assert found["verdict"] == "awaiting_human", "why it waits for a person is no secret of whoever it waits for"


def test_an_auditor_reads_the_hidden_draft_and_one_who_also_answers_does_not(bench: Bench) -> None:
    case = in_shadow(bench)

    found = bench.visitor("privacy").get(f"/api/v1/cases/{case}/decision").json()
    assert not any(one["hidden"] for one in found["links"])
    details = [detail for one in found["links"] for detail in one["details"]]
    assert f"[verbatim] {HIDDEN}" in details
    assert f"it wrote: {BY_MODEL}" in details

    both = replace(bench.morning.people["privacy"], roles=frozenset({Role.PRIVACY, Role.AGENT}))
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        staff.change(work.context, both, None)
    assert any(one["hidden"] for one in decision(bench.visitor("privacy"), case)["links"])


def test_the_administrator_of_the_machine_reads_it_by_explain(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    case = in_shadow(bench)

    explain._print(bench.morning.app, bench.morning.clinic.workspace, case)

    assert f"it wrote: {BY_MODEL}" in capsys.readouterr().out


def test_once_nobody_may_answer_the_case_any_more_its_draft_is_read_by_all_who_read_its_words(bench: Bench) -> None:
    case = in_shadow(bench)
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        head, by = work.head(case), bench.morning.people["agent"].id
        ended = Event(EventType.CASE_CLOSED, person(by), Outcome.OK, case=case, conversation=head.conversation)
        work.record(Closed(head, by, "answered by phone"), ended)

    found = decision(bench.visitor("agent"), case)

    assert not any(one["hidden"] for one in found["links"])
    assert f"[verbatim] {HIDDEN}" in [detail for one in found["links"] for detail in one["details"]]


def test_a_draft_that_a_newer_message_overtook_stays_hidden_while_the_newer_case_is_open(bench: Bench) -> None:
    case = in_shadow(bench)
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        head, newer = work.head(case), CaseId(work.context.ids.new())
        ended = Event(
            EventType.CASE_SUPERSEDED, system("ingest"), Outcome.OK, case=case, conversation=head.conversation
        )
        work.record(Superseded(head, newer), ended)
        cases.create(work.context, replace(head, id=newer, version=0), None)

    assert any(one["hidden"] for one in decision(bench.visitor("agent"), case)["links"])


@pytest.mark.parametrize(("author", "before", "shows"), [("person", None, True), ("machine", HIDDEN, False)])
def test_a_reply_made_of_a_hidden_draft_is_hidden_and_a_person_s_own_words_are_not(
    bench: Bench, author: str, before: str | None, *, shows: bool
) -> None:
    case = in_shadow(bench)
    edited: dict[str, Json] = {"kept": 0, "before": before, "signed_as": "A", "text": "Other words."}
    note(bench, case, EventType.REPLY_EDITED, edited)
    note(bench, case, EventType.REPLY_QUEUED, {"text": "Words of a reply.", "language": "en", "author": author})

    details = [detail for one in decision(bench.visitor("agent"), case)["links"] for detail in one["details"]]

    assert ("Words of a reply." in details) is shows
    assert ("after: Other words." in details) is shows
