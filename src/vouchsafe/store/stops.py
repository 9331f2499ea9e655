"""The stop button: pressed for a workspace, a desk or an intent; released only by a second person (R184)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import DeskId, UserId
from vouchsafe.ports.work import NotFound
from vouchsafe.store import outbox, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field


class StopScope(StrEnum):
    """What a stop covers."""

    WORKSPACE = "workspace"
    DESK = "desk"
    INTENT = "intent"


class SecondPersonNeeded(VouchsafeError):
    """Whoever pressed a stop cannot release it."""

    def __init__(self) -> None:
        super().__init__("a stop is released by a second person; ask a lead, a clinician or compliance")


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop in force."""

    id: UUID
    scope: StopScope
    desk: DeskId | None
    intent: str | None
    pressed_by: UserId | None
    """None where like reports of a fault pressed it (R188)."""
    pressed_at: datetime
    reason: str


def press(  # a stop is who, what and why
    context: Context, scope: StopScope, *, desk: DeskId | None, intent: str | None, by: UserId | None, reason: str
) -> UUID:
    """Stop everything automatic in this scope from this moment. `by` is None where no person pressed it.

    What waits for an agreement is rechecked at once: what the stop covers goes back to people, the rest waits on.
    """
    stop_id = context.ids.new()
    context.connection.execute(
        insert(schema.stop),
        {
            "workspace_id": context.workspace,
            "id": stop_id,
            "scope": scope.value,
            "desk_id": desk,
            "intent": intent,
            "pressed_by": by,
            "pressed_at": context.clock.now(),
            "sealed": context.seal_row(Field.STOP, stop_id, reason.encode()),
        },
    )
    outbox.release(context)
    return stop_id


def release(context: Context, stop_id: UUID, by: UserId) -> None:
    """End a stop; one that nobody pressed is released by any person. Raises: SecondPersonNeeded, NotFound."""
    table = schema.stop
    row = context.connection.execute(
        select(table.c.pressed_by).where(table.c.id == stop_id, table.c.released_at.is_(None)).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such stop in force")
    if row.pressed_by == by:
        raise SecondPersonNeeded
    context.connection.execute(
        update(table).where(table.c.id == stop_id).values(released_by=by, released_at=context.clock.now())
    )


def in_force(context: Context) -> tuple[Stop, ...]:
    """Every stop in force, oldest first."""
    table = schema.stop
    rows = context.connection.execute(select(table).where(table.c.released_at.is_(None)).order_by(table.c.pressed_at))
    return tuple(_stop(context, row) for row in rows)


def last_release(context: Context, desk: DeskId, intent: str) -> datetime | None:
    """When a stop of this intent at the desk was last released; None if none ever was."""
    table = schema.stop
    query = select(func.max(table.c.released_at)).where(
        table.c.scope == StopScope.INTENT.value,
        table.c.intent == intent,
        table.c.desk_id.is_(None) | (table.c.desk_id == desk),
    )
    released: datetime | None = context.connection.execute(query).scalar_one()
    return released


def _stop(context: Context, row: Row[Any]) -> Stop:
    return Stop(
        row.id,
        StopScope(row.scope),
        DeskId(row.desk_id) if row.desk_id else None,
        row.intent,
        UserId(row.pressed_by) if row.pressed_by else None,
        row.pressed_at,
        context.open_row(Field.STOP, row.id, row.sealed).decode(),
    )
