"""A source is looked up anew whenever a case shows: what was found then may be withdrawn, or closed to the reader."""

from dataclasses import replace

from tests.web.conftest import Bench
from tests.web.test_acts import act, file

from vouchsafe.casework.rights import CLOSED, draft_is_closed
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.passage import Passage
from vouchsafe.domain.states import Drafted, Stage
from vouchsafe.store import knowledge, knowledge_withdrawn, staff

SAYS = "No longer published, or not in force today."


def test_a_source_withdrawn_since_is_marked_and_the_others_are_not(bench: Bench) -> None:
    case, clinic = bench.morning.cases["draft"], bench.morning.clinic
    agent = bench.visitor("agent")
    drafted = file(bench, case).drafted
    assert isinstance(drafted, Drafted)
    path = drafted.draft.citations[0].document
    with clinic.store(clinic.workspace) as work:
        for document in {
            hit.passage.document.path: hit.passage.document for hit in drafted.grounded.hits.hits
        }.values():
            knowledge.add(work.context, clinic.desk, "folder", document)
    assert SAYS not in agent.get(f"/cases/{case}").text

    with clinic.store(clinic.workspace) as work:
        lead = next(iter(staff.every(work.context)))
        knowledge_withdrawn.withdraw(work.context, clinic.desk, path, lead.id, "wrong")

    page = agent.get(f"/cases/{case}").text
    shown = {hit.passage.name for hit in drafted.grounded.hits.hits if hit.passage.document.path == path}
    assert page.count(SAYS) == len(shown) > 0


NOT_YOURS = "You may not read this page."


def narrow(bench: Bench, case: CaseId, path: str, audience: str) -> Passage:
    """A page that was found for a case is published anew, for fewer; the passage as it was found."""
    clinic = bench.morning.clinic
    hits = file(bench, case).drafted.grounded.hits.hits
    (found,) = (hit.passage for hit in hits if hit.passage.document.path == path)
    fewer = replace(found.document, version="f" * 12, audience=frozenset({audience}))
    with clinic.store(clinic.workspace) as work:
        knowledge.add(work.context, clinic.desk, "folder", fewer)
    return found


def test_a_draft_that_quotes_a_page_for_others_is_not_there_for_who_may_not_read_it(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent, nurse = bench.visitor("agent"), bench.visitor("nurse")
    quoted = "After that it costs $2 an hour"
    assert quoted in agent.get(f"/cases/{case}").text

    found = narrow(bench, case, "parking.md", "clinician")

    closed, shown = agent.get(f"/cases/{case}").text, nurse.get(f"/cases/{case}").text
    assert quoted not in closed
    assert "Pay at the machine" not in closed
    assert f"<h3>{found.document.title}</h3>" in closed
    assert closed.count(NOT_YOURS) == 1
    assert CLOSED[1:] in closed
    # The other source is open to everybody who works with cases.
    assert "On public holidays everything is closed." in closed
    assert quoted in shown
    assert NOT_YOURS not in shown


def test_nobody_signs_a_draft_whose_source_is_closed_to_them_and_own_words_may_leave(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")
    narrow(bench, case, "parking.md", "group:managers")

    _, page = act(agent, case, "approve")

    assert page.count(CLOSED[1:]) == 2, "above the case, and in place of the draft"
    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.AWAITING_HUMAN

    act(agent, case, "approve", edited="1", text="Somebody who knows will call you today.")

    with bench.morning.clinic.store(bench.morning.clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.APPROVED


def test_a_closed_passage_that_no_sentence_quotes_leaves_the_draft_there(bench: Bench) -> None:
    case = bench.morning.cases["bare"]
    agent = bench.visitor("agent")
    narrow(bench, case, "opening-hours.md", "clinician")

    page = agent.get(f"/cases/{case}").text

    assert "On public holidays everything is closed." not in page
    assert page.count(NOT_YOURS) == 1
    assert "You can pay in the portal, by phone, or at the front desk." in page


def test_a_draft_of_a_model_rests_on_every_page_that_was_found(bench: Bench) -> None:
    """It may say in words of its own what a page says that no sentence of it names."""
    case = bench.morning.cases["bare"]
    page = narrow(bench, case, "opening-hours.md", "clinician").document
    local = file(bench, case)
    drafted = local.drafted
    assert isinstance(drafted, Drafted)
    of_model = replace(local, drafted=replace(drafted, draft=replace(drafted.draft, prompt="draft_1@" + "0" * 16)))
    closed = {(page.path, page.version)}

    assert not draft_is_closed(local, closed)
    assert draft_is_closed(of_model, closed)
    assert draft_is_closed(replace(local, beside=drafted.draft), closed)
