"""What waits to leave. A row is handed over only once its event is in the log."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, exists, insert, select, update

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

_ITEM, _OTHER, _LEAF, _CONVERSATION = schema.outbox, schema.outbox.alias("other"), schema.leaf, schema.conversation
_QUEUE = insert(_ITEM)
_ONE = select(_ITEM).where(_ITEM.c.id == bindparam("item"))
_HELD = _ONE.with_for_update()
_STATE = _HELD.with_only_columns(_ITEM.c.state)
_MOVE = update(_ITEM).where(_ITEM.c.id == bindparam("item"))
_DUE = and_(
    _ITEM.c.state == DeliveryState.QUEUED.value,
    _ITEM.c.due_at <= bindparam("now"),
    ~exists().where(_OTHER.c.conversation_id == _ITEM.c.conversation_id, _OTHER.c.state == DeliveryState.SENDING.value),
)
_NEXT = (
    select(_ITEM.c.id)
    .join(_LEAF, (_LEAF.c.workspace_id == _ITEM.c.workspace_id) & (_LEAF.c.event_id == _ITEM.c.event_id))
    .join(
        _CONVERSATION,
        (_CONVERSATION.c.workspace_id == _ITEM.c.workspace_id) & (_CONVERSATION.c.id == _ITEM.c.conversation_id),
    )
    .where(_DUE)
    .order_by(_ITEM.c.due_at)
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True, of=_CONVERSATION)
)
_STILL_DUE = _ONE.where(_DUE).with_for_update(of=_ITEM)
_NOTICES = select(_ITEM).where(
    _ITEM.c.conversation_id == bindparam("conversation"),
    _ITEM.c.kind == "notice",
    _ITEM.c.queued_at >= bindparam("since"),
)

_IS_HELD = _ITEM.c.state == DeliveryState.HELD.value
_HELD_BACK = select(_ITEM.c.case_id, _ITEM.c.kind, _ITEM.c.queued_at).where(_IS_HELD).order_by(_ITEM.c.queued_at)
# What somebody else has in hand is passed over: waiting for it here could wait for each other.
_TO_RELEASE = select(_ITEM.c.id).where(_IS_HELD).with_for_update(skip_locked=True)
_EARLIER = and_(_IS_HELD, _ITEM.c.conversation_id == bindparam("conversation"), _ITEM.c.queued_at < bindparam("before"))
_RELEASE = update(_ITEM).values(state=DeliveryState.QUEUED.value, due_at=_ITEM.c.queued_at)
# A message that came since moves alarms to a newer case of the conversation, and the item stays the older one's.
_UNSENT_TO_WRITER = (
    select(_ITEM.c.state)
    .join(
        schema.case,
        (schema.case.c.workspace_id == _ITEM.c.workspace_id)
        & (schema.case.c.conversation_id == _ITEM.c.conversation_id),
    )
    .where(
        schema.case.c.id == bindparam("case"),
        _ITEM.c.state.in_((DeliveryState.QUEUED.value, DeliveryState.HELD.value)),
    )
)


@dataclass(frozen=True, slots=True)
class HeldItem:
    """A reply or notice that waits for an agreement, since it was approved."""

    case: CaseId
    is_reply: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """An item that is this transaction's to hand over."""

    id: OutboxId
    case: CaseId
    row: Row[Any]

    def opened(self, context: Context) -> OutboxItem:
        """The item with its words. Raises: SealBroken."""
        return _item(context, self.row)


