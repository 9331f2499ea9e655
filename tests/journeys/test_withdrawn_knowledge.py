"""A document is withdrawn: it is out of search at once, and nothing that rests on it goes unnoticed."""

from dataclasses import replace
from datetime import date

import pytest
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.domain.draft import Citation
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.staff import Role, User
from vouchsafe.domain.states import Drafted, Stage
from vouchsafe.evidence.event_types import EventType
from vouchsafe.installing import add_user
from vouchsafe.knowledge.deciding import NotTheirs, ReasonNeeded, reinstate, withdraw
from vouchsafe.ports.work import NotFound
from vouchsafe.store import desks, knowledge, knowledge_withdrawn, trail
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case
from vouchsafe.worker.sending import Sender

ROUTINE = "When is the main clinic open on Saturdays?"
PASSWORD = "quartz-lantern-orchard-sleet"


@pytest.fixture
def lead(app: App, clinic: Clinic) -> User:
    return add_user(app, clinic.workspace, "lead", "Ann Lead", "Desk", frozenset({Role.LEAD}), PASSWORD, None)


def cited(clinic: Clinic, case: CaseId) -> tuple[Citation, ...]:
    with clinic.store(clinic.workspace) as work:
        reply = work.case_file(case).reply
    return reply.item.citations if reply else ()


def stage(clinic: Clinic, case: CaseId) -> Stage:
    with clinic.store(clinic.workspace) as work:
        return work.case_row(case).stage


def searched(app: App, clinic: Clinic) -> set[str]:
    """Paths in the index that the next message meets."""
    with clinic.store(clinic.workspace) as work:
        desk = desks.get(work.context, clinic.desk)
    return {one.document.path for one in app.index(clinic.workspace, desk).passages}


def test_a_reply_that_left_is_listed_with_its_case_and_the_next_question_finds_no_such_source(
    app: App, clinic: Clinic, lead: User
) -> None:
    first = write(app, ROUTINE)
    settle(app, clinic, first)
    (path,) = {one.document for one in cited(clinic, first)}
    assert path in searched(app, clinic)

    done = withdraw(app, clinic.workspace, clinic.desk, path, lead, "the hours changed")

    assert [(one.case, one.state) for one in done.replies] == [(first, "sent")]
    assert done.stopped == ()
    assert path not in searched(app, clinic)
    again = write(app, ROUTINE, number=2, after=1)
    advance_case(app, clinic.workspace, again)
    assert path not in {one.document for one in cited(clinic, again)}
    with clinic.store(clinic.workspace) as work:
        (event,) = trail.search(work.context, types=[EventType.SOURCE_WITHDRAWN])
    assert event.leaf.actor.id == str(lead.id)


def test_a_reply_that_waits_to_leave_does_not_leave_and_a_person_gets_the_case(
    app: App, clinic: Clinic, lead: User
) -> None:
    case = write(app, ROUTINE)
    advance_case(app, clinic.workspace, case)
    assert stage(clinic, case) is Stage.APPROVED
    (path,) = {one.document for one in cited(clinic, case)}

    done = withdraw(app, clinic.workspace, clinic.desk, path, lead, "the hours changed")

    assert done.stopped == (case,)
    assert stage(clinic, case) is Stage.AWAITING_HUMAN
    Sender(app).send_due(clinic.workspace)
    assert [one for one in app.settings.outbox_dir.glob("*.eml") if "Saturday" in one.read_text()] == []
    with clinic.store(clinic.workspace) as work:
        assert "source_withdrawn" in {one.rule for one in work.case_file(case).ruling.rules if one.fired}


@pytest.mark.parametrize("lost", ["withdrawn", "changed", "expired"])
def test_a_reply_computed_while_its_document_is_lost_is_held_at_the_door(
    app: App, clinic: Clinic, lead: User, lost: str
) -> None:
    case = write(app, ROUTINE)
    advance_case(app, clinic.workspace, case)
    (path,) = {one.document for one in cited(clinic, case)}
    # As if the pass had read the document before, and queued its reply after.
    with clinic.store(clinic.workspace) as work:
        published = knowledge.documents(work.context, clinic.desk)
        if lost == "withdrawn":
            knowledge_withdrawn.withdraw(work.context, clinic.desk, path, lead.id, "the hours changed")
        else:
            other = {"version": "0" * 12} if lost == "changed" else {"effective_to": date(2020, 1, 1)}
            kept = [replace(one, **other) if one.path == path else one for one in published]
            knowledge.publish(work.context, clinic.desk, [one for one in published if one.path != path])
            knowledge.publish(work.context, clinic.desk, kept)

    worker = Worker(app)
    for _ in range(3):
        worker.drain(clinic.workspace)

    assert stage(clinic, case) is Stage.AWAITING_HUMAN
    assert [one for one in app.settings.outbox_dir.glob("*.eml") if "Saturday" in one.read_text()] == []
    with clinic.store(clinic.workspace) as work:
        (held,) = [one for one in work.case_file(case).ruling.rules if one.rule == "recheck"]
    assert ("withdrawn" if lost == "withdrawn" else "no longer in force") in held.reason


def test_it_stays_out_when_it_is_imported_again_in_another_version_until_it_is_reinstated(
    app: App, clinic: Clinic, lead: User
) -> None:
    with clinic.store(clinic.workspace) as work:
        first = knowledge.documents(work.context, clinic.desk)[0]
    withdraw(app, clinic.workspace, clinic.desk, first.path, lead, "wrong")
    with clinic.store(clinic.workspace) as work:
        knowledge.add(work.context, clinic.desk, "folder", first)
    assert first.path not in searched(app, clinic)

    reinstate(app, clinic.workspace, clinic.desk, first.path, lead)

    assert first.path in searched(app, clinic)
    with pytest.raises(NotFound):
        reinstate(app, clinic.workspace, clinic.desk, first.path, lead)


def test_a_draft_that_waits_for_a_person_is_listed(app: App, clinic: Clinic, lead: User) -> None:
    with clinic.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.COPILOT)
    case = write(app, ROUTINE)
    advance_case(app, clinic.workspace, case)
    with clinic.store(clinic.workspace) as work:
        drafted = work.case_file(case).drafted
    assert isinstance(drafted, Drafted)
    path = drafted.draft.citations[0].document

    done = withdraw(app, clinic.workspace, clinic.desk, path, lead, "wrong")

    assert case in done.drafts


def test_who_may_not_and_who_gives_no_reason_changes_nothing(app: App, clinic: Clinic, lead: User) -> None:
    agent = add_user(app, clinic.workspace, "agent", "Al Agent", "Desk", frozenset({Role.AGENT}), PASSWORD, None)
    path = min(searched(app, clinic))

    with pytest.raises(NotTheirs):
        withdraw(app, clinic.workspace, clinic.desk, path, agent, "wrong")
    with pytest.raises(ReasonNeeded):
        withdraw(app, clinic.workspace, clinic.desk, path, lead, "  ")
    with pytest.raises(NotFound):
        withdraw(app, clinic.workspace, clinic.desk, "no-such.md", lead, "wrong")

    assert path in searched(app, clinic)
