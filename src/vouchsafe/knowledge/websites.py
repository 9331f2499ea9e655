"""A website kept in step: what it said about its pages last time is asked with this time."""

from urllib.parse import urlsplit

from vouchsafe.app import App
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.plugins.knowledge.website import PageState, Site, Visited, visit
from vouchsafe.plugins.knowledge.website.crawl import Seen
from vouchsafe.store import knowledge, knowledge_held, website_pages
from vouchsafe.store.website_pages import KeptPage


def source_of(site: Site) -> str:
    """The name under which a site's documents are kept in step: one source a host."""
    return f"site:{urlsplit(site.url).netloc.lower()}"


def read_site(app: App, workspace: WorkspaceId, desk: DeskId, site: Site, seen: Seen | None = None) -> Visited:
    """Visit a site, asking only for what changed. No transaction is open meanwhile. Raises: VouchsafeError."""
    source = source_of(site)
    with app.store(workspace) as work:
        kept = website_pages.known(work.context, desk, source, site.options)
        present = {path for path, _ in knowledge.active(work.context, desk, source)}
        present |= {one.document.path for one in knowledge_held.waiting(work.context, desk)}
    # A page that is no longer here has to be read again, whatever the site says of it.
    known = {url: PageState(url, one.etag, one.modified, one.links) for url, one in kept.items() if url in present}
    return visit(site, known, seen)


def remember(app: App, workspace: WorkspaceId, desk: DeskId, site: Site, visited: Visited) -> None:
    """Keep what the site said, once its pages are taken in."""
    pages = [(one.url, KeptPage(one.etag, one.modified, one.links)) for one in visited.pages]
    with app.store(workspace) as work:
        website_pages.keep(work.context, desk, source_of(site), site.options, pages)