def queue(context: Context, item: Approved[Reply] | Approved[Notice], event: EventId) -> OutboxId:
    """Add an item; it leaves once `event` has a leaf index."""
    outbox_id = OutboxId(context.ids.new())
    now = context.clock.now()
    is_reply = isinstance(item.item, Reply)
    context.connection.execute(
        _QUEUE,
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


def claim(context: Context, now: datetime) -> Claimed | None:
    """The next due item whose event is in the log, its row and its conversation's held; None when nothing is due.

    While one item of a conversation is being handed over, the others of that conversation wait. A conversation that
    somebody else works on is passed over; its items are due again at the next look.
    """
    while (found := context.connection.execute(_NEXT, {"now": now}).one_or_none()) is not None:
        # Whoever held the conversation a moment ago may have taken or withdrawn the item.
        row = context.connection.execute(_STILL_DUE, {"now": now, "item": found.id}).one_or_none()
        if row is not None:
            context.held.add(ConversationId(row.conversation_id))
            return Claimed(OutboxId(row.id), CaseId(row.case_id), row)
    return None


def get(context: Context, outbox_id: OutboxId, *, lock: bool = False) -> OutboxItem:
    """One item. Raises: NotFound."""
    row = context.connection.execute(_HELD if lock else _ONE, {"item": outbox_id}).one_or_none()
    if row is None:
        raise NotFound("there is no such item in the outbox")
    return _item(context, row)


def lock(context: Context, outbox_id: OutboxId) -> DeliveryState:
    """The state in which an item is, its row locked and nothing sealed opened. Raises: NotFound."""
    state = context.connection.execute(_STATE, {"item": outbox_id}).scalar()
    if state is None:
        raise NotFound("there is no such item in the outbox")
    return DeliveryState(state)


def of_case(context: Context, case: CaseId) -> tuple[OutboxItem, ...]:
    """Everything queued for a case, oldest first."""
    table = schema.outbox
    rows = context.connection.execute(select(table).where(table.c.case_id == case).order_by(table.c.queued_at))
    return tuple(_item(context, row) for row in rows)


def held(context: Context) -> tuple[HeldItem, ...]:
    """What waits for an agreement, oldest first; nothing sealed is opened."""
    rows = context.connection.execute(_HELD_BACK)
    return tuple(HeldItem(CaseId(row.case_id), is_reply=row.kind == "reply", since=row.queued_at) for row in rows)


def holds_reply(context: Context, case: CaseId) -> bool:
    """Whether the case's reply waits for an agreement."""
    query = select(_ITEM.c.id).where(_IS_HELD, _ITEM.c.case_id == case, _ITEM.c.kind == "reply").limit(1)
    return context.connection.execute(query).one_or_none() is not None


def unsent_to_writer(context: Context, case: CaseId) -> frozenset[DeliveryState]:
    """Queued or held, where anything for this case's conversation is; nothing sealed is opened."""
    rows = context.connection.execute(_UNSENT_TO_WRITER, {"case": case})
    return frozenset(DeliveryState(row.state) for row in rows)


def release(context: Context) -> int:
    """Let what was held be rechecked and leave, in the order in which it was queued; how many."""
    freed = context.connection.execute(_TO_RELEASE).scalars().all()
    if freed:
        # Due since it was queued, so that a notice still leaves before the reply that came after it.
        context.connection.execute(_RELEASE.where(_ITEM.c.id.in_(freed)))
    return len(freed)


def release_earlier(context: Context, item: OutboxItem) -> bool:
    """Let what is held of the item's conversation and was queued before it go first; whether there is any.

    The caller holds the conversation.
    """
    about = {"conversation": item.conversation, "before": item.queued_at}
    waiting = context.connection.execute(select(_ITEM.c.id).where(_EARLIER), about).scalars().all()
    if waiting:
        free = _TO_RELEASE.where(_ITEM.c.id.in_(waiting))
        context.connection.execute(_RELEASE.where(_ITEM.c.id.in_(context.connection.execute(free).scalars().all())))
    return bool(waiting)


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
    values: dict[str, object] = {"item": outbox_id, "state": state.value}
    if due_at is not None:
        values["due_at"] = due_at
    if attempt is not None:
        values["attempt"] = attempt
    if state in _ENDED:
        values["ended_at"] = context.clock.now()
    context.connection.execute(_MOVE, values)


def withdraw_queued(context: Context, case: CaseId) -> int:
    """Withdraw the replies of a case that have not begun to leave."""
    table = schema.outbox
    found = context.connection.execute(
        update(table)
        .where(
            table.c.case_id == case,
            table.c.kind == "reply",
            table.c.state.in_((DeliveryState.QUEUED.value, DeliveryState.HELD.value)),
        )
        .values(state=DeliveryState.WITHDRAWN.value, ended_at=context.clock.now())
        .returning(table.c.id)
    ).all()
    return len(found)


def notices_since(context: Context, conversation: ConversationId, since: datetime) -> frozenset[NoticeKind]:
    """Kinds of notices queued or sent since then."""
    rows = context.connection.execute(_NOTICES, {"conversation": conversation, "since": since})
    items = (_item(context, row).item.item for row in rows)
    return frozenset(item.kind for item in items if isinstance(item, Notice))


def newer_notice(context: Context, item: OutboxItem) -> bool:
    """Whether a later notice of this one's kind left in the conversation, or is about to."""
    about = {"conversation": item.conversation, "since": item.queued_at}
    rows = context.connection.execute(_NOTICES.where(_ITEM.c.queued_at > item.queued_at), about).all()
    found = (_item(context, row) for row in rows)
    lost = {DeliveryState.WITHDRAWN, DeliveryState.FAILED}
    return any(one.state not in lost and _alike(one, item) for one in found)


def _alike(one: OutboxItem, other: OutboxItem) -> bool:
    left, right = one.item.item, other.item.item
    return isinstance(left, Notice) and isinstance(right, Notice) and left.kind is right.kind


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
        queued_at=row.queued_at,
        item=codec.load(_kind(row.kind == "reply"), opened),
    )
