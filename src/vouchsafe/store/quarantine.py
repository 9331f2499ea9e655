"""What could not be read: its bytes stay sealed, a queue owns it, somebody is told until a person looks (R179)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update

from vouchsafe.domain.ids import DeskId, UserId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.ports.work import NotFound, Outdated, SealedObject
from vouchsafe.store import schema, sealed_objects
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

REFUSED_POSTS = "refused_posts"
"""The problem of an item that holds no message: posts at a door were asked to wait, and the writers have the words."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item in quarantine. `problem` is a closed word such as `too_many_parts`."""

    id: UUID
    desk: DeskId | None
    channel: ChannelKind
    problem: str
    queue: str
    at: datetime
    handled_by: UserId | None
    acknowledged_by: UserId | None
    """Who said that they take care of it; until then the on-call address hears of it again and again."""
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A new item, with what the trail must hold of its bytes."""

    item: UUID
    stored: SealedObject


def keep(  # where it came from, what is wrong, who owns it, and its bytes
    context: Context, channel: ChannelKind, desk: DeskId | None, *, problem: str, queue: str, raw: bytes
) -> Kept | None:
    """Keep the bytes; None if the very same bytes for this desk are in quarantine already."""
    table = schema.quarantine
    provider = context.vault.blind(context.workspace, "quarantine", sha256(raw).hexdigest())
    if context.connection.execute(
        select(table.c.id).where(
            table.c.desk_id.is_not_distinct_from(desk), table.c.channel == channel.value, table.c.provider == provider
        )
    ).one_or_none():
        return None
    item, stored = context.ids.new(), sealed_objects.put(context, Field.QUARANTINE, None, raw)
    context.connection.execute(
        insert(table),
        {
            "workspace_id": context.workspace,
            "at": context.clock.now(),
            "id": item,
            "desk_id": desk,
            "channel": channel.value,
            "problem": problem,
            "provider": provider,
            "queue": queue,
            "object_id": stored.id,
        },
    )
    return Kept(item, stored)


def waiting(context: Context) -> tuple[Item, ...]:
    """Items nobody has handled, oldest first."""
    table = schema.quarantine
    rows = context.connection.execute(_items().where(table.c.handled_at.is_(None)).order_by(table.c.at))
    return tuple(_item(row) for row in rows)


def get(context: Context, item: UUID, *, lock: bool = False) -> Item:
    """One item, handled or not. Raises: NotFound."""
    query = _items().where(schema.quarantine.c.id == item)
    row = context.connection.execute(query.with_for_update(of=schema.quarantine) if lock else query).one_or_none()
    if row is None:
        raise NotFound("there is no such item in quarantine")
    return _item(row)


def read(context: Context, item: UUID) -> bytes:
    """The bytes. Raises: NotFound, SealBroken."""
    table = schema.quarantine
    object_id = context.connection.execute(select(table.c.object_id).where(table.c.id == item)).scalar()
    if object_id is None:
        raise NotFound("there is no such item in quarantine")
    return sealed_objects.content(context, Field.QUARANTINE, None, object_id)


def handled(context: Context, item: UUID, by: UserId) -> None:
    """A person dealt with it. The bytes stay. Raises: NotFound, Outdated where somebody did so before."""
    if get(context, item, lock=True).handled_by is not None:
        raise Outdated("somebody dealt with this item already")
    table = schema.quarantine
    now = context.clock.now()
    context.connection.execute(update(table).where(table.c.id == item).values(handled_by=by, handled_at=now))


def acknowledge(context: Context, item: UUID, by: UserId) -> bool:
    """A person takes care of it; whether nobody had said so before. Raises: NotFound."""
    if get(context, item, lock=True).acknowledged_by is not None:
        return False
    table = schema.quarantine
    context.connection.execute(
        update(table).where(table.c.id == item).values(acknowledged_by=by, acknowledged_at=context.clock.now())
    )
    return True


def tells_of_refusals(context: Context, desk: DeskId, channel: ChannelKind, since: datetime) -> bool:
    """Whether an item says that posts were refused at this door: one that came since then, or that nobody settled."""
    table = schema.quarantine
    found = context.connection.execute(
        select(table.c.id)
        .where(
            table.c.desk_id == desk,
            table.c.channel == channel.value,
            table.c.problem == REFUSED_POSTS,
            table.c.handled_at.is_(None) | (table.c.at >= since),
        )
        .limit(1)
    )
    return found.one_or_none() is not None


def to_tell(context: Context, again_after: timedelta) -> dict[DeskId, tuple[Item, ...]]:
    """Items of each desk that nobody took care of, where the desk's address has not heard of any for a while.

    Their rows are locked. A desk hears of all its items at once and not of each: a storm of broken mail is one mail.
    """
    table = schema.quarantine
    rows = context.connection.execute(
        _items()
        .where(table.c.handled_at.is_(None), table.c.acknowledged_at.is_(None), table.c.desk_id.isnot(None))
        .order_by(table.c.at)
        .with_for_update(of=table, skip_locked=True)
    ).all()
    newest: dict[DeskId, datetime | None] = {}
    found: dict[DeskId, list[Item]] = {}
    for row in rows:
        desk = DeskId(row.desk_id)
        found.setdefault(desk, []).append(_item(row))
        newest[desk] = max(filter(None, (newest.get(desk), row.mailed_at)), default=None)
    before = context.clock.now() - again_after
    return {desk: tuple(items) for desk, items in found.items() if (told := newest[desk]) is None or told < before}


def mark_told(context: Context, items: Collection[UUID], at: datetime) -> None:
    """The desk heard of these items at this time, or is to hear again as if it had."""
    table = schema.quarantine
    context.connection.execute(update(table).where(table.c.id.in_(items)).values(mailed_at=at))


def _items() -> Select[Any]:  # columns of two tables; SQLAlchemy's row types do not compose
    table, objects = schema.quarantine, schema.stored_object
    return select(table, objects.c.size).outerjoin(
        objects, (objects.c.workspace_id == table.c.workspace_id) & (objects.c.id == table.c.object_id)
    )


def _item(row: Row[Any]) -> Item:
    return Item(
        row.id,
        DeskId(row.desk_id) if row.desk_id else None,
        ChannelKind(row.channel),
        row.problem,
        row.queue,
        row.at,
        UserId(row.handled_by) if row.handled_by else None,
        UserId(row.acknowledged_by) if row.acknowledged_by else None,
        row.size or 0,
    )
