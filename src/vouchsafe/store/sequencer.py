"""Integrates pending events into a workspace's Merkle log, in any order, one batch a transaction.

New events are found by their pending rows, never by an id or sequence: transactions commit out of order, and the late
one would be skipped for ever. An advisory lock per workspace makes one sequencer at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Connection, Uuid, any_, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.evidence.merkle import Frontier
from vouchsafe.evidence.tiles import TileError, TileReader, grow
from vouchsafe.store import schema

BATCH = 2_000
_INSERT = text(
    "insert into leaf (workspace_id, idx, event_id, hash) "
    "select cast(:ws as uuid), :start + n - 1, cast(id as uuid), hash "
    "from unnest(cast(:ids as text[]), cast(:hashes as bytea[])) with ordinality as t(id, hash, n)"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a workspace's log."""

    size: int
    root: bytes
    frontier: Frontier


def integrate(connection: Connection, workspace: WorkspaceId, *, batch: int = BATCH) -> int:
    """Give the next leaf indexes to up to `batch` pending events; how many there were.

    Returns 0 when another sequencer is at work on this workspace.
    """
    # Two halves of the workspace's id as the key of the lock; hashing by the server would do as well.
    locked = connection.execute(
        text("select pg_try_advisory_xact_lock(:k)"), {"k": int.from_bytes(workspace.bytes[8:], "big", signed=True)}
    ).scalar()
    if not locked:
        return 0
    pending, event = schema.pending, schema.event
    taken = select(pending.c.event_id).limit(batch).with_for_update(skip_locked=True).scalar_subquery()
    ids = connection.execute(
        pending.delete().where(pending.c.event_id.in_(taken)).returning(pending.c.event_id)
    ).scalars()
    # A statement of its own: joined to the deletion, a planner without statistics reads the whole table for each row.
    rows = connection.execute(select(event.c.id, event.c.hash).where(event.c.id == any_(_uuids(ids)))).all()
    if not rows:
        return 0
    # Version 7 ids sort by time, so the log reads in the order of the clock as far as batches allow.
    rows = sorted(rows, key=lambda row: row.id)
    head = read_head(connection)
    start = head.size if head else 0
    hashes = [bytes(row.hash) for row in rows]
    _insert_leaves(connection, workspace, start, [row.id for row in rows], hashes)
    _write_tiles(connection, workspace, start, hashes)
    frontier = (head.frontier if head else Frontier()).append(hashes)
    _write_head(connection, workspace, frontier, new=head is None)
    connection.execute(text("select pg_notify('vouchsafe_integrated', :w)"), {"w": str(workspace)})
    return len(rows)


def read_head(connection: Connection) -> Head | None:
    """The log's size, root and right edge; None while it is empty."""
    row = connection.execute(select(schema.log_head)).one_or_none()
    return Head(row.size, bytes(row.root), Frontier.from_bytes(bytes(row.frontier))) if row else None


def tile_reader(connection: Connection) -> TileReader:
    """Reads stored tiles. Raises: TileError where one is missing."""

    def read(level: int, index: int) -> bytes:
        table = schema.tile
        found = connection.execute(select(table.c.hashes).where(table.c.level == level, table.c.n == index)).scalar()
        if found is None:
            raise TileError(f"tile {level}/{index} is missing; run vouchsafe verify")
        return bytes(found)

    return read


def oldest_pending(connection: Connection) -> datetime | None:
    """When the oldest event that is not in the log was written; older than 5 s is an alarm."""
    pending, event = schema.pending, schema.event
    return connection.execute(
        select(event.c.at)
        .join(pending, (pending.c.workspace_id == event.c.workspace_id) & (pending.c.event_id == event.c.id))
        .order_by(event.c.at)
        .limit(1)
    ).scalar()


def _uuids(ids: Iterable[UUID]) -> ColumnElement[Sequence[UUID]]:
    """One parameter that holds them all, so that the statement is the same for every batch."""
    return literal(list(ids), ARRAY(Uuid))


def _insert_leaves(
    connection: Connection, workspace: WorkspaceId, start: int, ids: list[UUID], hashes: list[bytes]
) -> None:
    # COPY is refused under row-level security; one statement with arrays is nearly as fast.
    connection.execute(_INSERT, {"ws": workspace, "start": start, "ids": [str(one) for one in ids], "hashes": hashes})


def _write_tiles(connection: Connection, workspace: WorkspaceId, start: int, hashes: list[bytes]) -> None:
    for tile, content in grow(start, hashes, tile_reader(connection)):
        statement = upsert(schema.tile).values(workspace_id=workspace, level=tile.level, n=tile.index, hashes=content)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["workspace_id", "level", "n"], set_={"hashes": content})
        )


def _write_head(connection: Connection, workspace: WorkspaceId, frontier: Frontier, *, new: bool) -> None:
    values = {"size": frontier.size, "frontier": frontier.to_bytes(), "root": frontier.root}
    if new:
        connection.execute(insert(schema.log_head), {"workspace_id": workspace, **values})
    else:
        connection.execute(update(schema.log_head).values(**values))
