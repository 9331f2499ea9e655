"""Integrates pending events into a workspace's Merkle log, in any order, one batch a transaction.

New events are found by their pending rows, never by an id or sequence: transactions commit out of order, and the late
one would be skipped for ever. An advisory lock per workspace makes one sequencer at a time.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Connection, Integer, Uuid, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.evidence.merkle import Frontier
from vouchsafe.evidence.tiles import TileError, TileReader, grow
from vouchsafe.store import schema

BATCH = 2_000
INTEGRATED = "vouchsafe_integrated"
"""NOTIFY channel on which a workspace's id says that its log grew."""

# COPY is refused under row-level security; one statement with arrays is nearly as fast.
_GROW = text("""
    with leaves as (
        insert into leaf (workspace_id, idx, event_id, hash)
        select :ws, :start + n - 1, id, hash
        from unnest(cast(:ids as uuid[]), cast(:hashes as bytea[])) with ordinality as t(id, hash, n)
    ), head as (
        insert into log_head (workspace_id, size, frontier, root) values (:ws, :size, :frontier, :root)
        on conflict (workspace_id) do update
            set size = excluded.size, frontier = excluded.frontier, root = excluded.root
    )
    select pg_notify(:channel, cast(:ws as text))
""")
_LOCK = select(func.pg_try_advisory_xact_lock(bindparam("key", type_=BigInteger)))
_TAKE = (
    schema.pending.delete()
    .where(
        schema.pending.c.event_id.in_(
            select(schema.pending.c.event_id)
            .limit(bindparam("batch", type_=Integer))
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
    )
    .returning(schema.pending.c.event_id)
)
# One parameter that holds them all, so that the statement is the same for every batch.
_HASHES = select(schema.event.c.id, schema.event.c.hash).where(
    schema.event.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)
_HEAD = select(schema.log_head)
_TILE = select(schema.tile.c.hashes).where(
    schema.tile.c.level == bindparam("level"), schema.tile.c.n == bindparam("index")
)
_KEEP_TILE = upsert(schema.tile)
_KEEP_TILE = _KEEP_TILE.on_conflict_do_update(
    index_elements=["workspace_id", "level", "n"], set_={"hashes": _KEEP_TILE.excluded.hashes}
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
    if not connection.execute(_LOCK, {"key": int.from_bytes(workspace.bytes[8:], "big", signed=True)}).scalar():
        return 0
    ids = list(connection.execute(_TAKE, {"batch": batch}).scalars())
    if not ids:
        return 0
    # A statement of its own: joined to the deletion, a planner without statistics reads the whole table for each row.
    rows = connection.execute(_HASHES, {"ids": ids}).all()
    # Version 7 ids sort by time, so the log reads in the order of the clock as far as batches allow.
    rows = sorted(rows, key=lambda row: row.id)
    head = read_head(connection)
    start = head.size if head else 0
    hashes = [bytes(row.hash) for row in rows]
    _write_tiles(connection, workspace, start, hashes)
    frontier = (head.frontier if head else Frontier()).append(hashes)
    connection.execute(
        _GROW,
        {
            "ws": workspace,
            "start": start,
            "ids": [row.id for row in rows],
            "hashes": hashes,
            "size": frontier.size,
            "frontier": frontier.to_bytes(),
            "root": frontier.root,
            "channel": INTEGRATED,
        },
    )
    return len(rows)


def read_head(connection: Connection) -> Head | None:
    """The log's size, root and right edge; None while it is empty."""
    row = connection.execute(_HEAD).one_or_none()
    return Head(row.size, bytes(row.root), Frontier.from_bytes(bytes(row.frontier))) if row else None


def tile_reader(connection: Connection) -> TileReader:
    """Reads stored tiles. Raises: TileError where one is missing."""

    def read(level: int, index: int) -> bytes:
        found = connection.execute(_TILE, {"level": level, "index": index}).scalar()
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


def _write_tiles(connection: Connection, workspace: WorkspaceId, start: int, hashes: list[bytes]) -> None:
    for tile, content in grow(start, hashes, tile_reader(connection)):
        values = {"workspace_id": workspace, "level": tile.level, "n": tile.index, "hashes": content}
        connection.execute(_KEEP_TILE, values)
