"""What pages show of a desk's documents: every version there ever was, and how many replies cite each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Text, bindparam, column, distinct, func, select

from vouchsafe.domain.ids import DeskId
from vouchsafe.domain.passage import Document
from vouchsafe.evidence.event_types import EventType
from vouchsafe.evidence.leaf import fitting_source
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context

_DOCUMENT, _EVENT, _OUTBOX, _CASE = schema.document, schema.event, schema.outbox, schema.case
_SOURCE = '"([^"@]+)@[0-9a-f]{12,64}#[0-9]{1,5}"'
"""A passage as it stands in a leaf; the group is its document."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A version of a document, with the source it came from. `retired_at`: None while its source holds it."""

    document: Document
    source: str
    published_at: datetime
    retired_at: datetime | None


def versions(context: Context, desk: DeskId) -> tuple[Shelved, ...]:
    """Every version of every document of the desk, by path, the newest last."""
    rows = context.connection.execute(
        select(_DOCUMENT.c.meta, _DOCUMENT.c.source, _DOCUMENT.c.published_at, _DOCUMENT.c.retired_at)
        .where(_DOCUMENT.c.desk_id == desk)
        .order_by(
            _DOCUMENT.c.path,
            # What its source holds now is the newest, whenever it came: a version may come back.
            _DOCUMENT.c.retired_at.nulls_last(),
            _DOCUMENT.c.published_at,
            _DOCUMENT.c.version,
        )
    )
    return tuple(
        Shelved(codec.load(Document, row.meta["document"].encode()), row.source, row.published_at, row.retired_at)
        for row in rows
    )


def citations(context: Context, desk: DeskId) -> dict[str, int]:
    """How many replies of the desk cite each document, in any version, by the name that `cited_as` gives.

    Found by the names of passages that stand in the leaves, so that nothing sealed is opened; the replies among the
    events by an index of theirs.
    """
    found = func.regexp_matches(func.convert_from(_EVENT.c.leaf, "UTF8"), bindparam("source"), "g", type_=ARRAY(Text))
    named = found.table_valued(column("parts", ARRAY(Text)), name="named").render_derived().lateral()
    path = named.c.parts[1]
    rows = context.connection.execute(
        select(path.label("path"), func.count(distinct(_EVENT.c.id)).label("replies"))
        .select_from(_EVENT)
        .join(_OUTBOX, (_OUTBOX.c.workspace_id == _EVENT.c.workspace_id) & (_OUTBOX.c.event_id == _EVENT.c.id))
        .join(_CASE, (_CASE.c.workspace_id == _OUTBOX.c.workspace_id) & (_CASE.c.id == _OUTBOX.c.case_id))
        .join(named, onclause=_EVENT.c.id.is_not(None))
        .where(_EVENT.c.type == EventType.REPLY_QUEUED.value, _CASE.c.desk_id == desk)
        .group_by(path),
        {"source": _SOURCE},
    )
    return {row.path: row.replies for row in rows}


def cited_as(path: str) -> str:
    """How passages of a document are named in a leaf, up to the version."""
    return fitting_source(f"{path}@{'0' * 12}#1").rpartition("@")[0]
