"""What waits to leave. A row is handed over only once its event is in the log."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, insert, select, update

from vouchsafe.domain.ids import CaseId, ConversationId, EventId, OutboxId
from vouchsafe.domain.pack import NoticeKind
from vouchsafe.domain.reply import Approved, DeliveryState, Notice, Reply
from vouchsafe.ports.work import NotFound, OutboxItem
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

RETRY_AFTER = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
"""Waiting times after refusals that may pass; after the last one a person decides."""

_ENDED = {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.WITHDRAWN}


def queue(context: Context, item: Approved[Reply] | Approved[Notice], event: EventId) -> OutboxId:
    """Add an item; it leaves once `event` has a leaf index."""
    outbox_id = OutboxId(context.ids.new())
    now = context.clock.now()
    is_reply = isinstance(item.item, Reply)
    context.connection.execute(
        insert(schema.outbox),
        {
            "workspace_id": context.workspace,
            "id": outbox_id,
            "case_id": item.case,
            "conversation_id": item.conversation,
            "kind": "reply" if is_reply else "notice",
            "state": DeliveryState.QUEUED.value,
            "case_version": item.case_version,
            "attempt": 0,
            "signed": bool(item.signatures),
            "event_id": event,
            "queued_at": now,
            "due_at": now,
            "sealed": context.seal(Field.OUTBOX, outbox_id, item.conversation, codec.dump(_kind(is_reply), item)),
        },
    )
    return outbox_id


def claim(context: Context, now: datetime) -> tuple[OutboxId, CaseId] | None:
    """The next due item whose event is in the log, its row locked, with its case; None when there is nothing to do.

    While one item of a conversation is being handed over, the others of that conversation wait. A conversation that
    somebody else works on is passed over; its items are due again at the next look.
    """
    table, leaf, conversation = schema.outbox, schema.leaf, schema.conversation
    other = table.alias("other")
    due = (
        table.c.state == DeliveryState.QUEUED.value,
        table.c.due_at <= now,
        ~exists().where(
            other.c.conversation_id == table.c.conversation_id, other.c.state == DeliveryState.SENDING.value
        ),
    )
    next_one = (
        select(table.c.id, table.c.case_id)
        .join(leaf, (leaf.c.workspace_id == table.c.workspace_id) & (leaf.c.event_id == table.c.event_id))
        .join(
            conversation,
            (conversation.c.workspace_id == table.c.workspace_id) & (conversation.c.id == table.c.conversation_id),
        )
        .where(*due)
        .order_by(table.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True, of=conversation)
    )
    while (found := context.connection.execute(next_one).one_or_none()) is not None:
        # Whoever held the conversation a moment ago may have taken or withdrawn the item.
        still_due = select(table.c.id).where(table.c.id == found.id, *due).with_for_update(of=table)
        if context.connection.execute(still_due).one_or_none():
            return OutboxId(found.id), CaseId(found.case_id)
    return None


def has_uncertain_reply(context: Context, conversation: ConversationId) -> bool:
    """Whether a reply of the conversation may have left and may not."""
    table = schema.outbox
    return bool(
        context.connection.execute(
            select(
                exists().where(
                    table.c.conversation_id == conversation,
                    table.c.kind == "reply",
                    table.c.state == DeliveryState.UNCERTAIN.value,
                )
            )
        ).scalar()
    )


def get(context: Context, outbox_id: OutboxId, *, lock: bool = False) -> OutboxItem:
    """One item. Raises: NotFound."""
    query = select(schema.outbox).where(schema.outbox.c.id == outbox_id)
    row = context.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("there is no such item in the outbox")
    return _item(context, row)


def of_case(context: Context, case: CaseId) -> tuple[OutboxItem, ...]:
    """Everything queued for a case, oldest first."""
    table = schema.outbox
    rows = context.connection.execute(select(table).where(table.c.case_id == case).order_by(table.c.queued_at))
    return tuple(_item(context, row) for row in rows)


def begun_before(context: Context, moment: datetime) -> tuple[OutboxItem, ...]:
    """Items whose hand-over began before a moment and never ended: the sender died in between. Not locked."""
    table = schema.outbox
    rows = context.connection.execute(
        select(table)
        .where(table.c.state == DeliveryState.SENDING.value, table.c.due_at < moment)
        .order_by(table.c.due_at)
    )
    return tuple(_item(context, row) for row in rows)


def move(
    context: Context,
    outbox_id: OutboxId,
    state: DeliveryState,
    *,
    due_at: datetime | None = None,
    attempt: int | None = None,
) -> None:
    """Set the state of an item; its row is locked by the caller."""
    values: dict[str, object] = {"state": state.value}
    if due_at is not None:
        values["due_at"] = due_at
    if attempt is not None:
        values["attempt"] = attempt
    if state in _ENDED:
        values["ended_at"] = context.clock.now()
    context.connection.execute(update(schema.outbox).where(schema.outbox.c.id == outbox_id).values(**values))


def withdraw_queued(context: Context, case: CaseId) -> int:
    """Withdraw the replies of a case that have not begun to leave."""
    table = schema.outbox
    found = context.connection.execute(
        update(table)
        .where(table.c.case_id == case, table.c.kind == "reply", table.c.state == DeliveryState.QUEUED.value)
        .values(state=DeliveryState.WITHDRAWN.value, ended_at=context.clock.now())
        .returning(table.c.id)
    ).all()
    return len(found)


def notices_since(context: Context, conversation: ConversationId, since: datetime) -> frozenset[NoticeKind]:
    """Kinds of notices queued or sent since then."""
    table = schema.outbox
    rows = context.connection.execute(
        select(table).where(
            table.c.conversation_id == conversation, table.c.kind == "notice", table.c.queued_at >= since
        )
    )
    items = (_item(context, row).item.item for row in rows)
    return frozenset(item.kind for item in items if isinstance(item, Notice))


def auto_replies_since(context: Context, conversation: ConversationId, since: datetime) -> int:
    """How many replies were queued without a signature since then: loop protection."""
    table = schema.outbox
    rows = context.connection.execute(
        select(table.c.id).where(
            table.c.conversation_id == conversation,
            table.c.kind == "reply",
            table.c.signed.is_(False),
            table.c.state != DeliveryState.WITHDRAWN.value,
            table.c.queued_at >= since,
        )
    ).all()
    return len(rows)


def _kind(is_reply: bool) -> Any:  # noqa: FBT001  # parameterised generics have no common type
    return Approved[Reply] if is_reply else Approved[Notice]


def _item(context: Context, row: Row[Any]) -> OutboxItem:
    conversation = ConversationId(row.conversation_id)
    opened = context.open(Field.OUTBOX, row.id, conversation, row.sealed)
    return OutboxItem(
        id=OutboxId(row.id),
        case=CaseId(row.case_id),
        conversation=conversation,
        state=DeliveryState(row.state),
        case_version=row.case_version,
        attempt=row.attempt,
        item=codec.load(_kind(row.kind == "reply"), opened),
    )
