"""Alarms: rows marked until somebody acknowledges them; a page is also mailed, without PHI (R197).

Whoever read the case may say afterwards whether the alarm was warranted; the counts show what alarms are worth.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from vouchsafe.domain.finding import RiskRank, Tier
from vouchsafe.domain.ids import AlarmId, CaseId, ConversationId, DeskId, KeyId, UserId
from vouchsafe.domain.states import OPEN_STAGES, CaseFile, Stage
from vouchsafe.evidence.event_types import EventType
from vouchsafe.ports.keys import KeyUnavailable
from vouchsafe.ports.work import NotFound
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field


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
    warranted: bool | None
    """What a person who read the case said of it; None while nobody has."""
    judged_by: UserId | None


@dataclass(frozen=True, slots=True)
class Alarming:
    """A case that raised an alarm. `file` is None where nothing judged its words, or where its key was destroyed."""

    case: CaseId
    rank: RiskRank
    warranted: bool | None
    file: CaseFile | None


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


def judge(context: Context, case: CaseId, by: UserId, *, warranted: bool) -> None:
    """Every alarm of the case was warranted, or was not; the last word counts. Raises: NotFound where there is none."""
    table = schema.alarm
    found = context.connection.execute(
        update(table)
        .where(table.c.case_id == case)
        .values(warranted=warranted, judged_by=by, judged_at=context.clock.now())
        .returning(table.c.id)
    ).all()
    if not found:
        raise NotFound("this case has raised no alarm")


def messages_since(context: Context, since: datetime) -> int:
    """Messages that came in since then; what was imported from the past is not among them."""
    event = schema.event
    query = select(func.count()).where(event.c.type == EventType.MESSAGE_RECEIVED.value, event.c.at >= since)
    return int(context.connection.execute(query).scalar_one())


def counts_since(context: Context, since: datetime) -> dict[RiskRank, int]:
    """How many cases opened since then stand at each rank; the rank says which alarm they raised."""
    case = schema.case
    rows = context.connection.execute(
        select(case.c.risk_rank, func.count()).where(case.c.opened_at >= since).group_by(case.c.risk_rank)
    )
    return {RiskRank(rank): int(count) for rank, count in rows}


def judged_since(context: Context, since: datetime) -> dict[tuple[RiskRank, bool], int]:
    """How many cases opened since then had their alarm judged, by rank and verdict."""
    table, case = schema.alarm, schema.case
    rows = context.connection.execute(
        select(case.c.risk_rank, table.c.warranted, func.count(case.c.id.distinct()))
        .join(table, (case.c.workspace_id == table.c.workspace_id) & (case.c.id == table.c.case_id))
        .where(case.c.opened_at >= since, table.c.warranted.isnot(None))
        .group_by(case.c.risk_rank, table.c.warranted)
    )
    return {(RiskRank(rank), bool(warranted)): int(count) for rank, warranted, count in rows}


def newest_since(context: Context, since: datetime, limit: int) -> tuple[Alarming, ...]:
    """The newest `limit` cases opened since then that raised an alarm of any tier, with what was found in them."""
    table, case = schema.alarm, schema.case
    verdict = (
        select(func.bool_or(table.c.warranted))
        .where(table.c.workspace_id == case.c.workspace_id, table.c.case_id == case.c.id)
        .scalar_subquery()
    )
    keys, subjects = schema.conversation_key, schema.subject_key
    # The keys come along: asking for each conversation's by itself costs a question a case.
    rows = context.connection.execute(
        select(
            case.c.id,
            case.c.conversation_id,
            case.c.risk_rank,
            case.c.sealed,
            verdict.label("warranted"),
            keys.c.wrapped,
            subjects.c.kid,
            subjects.c.wrapped.label("subject_wrapped"),
        )
        .outerjoin(keys, (keys.c.workspace_id == case.c.workspace_id) & (keys.c.id == case.c.conversation_id))
        .outerjoin(subjects, (subjects.c.workspace_id == keys.c.workspace_id) & (subjects.c.id == keys.c.subject_id))
        .where(case.c.opened_at >= since, case.c.risk_rank > RiskRank.NONE.value)
        .order_by(case.c.opened_at.desc())
        .limit(limit)
    )
    return tuple(
        Alarming(CaseId(row.id), RiskRank(row.risk_rank), row.warranted, _found_in(context, row)) for row in rows
    )


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
        warranted=row.warranted,
        judged_by=UserId(row.judged_by) if row.judged_by else None,
    )


def _found_in(context: Context, row: Any) -> CaseFile | None:  # a row of three tables
    if row.sealed is None or row.kid is None:
        return None
    conversation = ConversationId(row.conversation_id)
    try:
        key = context.vault.cached(conversation) or context.vault.open_conversation_key(
            context.workspace, conversation, KeyId(row.kid), row.subject_wrapped, row.wrapped
        )
    except KeyUnavailable:
        # Erased since: the alarm still counts, what it was about is gone for good.
        return None
    return codec.load(CaseFile, context.vault.open(context.workspace, Field.CASE, row.id, key, row.sealed))
