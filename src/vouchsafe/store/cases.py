"""Cases: their clear columns, their sealed files, and the list a queue shows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Text, bindparam, cast, func, insert, or_, select, text, update

from vouchsafe.domain.finding import RiskRank
from vouchsafe.domain.ids import CaseId, ConversationId, DeskId, UserId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.states import OPEN_STAGES, CaseFile, CaseHead, Drafted, Stage, Unanswerable
from vouchsafe.ports.work import CaseRow, NotFound, Outdated
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

_CASE, _CONVERSATION = schema.case, schema.conversation
_ROWS = select(_CASE, _CONVERSATION.c.holder).join(
    _CONVERSATION,
    (_CONVERSATION.c.workspace_id == _CASE.c.workspace_id) & (_CONVERSATION.c.id == _CASE.c.conversation_id),
)
_ONE = _ROWS.where(_CASE.c.id == bindparam("case"))
_HELD = _ONE.with_for_update(of=_CASE)
_LOCK_CONVERSATION = (
    select(_CONVERSATION.c.id)
    .where(
        _CONVERSATION.c.id == select(_CASE.c.conversation_id).where(_CASE.c.id == bindparam("case")).scalar_subquery()
    )
    .with_for_update(key_share=True)
)
_OPEN = (
    _ROWS.where(
        _CASE.c.conversation_id == bindparam("conversation"),
        _CASE.c.stage.in_([stage.value for stage in OPEN_STAGES]),
    )
    .order_by(_CASE.c.opened_at.desc())
    .limit(1)
    .with_for_update(of=_CASE)
)
_FILE = select(_CASE.c.sealed, _CASE.c.conversation_id).where(_CASE.c.id == bindparam("case"))
_MOVE = update(_CASE).where(_CASE.c.id == bindparam("case"), _CASE.c.version == bindparam("expected"))


def create(context: Context, head: CaseHead, queue: str | None) -> None:
    """A new case in stage `received`, version as in the head."""
    now = context.clock.now()
    context.connection.execute(
        insert(schema.case),
        {
            "workspace_id": context.workspace,
            "id": head.id,
            "conversation_id": head.conversation,
            "desk_id": head.desk,
            "channel": head.channel.value,
            "stage": Stage.RECEIVED.value,
            "version": head.version,
            "step": 0,
            "risk_rank": RiskRank.NONE.value,
            "queue": queue,
            "also": [],
            "opened_at": head.opened_at,
            "updated_at": now,
        },
    )


def get(context: Context, case: CaseId, *, lock: bool = False) -> CaseRow:
    """One case with who holds its conversation; with `lock` both rows are held, that first. Raises: NotFound."""
    if lock:
        conversation = context.connection.execute(_LOCK_CONVERSATION, {"case": case}).scalar()
        if conversation:
            context.held.add(ConversationId(conversation))
        return held(context, case)
    return _found(context.connection.execute(_ONE, {"case": case}).one_or_none())


def held(context: Context, case: CaseId) -> CaseRow:
    """One case, its row locked; the caller holds the conversation. Raises: NotFound."""
    return _found(context.connection.execute(_HELD, {"case": case}).one_or_none())


def open_case(context: Context, conversation: ConversationId) -> CaseRow | None:
    """The case of the conversation that has not ended, its row locked; the caller holds the conversation."""
    row = context.connection.execute(_OPEN, {"conversation": conversation}).one_or_none()
    return _row(row) if row else None


def waiting(context: Context, *, queues: Sequence[str] | None = None, limit: int = 200) -> tuple[CaseRow, ...]:
    """Open cases that wait for a person: highest risk rank first, then oldest first."""
    table = schema.case
    query = (
        _ROWS.where(table.c.stage.in_([Stage.AWAITING_HUMAN.value, Stage.ESCALATED.value, Stage.PARKED.value]))
        .order_by(table.c.risk_rank.desc(), table.c.opened_at)
        .limit(limit)
    )
    if queues is not None:
        query = query.where(or_(table.c.queue.in_(queues), table.c.also.overlap(list(queues))))
    return tuple(_row(row) for row in context.connection.execute(query))


def ended(context: Context, *, limit: int = 100) -> tuple[CaseRow, ...]:
    """Cases that ended, newest first."""
    table = schema.case
    rows = context.connection.execute(
        _ROWS.where(table.c.stage.in_([Stage.SENT.value, Stage.CLOSED.value, Stage.APPROVED.value]))
        .order_by(table.c.updated_at.desc())
        .limit(limit)
    )
    return tuple(_row(row) for row in rows)


def of_conversation(context: Context, conversation: ConversationId) -> tuple[CaseRow, ...]:
    """Every case of a conversation, oldest first."""
    table = schema.case
    rows = context.connection.execute(
        _ROWS.where(table.c.conversation_id == conversation).order_by(table.c.opened_at, table.c.id)
    )
    return tuple(_row(row) for row in rows)


def by_ending(context: Context, ending: str) -> tuple[CaseId, ...]:
    """Cases whose id ends with these characters (hex digits and hyphens), two at most: more than one is unclear."""
    table = schema.case
    rows = context.connection.execute(
        select(table.c.id).where(cast(table.c.id, Text).endswith(ending, autoescape=True)).limit(2)
    )
    return tuple(CaseId(row.id) for row in rows)


def ids_of_channel(context: Context, channel: str) -> frozenset[CaseId]:
    """Every case of a channel."""
    rows = context.connection.execute(select(schema.case.c.id).where(schema.case.c.channel == channel))
    return frozenset(CaseId(row.id) for row in rows)


def with_words(context: Context, words: set[str], *, limit: int = 50) -> tuple[CaseRow, ...]:
    """Cases whose redacted messages may hold all the words; hits are checked after opening by the caller."""
    hashed = context.vault.words(context.workspace, words)
    messages = schema.message
    found = context.connection.execute(
        select(messages.c.case_id)
        .where(messages.c.words.contains(hashed), messages.c.case_id.isnot(None))
        .distinct()
        .limit(limit)
    ).scalars()
    return tuple(get(context, CaseId(case)) for case in found)


def move(  # the clear columns of a transition
    context: Context,
    case: CaseId,
    expected_version: int,
    stage: Stage,
    *,
    rank: RiskRank | None = None,
    queue: str | None = None,
    also: Sequence[str] | None = None,
    due_at: datetime | None = None,
    file: CaseFile | None = None,
) -> None:
    """Write a transition under the version fence; what is None stays as it was. Raises: Outdated."""
    values: dict[str, object] = {
        "case": case,
        "expected": expected_version,
        "stage": stage.value,
        "version": expected_version + 1,
        "updated_at": context.clock.now(),
    }
    if rank is not None:
        values["risk_rank"] = rank.value
    if queue is not None:
        values["queue"] = queue
    if also is not None:
        values["also"] = list(also)
    if due_at is not None:
        values["due_at"] = due_at
    if file is not None:
        values["sealed"] = _sealed_file(context, case, file)
    if context.connection.execute(_MOVE, values).rowcount != 1:
        raise Outdated("the case moved on meanwhile; reload it")


def import_ended(context: Context, head: CaseHead, queue: str | None, ended_at: datetime) -> None:
    """A case of the past, closed when it ended."""
    create(context, head, queue)
    context.connection.execute(
        update(schema.case)
        .where(schema.case.c.id == head.id)
        .values(stage=Stage.CLOSED.value, updated_at=ended_at, queue=queue)
    )


def route(context: Context, case: CaseId, queue: str) -> None:
    """Hand a case to another queue; version and stage stay, a person's hand-over voids no draft."""
    table = schema.case
    context.connection.execute(
        update(table).where(table.c.id == case).values(queue=queue, updated_at=context.clock.now())
    )


