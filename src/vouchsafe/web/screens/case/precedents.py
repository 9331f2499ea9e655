"""Keeping a reply as a precedent, taking it back, and writing from one that was kept."""

from uuid import UUID

from starlette.responses import Response

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.precedent import Precedent, PrecedentId
from vouchsafe.domain.staff import Permission
from vouchsafe.evidence.event_types import EventType
from vouchsafe.knowledge import precedents as acts
from vouchsafe.knowledge.precedents import NoPrecedent, Proposal
from vouchsafe.ports.work import NotFound
from vouchsafe.reviewing import Done
from vouchsafe.store import cases, precedents
from vouchsafe.store.work import PgWork
from vouchsafe.web import desk
from vouchsafe.web.access import Visit, require
from vouchsafe.web.screens.case.screen import case_id, case_page
from vouchsafe.web.shell import go, show


@require(Permission.READ_CASES, Permission.MANAGE_KNOWLEDGE)
def whole(visit: Visit) -> Response:
    """The words of a reply as they could be kept, for a person to read and mend."""
    return _page(visit)


@require(Permission.READ_CASES, Permission.MANAGE_KNOWLEDGE)
def keep(visit: Visit) -> Response:
    """Keep it in the words that the person confirmed; where they still point to somebody it says so and keeps them."""
    case = case_id(visit)
    question, answer = (visit.form.get(name, "") for name in ("question", "answer"))
    try:
        acts.mark(visit.app, visit.workspace, case, visit.user, question, answer)
    except NotFound:
        raise
    except VouchsafeError as refused:
        return _page(visit, status=422, problem=str(refused), typed=(question, answer))
    return go(visit, f"/cases/{case}/precedent", Done("kept: it is shown beside like questions at this desk"))


@require(Permission.READ_CASES, Permission.MANAGE_KNOWLEDGE)
def withdraw(visit: Visit) -> Response:
    """Take it back: nobody is shown it any more."""
    case = case_id(visit)
    with visit.app.store(visit.workspace) as work:
        row = cases.get(work.context, case)
        stands = _of_case(visit, work, case)
    try:
        acts.withdraw(visit.app, visit.workspace, row.desk, stands.id, visit.user, visit.form.get("reason", ""))
    except NoPrecedent as refused:
        return _page(visit, status=422, problem=str(refused))
    return go(visit, f"/cases/{case}/precedent", Done("withdrawn: nobody is shown it any more"))


@require(Permission.READ_CASES, Permission.APPROVE_REPLIES)
def borrow(visit: Visit) -> Response:
    """The open case with an earlier answer as the text to be edited; nothing is stored until somebody signs."""
    case = case_id(visit)
    with visit.app.store(visit.workspace) as work:
        row = cases.get(work.context, case)
        if not desk.may_read_words(visit, work, row):
            raise NotFound("there is no such page")
        try:
            chosen = PrecedentId(UUID(visit.form.get("precedent", "")))
        except ValueError:
            raise NotFound("there is no such precedent") from None
        found = precedents.get(work.context, row.desk, chosen)
        desk.note_read(visit, work, row, EventType.PRECEDENT_READ, precedents=[str(found.id)])
    return case_page(visit, case, typed=found.wording.answer.value)


def _page(visit: Visit, *, status: int = 200, problem: str = "", typed: tuple[str, str] | None = None) -> Response:
    case = case_id(visit)
    with visit.app.store(visit.workspace) as work:
        row = cases.get(work.context, case)
        if not desk.may_read_words(visit, work, row):
            raise NotFound("there is no such page")
        desk.note_read(visit, work, row, EventType.CASE_READ)
        name = desk.Desks(visit.app, work).names[row.desk]
    try:
        proposal: Proposal | None = acts.propose(visit.app, visit.workspace, case, visit.user)
    except NoPrecedent as refused:
        proposal, problem = None, problem or str(refused)
    words = typed or ((proposal.question, proposal.answer) if proposal else ("", ""))
    return show(
        visit,
        "case/precedent.html",
        status=status,
        problem=problem,
        case=case,
        desk=name,
        proposal=proposal,
        question=words[0],
        answer=words[1],
    )


def _of_case(visit: Visit, work: PgWork, case: CaseId) -> Precedent:
    """The precedent that stands for a case whose words the person may read. Raises: NotFound."""
    found = precedents.of_case(work.context, case)
    if found is None or not desk.may_read_words(visit, work, cases.get(work.context, case)):
        raise NotFound("there is no such page")
    return found
