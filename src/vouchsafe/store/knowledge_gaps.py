"""Cases in which a question may have found no source."""

from datetime import datetime

from sqlalchemy import func, select

from vouchsafe.domain.ids import CaseId, DeskId
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import schema
from vouchsafe.store.context import Context

_MAY_LACK_A_SOURCE = (EventType.DRAFT_UNANSWERABLE.value, EventType.DRAFT_MADE.value)


def drafted(context: Context, desk: DeskId, since: datetime, limit: int) -> tuple[tuple[CaseId, datetime], ...]:
    """Cases of the desk whose draft was made or could not be made since then, and when last; newest first."""
    event, case = schema.event, schema.case
    last = func.max(event.c.at)
    rows = context.connection.execute(
        select(case.c.id, last.label("at"))
        .join(event, (event.c.workspace_id == case.c.workspace_id) & (event.c.case_id == case.c.id))
        .where(case.c.desk_id == desk, event.c.type.in_(_MAY_LACK_A_SOURCE), event.c.at >= since)
        .group_by(case.c.id)
        .order_by(last.desc(), case.c.id)
        .limit(limit)
    )
    return tuple((CaseId(row.id), row.at) for row in rows)