def keep_file(context: Context, case: CaseId, content: CaseFile) -> None:
    """Replace the sealed file and count the version: whoever looked at the old one is outdated."""
    table = schema.case
    context.connection.execute(
        update(table)
        .where(table.c.id == case)
        .values(
            sealed=_sealed_file(context, case, content),
            version=table.c.version + 1,
            updated_at=context.clock.now(),
        )
    )


def count_attempt(context: Context, case: CaseId) -> int:
    """One more try at computing a case; how many there were. A case that kills workers is parked after three."""
    table = schema.case
    counted = context.connection.execute(
        update(table)
        .where(table.c.id == case)
        .values(attempts=table.c.attempts + 1, updated_at=context.clock.now())
        .returning(table.c.attempts)
    ).scalar_one()
    return int(counted)


def forgotten(context: Context, before: datetime) -> tuple[tuple[CaseId, ConversationId], ...]:
    """Received cases untouched since `before` that no queued or running job will compute; their rows are locked."""
    rows = context.connection.execute(
        text(
            'select c.id, c.conversation_id from "case" c where c.stage = :stage and c.updated_at < :before '
            "and not exists (select 1 from procrastinate_jobs j where j.status in ('todo', 'doing') "
            "and j.args ->> 'case' = c.id::text) for update of c skip locked"
        ),
        {"stage": Stage.RECEIVED.value, "before": before},
    )
    return tuple((CaseId(row.id), ConversationId(row.conversation_id)) for row in rows)


