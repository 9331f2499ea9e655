"""Documents of a desk in versions, and vectors of their passages by the hash of the text."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import exists, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import OperationalError

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.domain.passage import Document
from vouchsafe.ports.embedder import Vectors
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.engine import Database

FOLDER = "folder"
"""The source of documents that no other source keeps in step."""
_WAIT_S = 600
_NOT_GRANTED = "55P03"

_DOCUMENT, _WITHDRAWAL = schema.document, schema.withdrawal
_WITHDRAWN = exists().where(
    _WITHDRAWAL.c.workspace_id == _DOCUMENT.c.workspace_id,
    _WITHDRAWAL.c.desk_id == _DOCUMENT.c.desk_id,
    _WITHDRAWAL.c.path == _DOCUMENT.c.path,
    _WITHDRAWAL.c.reinstated_at.is_(None),
)

Version = tuple[str, str]
"""Path and version of a document."""


class ImportUnderWay(VouchsafeError):
    """Another import of the desk did not end in time; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("another import of this desk is still under way; run this one again when it has ended")


class WouldEmpty(VouchsafeError):
    """An import would retire every document of its source: more likely an empty mount than a decision."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"nothing usable was found there, and all {count} documents of this source would be retired; "
            f"look at the place, or give --retire-all if that is meant"
        )


@dataclass(frozen=True, slots=True)
class Synced:
    """What an import changed, by path and version, each in order."""

    added: tuple[Version, ...]
    retired: tuple[Version, ...]


@contextmanager
def importing(database: Database, workspace: WorkspaceId, desk: DeskId) -> Iterator[None]:
    """One import of a desk at a time; a second waits up to ten minutes. Raises: ImportUnderWay.

    The lock belongs to a connection of its own, so that no transaction idles meanwhile and a killed import leaves none.
    """
    key = {"key": f"knowledge/{workspace}/{desk}"}
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("select set_config('lock_timeout', :wait, false)"), {"wait": f"{_WAIT_S}s"})
        try:
            connection.execute(text("select pg_advisory_lock(hashtextextended(:key, 0))"), key)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == _NOT_GRANTED:
                raise ImportUnderWay from None
            raise
        finally:
            connection.execute(text("reset lock_timeout"))
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(hashtextextended(:key, 0))"), key)


def publish(
    context: Context,
    desk: DeskId,
    documents: Iterable[Document],
    source: str = FOLDER,
    keep: frozenset[str] = frozenset(),
    *,
    retire_all: bool = False,
) -> Synced:
    """Make these the documents of one source: new versions in, versions no longer listed retired.

    Paths in `keep` stay as they are, whatever is listed. Other sources of the desk are not touched.
    Raises: WouldEmpty without `retire_all`.
    """
    wanted = {(one.path, one.version): one for one in documents}
    present = active(context, desk, source)
    fresh = sorted(wanted.keys() - present)
    gone = sorted(one for one in present - wanted.keys() if one[0] not in keep)
    if gone and not wanted and len(gone) == len(present) and not retire_all:
        raise WouldEmpty(len(gone))
    for key in fresh:
        _put(context, desk, source, wanted[key])
    for path, version in gone:
        context.connection.execute(
            update(_DOCUMENT)
            .where(_DOCUMENT.c.desk_id == desk, _DOCUMENT.c.path == path, _DOCUMENT.c.version == version)
            .values(retired_at=context.clock.now())
        )
    if fresh or gone:
        changed(context, desk)
    return Synced(tuple(fresh), tuple(gone))


def add(context: Context, desk: DeskId, source: str, document: Document) -> None:
    """Publish one document beside the others."""
    _put(context, desk, source, document)
    changed(context, desk)


def changed(context: Context, desk: DeskId) -> None:
    """Every process builds the desk's index anew before its next search."""
    desks = schema.desk
    context.connection.execute(
        update(desks).where(desks.c.id == desk).values(knowledge_version=desks.c.knowledge_version + 1)
    )


