"""Reads of sealed content are events, written in the transaction that fetches it, before it is shown."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from vouchsafe.domain.ids import UserId
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import schema
from vouchsafe.store.context import Context

AGAIN_AFTER = timedelta(minutes=15)
"""The same reader and item leave one event in this time (design section 6)."""


def first_looks(context: Context, reader: UserId, kind: EventType, items: Iterable[UUID]) -> tuple[UUID, ...]:
    """Those of the items that this reader has not looked at lately; remembers the look."""
    wanted = list(dict.fromkeys(items))
    if not wanted:
        return ()
    table = schema.read_seen
    now = context.clock.now()
    rows = context.connection.execute(
        select(table.c.item).where(
            table.c.reader == reader,
            table.c.type == kind.value,
            table.c.item.in_(wanted),
            table.c.at > now - AGAIN_AFTER,
        )
    )
    seen = {row.item for row in rows}
    fresh = tuple(item for item in wanted if item not in seen)
    if fresh:
        statement = upsert(table).values(
            [
                {"workspace_id": context.workspace, "reader": reader, "item": item, "type": kind.value, "at": now}
                for item in fresh
            ]
        )
        context.connection.execute(
            statement.on_conflict_do_update(index_elements=["workspace_id", "reader", "item", "type"], set_={"at": now})
        )
    return fresh


def has_looked(context: Context, reader: UserId, kind: EventType, item: UUID) -> bool:
    """Whether this reader has ever opened this item."""
    table = schema.read_seen
    found = context.connection.execute(
        select(table.c.at).where(table.c.reader == reader, table.c.type == kind.value, table.c.item == item)
    )
    return found.one_or_none() is not None
