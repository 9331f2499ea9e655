"""A message that nothing has judged yet: its writer hears within a minute that it is there, whatever passes wait for.

The text is fixed and safe for every writer, since nobody knows yet what is in the message (R176, R196).
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId, WorkspaceId
from vouchsafe.domain.pack import EXEMPT_FROM_LIMIT, NoticeKind, Pack
from vouchsafe.domain.states import CaseHead, Decided, Stage
from vouchsafe.evidence.event import Event
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline import trace
from vouchsafe.pipeline.gate.notices import said_already, waiting_notice
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.ports.work import CaseRow
from vouchsafe.store import cases, conversations, desks
from vouchsafe.store.engine import UNREACHABLE
from vouchsafe.store.work import PgWork
from vouchsafe.worker.errors import where

RECEIPT_AFTER = timedelta(seconds=45)
"""A case uncomputed by then is told of; the rest of the minute is for the log and the hand-over. Source: R176."""
_AT_ONCE = 1_000

log = structlog.get_logger()


def tell_of_waiting(app: App, workspace: WorkspaceId) -> int:
    """Send the plain notice for each case that waits to be computed and whose writer has heard nothing; how many."""
    with app.store(workspace) as work:
        late = cases.unheard(work.context, app.clock.now() - RECEIPT_AFTER, _AT_ONCE)
    return sum(_tell(app, workspace, case) for case in late)


def without_repeat(
    work: PgWork, decided: Decided, events: tuple[Event, ...], pack: Pack, now: datetime
) -> tuple[Decided, tuple[Event, ...]]:
    """What a pass found, without a notice whose words went out while it computed.

    Holds the conversation, so that none goes out before the pass is recorded.
    """
    notice = decided.notice
    if notice is None or notice.item.kind in EXEMPT_FROM_LIMIT:
        return decided, events
    conversations.lock(work.context, notice.conversation)
    head = decided.drafted.grounded.understood.redacted.head
    if not said_already(notice.item.kind, _heard(work, head, pack, now)):
        return decided, events
    return replace(decided, notice=None), tuple(one for one in events if one.type is not EventType.NOTICE_QUEUED)


def _tell(app: App, workspace: WorkspaceId, case: CaseId) -> int:
    try:
        with app.store(workspace) as work:
            return _queue(app, work, cases.get(work.context, case, lock=True))
    except UNREACHABLE:
        raise
    except Exception as error:  # noqa: BLE001  # one case that cannot be told of must not keep it from the others
        log.error("receipt not sent", case=str(case), failure=type(error).__name__, where=where(error))
        return 0


def _queue(app: App, work: PgWork, row: CaseRow) -> int:
    if row.stage is not Stage.RECEIVED:
        return 0
    head, pack = row.head(work.workspace), app.pack(desks.get(work.context, row.desk).pack)
    now = work.circumstances(row.conversation, since=row.id)
    notice = waiting_notice(head, pack, now, _heard(work, head, pack, app.clock.now()), our_words)
    if notice is None:
        return 0
    work.send_notice(notice, trace.queued(notice))
    return 1


def _heard(work: PgWork, head: CaseHead, pack: Pack, now: datetime) -> frozenset[NoticeKind]:
    """Kinds of notices that the conversation had since the case was opened, and within the pack's period."""
    return work.notices_since(head.conversation, min(head.opened_at, now - timedelta(minutes=pack.notice_every_min)))
