"""Documents of a desk in versions, and vectors of their passages by the hash of the text."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from vouchsafe.domain.ids import DeskId
from vouchsafe.domain.passage import Document
from vouchsafe.ports.embedder import Vectors
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context


def publish(context: Context, desk: DeskId, documents: Iterable[Document]) -> tuple[int, int]:
    """Make these the desk's documents: new versions in, versions no longer listed retired; (added, retired)."""
    table = schema.document
    wanted = {(one.path, one.version): one for one in documents}
    rows = context.connection.execute(
        select(table.c.path, table.c.version).where(table.c.desk_id == desk, table.c.retired_at.is_(None))
    )
    present = {(row.path, row.version) for row in rows}
    now = context.clock.now()
    for key in wanted.keys() - present:
        one = wanted[key]
        meta: dict[str, Any] = {"document": codec.dump(Document, one).decode()}
        statement = upsert(table).values(
            workspace_id=context.workspace,
            desk_id=desk,
            path=one.path,
            version=one.version,
            meta=meta,
            text="",
            published_at=now,
            retired_at=None,
        )
        context.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "desk_id", "path", "version"], set_={"retired_at": None, "meta": meta}
            )
        )
    for path, version in present - wanted.keys():
        context.connection.execute(
            update(table)
            .where(table.c.desk_id == desk, table.c.path == path, table.c.version == version)
            .values(retired_at=now)
        )
    added, retired = len(wanted.keys() - present), len(present - wanted.keys())
    if added or retired:
        desks = schema.desk
        context.connection.execute(
            update(desks).where(desks.c.id == desk).values(knowledge_version=desks.c.knowledge_version + 1)
        )
    return added, retired


def documents(context: Context, desk: DeskId) -> tuple[Document, ...]:
    """Every published document of the desk, by path and version."""
    table = schema.document
    rows = context.connection.execute(
        select(table.c.meta)
        .where(table.c.desk_id == desk, table.c.retired_at.is_(None))
        .order_by(table.c.path, table.c.version)
    )
    return tuple(codec.load(Document, row.meta["document"].encode()) for row in rows)


def vectors(context: Context, model: str) -> dict[str, Vectors]:
    """Stored vectors of a model, by the SHA-256 (hex) of the passage text."""
    table = schema.passage_vector
    rows = context.connection.execute(select(table.c.hash, table.c.value).where(table.c.model == model))
    return {bytes(row.hash).hex(): np.frombuffer(bytes(row.value), dtype=np.float32) for row in rows}


def keep_vectors(context: Context, model: str, fresh: Mapping[str, Vectors]) -> None:
    """Store vectors that are not there yet."""
    if fresh:
        context.connection.execute(
            upsert(schema.passage_vector).on_conflict_do_nothing(),
            [
                {
                    "workspace_id": context.workspace,
                    "hash": bytes.fromhex(name),
                    "model": model,
                    "value": value.astype(np.float32).tobytes(),
                }
                for name, value in fresh.items()
            ],
        )
