"""One job: compute a case and record what came of it; what cannot be computed is parked for a person, never lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from vouchsafe.app import App
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import CaseId, QueueName, WorkspaceId
from vouchsafe.domain.pack import NoticeKind
from vouchsafe.domain.states import Decided, Identified, Parked, Stage
from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline import flow
from vouchsafe.pipeline.deadline import TookTooLong, within
from vouchsafe.pipeline.world import World
from vouchsafe.ports.work import CaseRow, NotFound, Outdated
from vouchsafe.store import desks, jobs
from vouchsafe.store.engine import UNREACHABLE
from vouchsafe.store.work import PgWork
from vouchsafe.worker import outages, receipts
from vouchsafe.worker.errors import where
from vouchsafe.worker.metrics import stage_seconds

MAX_ATTEMPTS = 3
"""A case whose computation took the worker down this often is parked (notes: stack, section 5)."""

log = structlog.get_logger()


def advance_case(app: App, workspace: WorkspaceId, case: CaseId, *, attempts: int = 0) -> None:
    """Compute a case that was received and write the outcome in one short transaction.

    Runs again after a crash; the stage and the version tell whether the work was done meanwhile. While the database
    is away the error goes up: the job fails, and the sweep gives the case another.
    """
    try:
        if attempts >= MAX_ATTEMPTS:
            give_up(app, workspace, case, "TooManyAttempts", try_redactor=False)
            return
        found = _begin(app, workspace, case)
        if found is None:
            return
        state, world = found
        with within(app.settings.case_deadline_s):
            decided, events = flow.advance(state, world, stage_seconds)
        with app.store(workspace) as work:
            decided, events = receipts.without_repeat(work, decided, events, world.pack, app.clock.now())
            _settle(work, state)
            work.record(decided, *events)
            _ask_for_another(app, work, state, decided)
            outages.watch(work, world.pack, state, decided)
    except Outdated:
        # A newer message superseded the case while we computed; its own job follows.
        log.info("case outdated", case=str(case))
    except UNREACHABLE:
        raise
    except Exception as error:  # noqa: BLE001  # the outer edge of the worker: a person gets the case
        # The class and the place are enough to find the bug; the text of an error may quote the patient.
        log.error("case parked", case=str(case), failure=type(error).__name__, where=where(error))
        # What took too long must not take as long again.
        give_up(app, workspace, case, type(error).__name__, try_redactor=not isinstance(error, TookTooLong))


def give_up(app: App, workspace: WorkspaceId, case: CaseId, failure: str, *, try_redactor: bool) -> None:
    """A clinician gets the case unjudged, with due time, alarm and notice; where even that fails it is parked bare."""
    try:
        found = _read(app, workspace, case)
        if found is None:
            return
        # Whatever a world is made of may be what failed, such as a model's file that was altered.
        world = app.bare(found.desk, found.notices_sent, try_redactor=try_redactor)
        decided, events = flow.unread(found.state, world, failure)
        with app.store(workspace) as work:
            decided, events = receipts.without_repeat(work, decided, events, world.pack, app.clock.now())
            parked = _parked_event(work.case_row(case), failure)
            work.record(decided, parked, *events)
    except Outdated:
        log.info("case outdated", case=str(case))
    except UNREACHABLE:
        raise
    except Exception as error:  # noqa: BLE001  # the last resort stands on nothing that may have failed here
        log.error("case parked bare", case=str(case), failure=type(error).__name__, where=where(error))
        park(app, workspace, case, failure)


def park(app: App, workspace: WorkspaceId, case: CaseId, failure: str) -> None:
    """Give a case that cannot be computed to a person; does nothing if somebody computed it meanwhile."""
    with app.store(workspace) as work:
        row = work.case_row(case, lock=True)
        if row.stage is not Stage.RECEIVED:
            return
        work.record(Parked(work.head(case), failure, *_owner(app, work, row)), _parked_event(row, failure))


def _owner(app: App, work: PgWork, row: CaseRow) -> tuple[QueueName, datetime]:
    """The clinical queue of the desk's pack and when it answers; the front desk where the pack is what failed."""
    now = app.clock.now()
    try:
        pack = app.pack_of(work, row.desk)
    except VouchsafeError:
        return QueueName("front_desk"), now
    queue = pack.routes.clinical
    return queue, now + timedelta(minutes=pack.queue(queue).answer_within_min)


def _parked_event(row: CaseRow, failure: str) -> Event:
    return Event(
        EventType.CASE_PARKED,
        system("worker"),
        Outcome.PARKED,
        case=row.id,
        conversation=row.conversation,
        payload={"failure": failure},
    )


@dataclass(frozen=True, slots=True, repr=False)
class _Received:
    """A case that nobody computed yet, as of now."""

    state: Identified
    desk: desks.Desk
    notices_sent: frozenset[NoticeKind]


def _begin(app: App, workspace: WorkspaceId, case: CaseId) -> tuple[Identified, World] | None:
    found = _read(app, workspace, case)
    return None if found is None else (found.state, app.world(workspace, found.desk, found.notices_sent))


def _read(app: App, workspace: WorkspaceId, case: CaseId) -> _Received | None:
    with app.store(workspace) as work:
        try:
            row = work.case_row(case)
        except NotFound:
            return None
        if row.stage is not Stage.RECEIVED:
            return None
        state = app.identified(work, work.received(row))
        desk = desks.get(work.context, row.desk)
        return _Received(state, desk, app.notices_sent(work, desk, row.conversation))


def _ask_for_another(app: App, work: PgWork, state: Identified, decided: Decided) -> None:
    """Where a language model drafts, a job of its own asks it: nothing about the case waits for the answer."""
    head = state.received.head
    if app.drafts_by_model and flow.may_be_redrafted(decided) and app.model_for(desks.get(work.context, head.desk)):
        jobs.defer_draft(work.context, head.id, head.version + 1)


def _settle(work: PgWork, state: Identified) -> None:
    """A contact known for sure owns the conversation's key from now on."""
    who = state.identity
    if who.contact is not None and who.subject is not None:
        work.settle(state.received.head.conversation, who.contact, who.subject)