def active(context: Context, desk: DeskId, source: str) -> set[Version]:
    """Versions of a source that are not retired, withdrawn ones included."""
    rows = context.connection.execute(
        select(_DOCUMENT.c.path, _DOCUMENT.c.version).where(
            _DOCUMENT.c.desk_id == desk, _DOCUMENT.c.source == source, _DOCUMENT.c.retired_at.is_(None)
        )
    )
    return {(row.path, row.version) for row in rows}


def other_sources(context: Context, desk: DeskId, source: str) -> dict[str, str]:
    """Which other source holds a path: one path belongs to one source, or a citation would not say which."""
    rows = context.connection.execute(
        select(_DOCUMENT.c.path, _DOCUMENT.c.source).where(
            _DOCUMENT.c.desk_id == desk, _DOCUMENT.c.source != source, _DOCUMENT.c.retired_at.is_(None)
        )
    )
    return {row.path: row.source for row in rows}


def is_known(context: Context, desk: DeskId, path: str) -> bool:
    """Whether the desk has or had a document of this path."""
    query = select(_DOCUMENT.c.path).where(_DOCUMENT.c.desk_id == desk, _DOCUMENT.c.path == path).limit(1)
    return context.connection.execute(query).first() is not None


def documents(context: Context, desk: DeskId) -> tuple[Document, ...]:
    """Every published document of the desk, by path and version. What is withdrawn is not published."""
    rows = context.connection.execute(
        select(_DOCUMENT.c.meta)
        .where(_DOCUMENT.c.desk_id == desk, _DOCUMENT.c.retired_at.is_(None), ~_WITHDRAWN)
        .order_by(_DOCUMENT.c.path, _DOCUMENT.c.version)
    )
    return tuple(codec.load(Document, row.meta["document"].encode()) for row in rows)


def standing(context: Context, desk: DeskId, wanted: Iterable[Version], on: date) -> frozenset[Version]:
    """Those of some versions that are published, not withdrawn, and in force on a day of the desk's zone."""
    rows = context.connection.execute(
        select(_DOCUMENT.c.meta).where(
            _DOCUMENT.c.desk_id == desk,
            _DOCUMENT.c.retired_at.is_(None),
            ~_WITHDRAWN,
            tuple_(_DOCUMENT.c.path, _DOCUMENT.c.version).in_(list(wanted)),
        )
    )
    found = (codec.load(Document, row.meta["document"].encode()) for row in rows)
    return frozenset((one.path, one.version) for one in found if one.in_force(on))


def at_paths(context: Context, desk: DeskId, paths: Iterable[str]) -> tuple[Document, ...]:
    """What stands under some paths now, withdrawn or not."""
    rows = context.connection.execute(
        select(_DOCUMENT.c.meta).where(
            _DOCUMENT.c.desk_id == desk, _DOCUMENT.c.retired_at.is_(None), _DOCUMENT.c.path.in_(list(paths))
        )
    )
    return tuple(codec.load(Document, row.meta["document"].encode()) for row in rows)


def sources(context: Context, desk: DeskId) -> dict[Version, str]:
    """The source of each document that is not retired."""
    rows = context.connection.execute(
        select(_DOCUMENT.c.path, _DOCUMENT.c.version, _DOCUMENT.c.source).where(
            _DOCUMENT.c.desk_id == desk, _DOCUMENT.c.retired_at.is_(None)
        )
    )
    return {(row.path, row.version): row.source for row in rows}


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


def _put(context: Context, desk: DeskId, source: str, one: Document) -> None:
    meta: dict[str, Any] = {"document": codec.dump(Document, one).decode()}
    statement = upsert(_DOCUMENT).values(
        workspace_id=context.workspace,
        desk_id=desk,
        path=one.path,
        version=one.version,
        source=source,
        meta=meta,
        text="",
        published_at=context.clock.now(),
        retired_at=None,
    )
    context.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "desk_id", "path", "version"],
            set_={"retired_at": None, "meta": meta, "source": source, "published_at": context.clock.now()},
        )
    )
