"""What could not be read: its bytes stay sealed, a queue owns it, a person looks (R179)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import insert, select, update

from vouchsafe.domain.ids import DeskId, UserId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.ports.work import NotFound
from vouchsafe.store import schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field


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
    size: int


def keep(  # where it came from, what is wrong, who owns it, and its bytes
    context: Context, channel: ChannelKind, desk: DeskId | None, *, problem: str, queue: str, raw: bytes
) -> UUID | None:
    """Keep the bytes; None if the very same bytes for this desk are in quarantine already."""
    table = schema.quarantine
    provider = context.vault.blind(context.workspace, "quarantine", sha256(raw).hexdigest())
    if context.connection.execute(
        select(table.c.id).where(
            table.c.desk_id.is_not_distinct_from(desk), table.c.channel == channel.value, table.c.provider == provider
        )
    ).one_or_none():
        return None
    item, object_id = context.ids.new(), context.ids.new()
    ciphertext = context.seal_row(Field.QUARANTINE, object_id, raw)
    digest = context.objects.put(context.workspace, object_id, ciphertext)
    now = context.clock.now()
    scope = {"workspace_id": context.workspace, "at": now}
    context.connection.execute(
        insert(schema.stored_object),
        {**scope, "id": object_id, "kind": "quarantine", "size": len(ciphertext), "ct_hash": digest},
    )
    context.connection.execute(
        insert(table),
        {
            **scope,
            "id": item,
            "desk_id": desk,
            "channel": channel.value,
            "problem": problem,
            "provider": provider,
            "queue": queue,
            "object_id": object_id,
        },
    )
    return item


def waiting(context: Context) -> tuple[Item, ...]:
    """Items nobody has handled, oldest first."""
    table, objects = schema.quarantine, schema.stored_object
    rows = context.connection.execute(
        select(table, objects.c.size)
        .outerjoin(objects, (objects.c.workspace_id == table.c.workspace_id) & (objects.c.id == table.c.object_id))
        .where(table.c.handled_at.is_(None))
        .order_by(table.c.at)
    )
    return tuple(
        Item(
            row.id,
            DeskId(row.desk_id) if row.desk_id else None,
            ChannelKind(row.channel),
            row.problem,
            row.queue,
            row.at,
            None,
            row.size or 0,
        )
        for row in rows
    )


def read(context: Context, item: UUID) -> bytes:
    """The bytes. Raises: NotFound, SealBroken."""
    table = schema.quarantine
    object_id = context.connection.execute(select(table.c.object_id).where(table.c.id == item)).scalar()
    if object_id is None:
        raise NotFound("there is no such item in quarantine")
    return context.open_row(Field.QUARANTINE, object_id, context.objects.get(context.workspace, object_id))


def handled(context: Context, item: UUID, by: UserId) -> None:
    """A person dealt with it."""
    table = schema.quarantine
    context.connection.execute(
        update(table).where(table.c.id == item).values(handled_by=by, handled_at=context.clock.now())
    )
