"""A service's list of documents kept in step: the whole list, or only what changed where the service offers that.

What the service said is remembered beside the pages of websites: each page of the last whole list with its ETag and
its documents, and one row for the moment from which changes may be asked for.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from vouchsafe.app import App
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.plugins.knowledge.rest import Listed, ListedPage, Service, read_service
from vouchsafe.plugins.knowledge.rest.listing import Seen
from vouchsafe.store import knowledge, knowledge_held, website_pages
from vouchsafe.store.context import Context
from vouchsafe.store.website_pages import KeptPage

_CHANGES = "updated_since"
"""The row that says from when on changes may be asked for; no page has such an address."""
_WHOLE_AGAIN_DAYS = 7
"""A service that forgets to tell of a deletion is found out by then."""
_FEW = 10
"""Of so few documents half may well go at once."""


class WouldLose(VouchsafeError):
    """A list leaves out most of what it held: more likely a token with fewer rights than a decision."""

    def __init__(self, gone: int, count: int) -> None:
        super().__init__(
            f"{gone} of {count} documents are no longer listed and would be retired; look at the service and at what "
            f"its token may read, or give --retire-all if that is meant"
        )


def source_of(service: Service) -> str:
    """The name under which a service's documents are kept in step: one source an address."""
    return f"api:{service.url.partition('://')[2]}"


def read_list(  # where, what, and how
    app: App,
    workspace: WorkspaceId,
    desk: DeskId,
    service: Service,
    seen: Seen | None = None,
    *,
    full: bool = False,
    retire_all: bool = False,
) -> Listed:
    """Read a service's list, as far as it changed. No transaction is open meanwhile.

    What is given can be taken in as it is: with a list of changes, everything else counts as unchanged. `full` asks
    for everything. Raises: VouchsafeError, WouldLose without `retire_all`.
    """
    source = source_of(service)
    with app.store(workspace) as work:
        kept = website_pages.known(work.context, desk, source, service.options)
        present = _present(work.context, desk, source)
    state = kept.pop(_CHANGES, None)
    fresh_enough = state is not None and _age(app, state) < timedelta(days=_WHOLE_AGAIN_DAYS)
    since = state.etag if state and fresh_enough and not full else ""
    known = {
        url: ListedPage(url, one.etag, one.links[0], one.links[1:])
        for url, one in kept.items()
        # A document that is no longer here has to be read again, whatever the service says of its page.
        if not full and one.links and set(one.links[1:]) <= present
    }
    listed = read_service(service, known, since, seen)
    if listed.since:
        listed = _with_the_rest(listed, present)
    gone = present - {one.path for one in listed.imported.documents} - listed.imported.keep
    if listed.imported.whole and not retire_all and len(present) >= _FEW and len(gone) * 2 > len(present):
        raise WouldLose(len(gone), len(present))
    return listed


def remember(app: App, workspace: WorkspaceId, desk: DeskId, service: Service, listed: Listed) -> None:
    """Keep what the service said, once its documents are taken in. A list without an end leaves nothing to go by."""
    if not listed.imported.whole:
        return
    source = source_of(service)
    with app.store(workspace) as work:
        pages = {one.url: KeptPage(one.etag, "", (one.next, *one.paths)) for one in listed.pages}
        as_of, whole_at = listed.as_of, app.clock.now().isoformat()
        if listed.since:
            # A list of changes says nothing of the pages of the whole list, nor of what was deleted in silence.
            pages = website_pages.known(work.context, desk, source, service.options)
            before = pages.pop(_CHANGES)
            # Their documents are no longer as the page was: a service that went back to it would say "unchanged".
            touched = listed.deleted | {one.path for one in listed.imported.documents}
            touched |= {one.path for one in listed.imported.problems}
            pages = {url: one for url, one in pages.items() if not touched & set(one.links[1:])}
            as_of, whole_at = as_of or before.etag, before.modified
        if as_of:
            pages[_CHANGES] = KeptPage(as_of, whole_at, ())
        website_pages.keep(work.context, desk, source, service.options, pages.items())


def _with_the_rest(listed: Listed, present: set[str]) -> Listed:
    """A list of changes as a whole one: what it did not name is as it was."""
    refused = {one.path for one in listed.imported.problems if not one.passing}
    named = {one.path for one in listed.imported.documents}
    unchanged = frozenset(present - named - refused - listed.deleted)
    return replace(listed, imported=replace(listed.imported, unchanged=unchanged))


def _present(context: Context, desk: DeskId, source: str) -> set[str]:
    found = {path for path, _ in knowledge.active(context, desk, source)}
    return found | {one.document.path for one in knowledge_held.waiting(context, desk) if one.source == source}


def _age(app: App, state: KeptPage) -> timedelta:
    return app.clock.now() - datetime.fromisoformat(state.modified)