def overdue(context: Context, before: datetime, limit: int) -> tuple[CaseId, ...]:
    """Received cases opened before then, whatever their jobs are doing; the oldest first, `limit` at most."""
    rows = context.connection.execute(
        select(_CASE.c.id)
        .where(_CASE.c.stage == Stage.RECEIVED.value, _CASE.c.opened_at < before)
        .order_by(_CASE.c.opened_at)
        .limit(limit)
    )
    return tuple(CaseId(row.id) for row in rows)


_UNHEARD = text("""
    select c.id from "case" c
    where c.stage = :stage and c.opened_at < :before
      and exists (select 1 from message m
                  where m.conversation_id = c.conversation_id and m.case_id = c.id and not m.automatic)
      and not exists (select 1 from outbox o where o.conversation_id = c.conversation_id and o.kind = 'notice'
                      and o.queued_at >= c.opened_at)
    order by c.opened_at limit :limit
""")


def unheard(context: Context, before: datetime, limit: int) -> tuple[CaseId, ...]:
    """Received cases opened before then whose writer, no machine, has had no notice since; the oldest first."""
    found = context.connection.execute(
        _UNHEARD, {"stage": Stage.RECEIVED.value, "before": before, "limit": limit}
    ).scalars()
    return tuple(CaseId(one) for one in found)


def oldest_received(context: Context) -> datetime | None:
    """When the case that waits longest for its computation was opened; None where none waits."""
    found: datetime | None = context.connection.execute(
        select(func.min(_CASE.c.opened_at)).where(_CASE.c.stage == Stage.RECEIVED.value)
    ).scalar_one()
    return found


def file(context: Context, case: CaseId) -> CaseFile:
    """What the last pass found. Raises: NotFound if there was none."""
    row = context.connection.execute(_FILE, {"case": case}).one_or_none()
    if row is None or row.sealed is None:
        raise NotFound("the case holds no findings yet")
    return codec.load(CaseFile, context.open(Field.CASE, case, ConversationId(row.conversation_id), row.sealed))


def slim(drafted: Drafted | Unanswerable) -> Drafted | Unanswerable:
    """The chain without tokens, earlier turns and whole documents: those have rows of their own."""
    grounded = drafted.grounded
    redacted = grounded.understood.redacted
    hits = tuple(
        replace(hit, passage=replace(hit.passage, document=replace(hit.passage.document, text="")))
        for hit in grounded.hits.hits
    )
    return replace(
        drafted,
        grounded=replace(
            grounded,
            hits=replace(grounded.hits, hits=hits),
            understood=replace(grounded.understood, redacted=replace(redacted, tokens=(), turns=redacted.fresh)),
        ),
    )


def _sealed_file(context: Context, case: CaseId, content: CaseFile) -> bytes:
    conversation = content.drafted.grounded.understood.redacted.head.conversation
    content = replace(content, drafted=slim(content.drafted))
    return context.seal(Field.CASE, case, conversation, codec.dump(CaseFile, content))


def _found(row: Row[Any] | None) -> CaseRow:
    if row is None:
        raise NotFound("there is no such case")
    return _row(row)


def _row(row: Row[Any]) -> CaseRow:
    return CaseRow(
        id=CaseId(row.id),
        conversation=ConversationId(row.conversation_id),
        desk=DeskId(row.desk_id),
        channel=ChannelKind(row.channel),
        stage=Stage(row.stage),
        version=row.version,
        risk_rank=RiskRank(row.risk_rank),
        queue=row.queue,
        also=tuple(row.also),
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        due_at=row.due_at,
        holder=UserId(row.holder) if row.holder else None,
        attempts=row.attempts,
    )
