"""Alarms: rows marked until somebody acknowledges them; a page is also mailed, without PHI (R197)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from vouchsafe.domain.finding import Tier
from vouchsafe.domain.ids import AlarmId, CaseId, ConversationId, DeskId, UserId
from vouchsafe.domain.states import OPEN_STAGES, Stage
from vouchsafe.ports.work import NotFound
from vouchsafe.store import schema
from vouchsafe.store.context import Context


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of a case."""

    id: AlarmId
    case: CaseId
    queue: str
    tier: Tier
    raised_at: datetime
    mailed_at: datetime | None
    acknowledged_by: UserId | None
    acknowledged_at: datetime | None


def raise_alarm(context: Context, case: CaseId, queue: str, tier: Tier) -> AlarmId:
    """A new alarm for a queue."""
    alarm = AlarmId(context.ids.new())
    context.connection.execute(
        insert(schema.alarm),
        {
            "workspace_id": context.workspace,
            "id": alarm,
            "case_id": case,
            "queue": queue,
            "tier": tier.value,
            "raised_at": context.clock.now(),
        },
    )
    return alarm


def of_case(context: Context, case: CaseId) -> tuple[Alarm, ...]:
    """The alarms of a case, oldest first."""
    table = schema.alarm
    rows = context.connection.execute(select(table).where(table.c.case_id == case).order_by(table.c.raised_at))
    return tuple(_alarm(row) for row in rows)


def open_alarms(context: Context) -> tuple[Alarm, ...]:
    """Alarms nobody has acknowledged, oldest first."""
    table = schema.alarm
    rows = context.connection.execute(
        select(table).where(table.c.acknowledged_at.is_(None)).order_by(table.c.raised_at)
    )
    return tuple(_alarm(row) for row in rows)


def to_page(context: Context, again_after: timedelta) -> tuple[tuple[Alarm, DeskId], ...]:
    """Pages of open cases to mail now: new ones, and those nobody acknowledged since the last mail. Rows are locked."""
    table, case = schema.alarm, schema.case
    now = context.clock.now()
    rows = context.connection.execute(
        select(table, case.c.desk_id)
        .join(case, (case.c.workspace_id == table.c.workspace_id) & (case.c.id == table.c.case_id))
        .where(
            table.c.tier == Tier.PAGE.value,
            case.c.stage.in_([stage.value for stage in OPEN_STAGES]),
            table.c.acknowledged_at.is_(None),
            table.c.mailed_at.is_(None) | (table.c.mailed_at < now - again_after),
        )
        .with_for_update(of=table, skip_locked=True)
    ).all()
    return tuple((_alarm(row), DeskId(row.desk_id)) for row in rows)


def mark_mailed(context: Context, alarm: AlarmId, at: datetime) -> None:
    """The page left at this time, or is to count as if it had; it is due again after the period."""
    table = schema.alarm
    context.connection.execute(
        update(table).where(table.c.id == alarm).values(mailed_at=at, mail_attempts=table.c.mail_attempts + 1)
    )


def acknowledge(context: Context, case: CaseId, by: UserId) -> int:
    """Somebody took note: every open alarm of the case. Raises: NotFound if there is none."""
    found = acknowledge_all(context, case, by)
    if not found:
        raise NotFound("no alarm of this case is open")
    return found


def acknowledge_all(context: Context, case: CaseId, by: UserId) -> int:
    """Every open alarm of the case, if there is one, is noted by this person; how many."""
    table = schema.alarm
    found = context.connection.execute(
        update(table)
        .where(table.c.case_id == case, table.c.acknowledged_at.is_(None))
        .values(acknowledged_by=by, acknowledged_at=context.clock.now())
        .returning(table.c.id)
    ).all()
    return len(found)


def move_open(context: Context, conversation: ConversationId, to: CaseId) -> None:
    """Open alarms of superseded cases of the conversation are this case's from now on."""
    table, case = schema.alarm, schema.case
    old = select(case.c.id).where(case.c.conversation_id == conversation, case.c.stage == Stage.SUPERSEDED.value)
    context.connection.execute(
        update(table).where(table.c.case_id.in_(old), table.c.acknowledged_at.is_(None)).values(case_id=to)
    )


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(
        id=AlarmId(row.id),
        case=CaseId(row.case_id),
        queue=row.queue,
        tier=Tier(row.tier),
        raised_at=row.raised_at,
        mailed_at=row.mailed_at,
        acknowledged_by=UserId(row.acknowledged_by) if row.acknowledged_by else None,
        acknowledged_at=row.acknowledged_at,
    )
