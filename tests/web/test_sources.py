"""A source is looked up anew whenever an open case shows: what was found then may be withdrawn by now."""

from tests.web.conftest import Bench
from tests.web.test_acts import file

from vouchsafe.domain.states import Drafted
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
