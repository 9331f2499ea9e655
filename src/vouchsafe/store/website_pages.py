"""What a site said about its pages at the last import, so that only changed ones are read again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from vouchsafe.domain.ids import DeskId
from vouchsafe.store import schema
from vouchsafe.store.context import Context

_TABLE = schema.website_page


@dataclass(frozen=True, slots=True)
class KeptPage:
    """Headers of a page as it was read, and where it led."""

    etag: str
    modified: str
    links: tuple[str, ...]


def known(context: Context, desk: DeskId, source: str, options: str) -> dict[str, KeptPage]:
    """Pages that were read in this way before, by address."""
    rows = context.connection.execute(
        select(_TABLE).where(_TABLE.c.desk_id == desk, _TABLE.c.source == source, _TABLE.c.options == options)
    )
    return {row.url: KeptPage(row.etag, row.modified, tuple(row.links)) for row in rows}


def keep(context: Context, desk: DeskId, source: str, options: str, pages: Iterable[tuple[str, KeptPage]]) -> None:
    """Remember these pages of a site in place of those that were remembered."""
    context.connection.execute(delete(_TABLE).where(_TABLE.c.desk_id == desk, _TABLE.c.source == source))
    rows: list[Mapping[str, object]] = [
        {
            "workspace_id": context.workspace,
            "desk_id": desk,
            "source": source,
            "url": url,
            "options": options,
            "etag": page.etag,
            "modified": page.modified,
            "links": list(page.links),
        }
        for url, page in pages
    ]
    if rows:
        context.connection.execute(insert(_TABLE), rows)
