"""One job: ask a language model for another draft of a case that waits for a person with its local one.

While the model writes, each sentence that is whole and checked shows in the open case (`worker/showing.py`).

The case is recorded before and no transaction stays open while the model is asked. Whatever goes wrong, the case stands
as it stood. A question is paid for once: a job that runs again uses the answer that is on record, and where one was
asked without an answer it asks no second time.
"""

from dataclasses import dataclass, replace

import structlog

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId, WorkspaceId
from vouchsafe.domain.states import CaseHead, Drafted, Identified, Stage, Unanswerable
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event, Outcome
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline import flow
from vouchsafe.pipeline.deadline import within
from vouchsafe.pipeline.review import under
from vouchsafe.pipeline.world import World
from vouchsafe.ports.model import ModelAnswer, Stop
from vouchsafe.ports.work import CaseRow, NotFound, Outdated
from vouchsafe.store import desks, knowledge, trail
from vouchsafe.store.engine import UNREACHABLE
from vouchsafe.store.work import PgWork
from vouchsafe.worker.errors import where
from vouchsafe.worker.showing import LATE, Showing, showing

_WAITING = frozenset({Stage.AWAITING_HUMAN, Stage.ESCALATED})
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Begun:
    """The case as it waits, and what a pass over it may use."""

    row: CaseRow
    state: Identified
    drafted: Drafted
    world: World
    lost: frozenset[knowledge.Version]
    """Of the documents that were found for it: those that are not published or not in force any more."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What an earlier run of the job left on record: whether a question left, whether it is settled, the answer."""

    asked: bool
    settled: bool
    answer: ModelAnswer | None


def draft_by_model(app: App, workspace: WorkspaceId, case: CaseId, version: int) -> None:
    """Ask and record; nothing, where the case is no longer in this version or nobody may be asked."""
    try:
        _draft(app, workspace, case, version)
    except Outdated:
        log.info("draft came late", case=str(case))
    except UNREACHABLE:
        raise
    except Exception as error:  # noqa: BLE001  # the outer edge of the worker: the case keeps its local draft
        log.error("no draft by a model", case=str(case), failure=type(error).__name__, where=where(error))


def _draft(app: App, workspace: WorkspaceId, case: CaseId, version: int) -> None:
    begun = _begin(app, workspace, case, version)
    if begun is None:
        return
    with within(app.settings.case_deadline_s):
        asking, events = flow.ready(begun.drafted, begun.state, begun.world, lost=begun.lost)
    if isinstance(asking, flow.Left):
        _note(app, workspace, begun.row, *events)
        return
    by_model = begun.world.by_model
    before = _before(app, workspace, case, asking.question.prompt.words().digest, by_model.ref if by_model else None)
    if before.settled:
        return
    with showing(app, workspace, begun.row, asking, begun.world) as shown:
        answer = before.answer
        if answer is None and before.asked:
            shown.withdrawn(LATE)
        elif answer is None:
            _note(app, workspace, begun.row, *events)
            answer = _asked(begun.world, asking, case, shown)
        if answer is not None:
            _redraft(app, begun, asking, answer, shown)


def _redraft(app: App, begun: _Begun, asking: flow.Asking, answer: ModelAnswer, shown: Showing) -> None:
    """Record what became of the answer. Raises: Outdated."""
    head = begun.drafted.grounded.understood.redacted.head
    workspace, case = head.workspace, head.id
    with within(app.settings.case_deadline_s):
        found, events = flow.redraft(asking, answer, begun.world)
    if isinstance(found, flow.Left):
        shown.withdrawn(found.why)
        _note(app, workspace, begun.row, *events)
        return
    with app.store(workspace) as work:
        if work.case_row(case, lock=True).holder is not None:
            raise Outdated("a person took the case meanwhile")
        work.record(found, *events)
        shown.done(work)
    shown.committed()
    log.info("draft by a model", case=str(case), place="own" if found.beside is None else "beside")


def _begin(app: App, workspace: WorkspaceId, case: CaseId, version: int) -> _Begun | None:
    with app.store(workspace) as work:
        try:
            row = work.case_row(case)
            file = work.case_file(case)
        except NotFound:
            return None
        waits = row.version == version and row.stage in _WAITING and row.holder is None
        if not waits or not isinstance(file.drafted, Drafted):
            return None
        state = app.identified(work, work.received(row))
        circumstances = work.circumstances(row.conversation, since=case)
        drafted = _now(under(file.drafted, circumstances, work.tokens(row.conversation)), row.head(workspace))
        if circumstances.stopped or circumstances.newer_message or circumstances.person_joined:
            return None
        desk = desks.get(work.context, row.desk)
        lost = _lost(app, work, row, file.drafted)
    by_model = app.by_model(workspace, desk)
    if by_model is None or not isinstance(drafted, Drafted):
        return None
    return _Begun(row, state, drafted, app.world(workspace, desk, frozenset(), by_model), lost)


def _lost(app: App, work: PgWork, row: CaseRow, drafted: Drafted) -> frozenset[knowledge.Version]:
    found = {(one.document.path, one.document.version) for one in drafted.grounded.passages}
    today = app.today(app.pack_of(work, row.desk))
    return frozenset(found - knowledge.standing(work.context, row.desk, found, today) if found else ())


def _now(drafted: Drafted | Unanswerable, head: CaseHead) -> Drafted | Unanswerable:
    """The chain under the case's head as it stands: its version fences what is written."""
    grounded = drafted.grounded
    understood = grounded.understood
    redacted = replace(understood.redacted, head=head)
    return replace(drafted, grounded=replace(grounded, understood=replace(understood, redacted=redacted)))


def _asked(world: World, asking: flow.Asking, case: CaseId, shown: Showing) -> ModelAnswer | None:
    """The answer, None where there is none; the door has recorded which and why."""
    assert world.by_model is not None
    answer = world.by_model.ask(asking.question, shown.ear(), shown.called)
    if isinstance(answer, ModelAnswer):
        return answer
    shown.withdrawn(answer.why.value)
    log.info("no answer by a model", case=str(case), outcome=answer.why.value)
    return None


def _before(app: App, workspace: WorkspaceId, case: CaseId, words: str, model: str | None) -> _Before:
    """What the trail says of earlier runs; an answer counts for the very same words and model only.

    `words`: their digest. A desk may have been given another model since: its name never stands under these words.
    """
    with app.store(workspace) as work:
        recorded = trail.of_case(work.context, case)
    asked = settled = False
    answer: ModelAnswer | None = None
    for one in recorded:
        payload = one.payload or {}
        kind = one.leaf.type
        asked = asked or kind is EventType.MODEL_CALLED
        settled = settled or (kind is EventType.DRAFT_UNANSWERABLE and one.leaf.prompt is not None)
        ours = one.leaf.model == model and payload.get("words") == words
        if kind is EventType.MODEL_ANSWERED and one.leaf.outcome is Outcome.OK and ours:
            answer = ModelAnswer(PhiText(str(payload["text"])), Stop(str(payload["stop"])), None, None, "")
    return _Before(asked, settled, answer)


def _note(app: App, workspace: WorkspaceId, row: CaseRow, *events: Event) -> None:
    """Record events about a case that stays as it is. Raises: Outdated where it moved on meanwhile."""
    with app.store(workspace) as work:
        _still(work, row)
        work.note(*events)


def _still(work: PgWork, row: CaseRow) -> None:
    if work.case_row(row.id, lock=True).version != row.version:
        raise Outdated("the case moved on meanwhile")
