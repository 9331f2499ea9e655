"""Which pages of a site are read: its sitemap if it has one, else its links; each page once, within limits.

A visit that did not come to its end says so, and then nothing that it did not see is taken for gone.
"""

import hashlib
import html
import re
import time
import urllib.robotparser
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.passage import Document
from vouchsafe.plugins.knowledge.folder.formats import Extract, Unreadable, read
from vouchsafe.plugins.knowledge.folder.metadata import BadMetadata
from vouchsafe.plugins.knowledge.folder.source import document_of
from vouchsafe.plugins.knowledge.imported import Imported, Problem
from vouchsafe.plugins.knowledge.website.fetch import AGENT, Fetched, Host, NotFetched, fetch, host_of

_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_NOT_PAGES = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|ico|css|js|mjs|json|xml|rss|zip|gz|mp[34]|webm|woff2?|ttf|ics|vcf)$", re.IGNORECASE
)
_LOC = re.compile(r"<(?:\w+:)?loc>\s*(?:<!\[CDATA\[)?([^<\]]{1,2000})", re.IGNORECASE)
_OK, _UNCHANGED = 200, 304
_GONE = frozenset({404, 410})
_CLOSED = frozenset({401, 403})
_MOST_SITEMAPS = 50
_MOST_LINKS = 2_000
_LONGEST_URL = 500
_LONGEST_DELAY_S = 10.0
_FAILURES_IN_A_ROW = 8
"""After so many the site is down, and asking on helps nobody."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a visit may cost. A site that goes on for ever ends at the first of them."""

    pages: int = 2_000
    depth: int = 12
    """Links from the first page, where there is no sitemap."""
    page_bytes: int = 20 * 1024 * 1024
    bytes: int = 1024 * 1024 * 1024
    page_s: float = 20.0
    seconds: float = 3_600.0
    delay_s: float = 0.1
    """Between two requests, unless robots.txt asks for more."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site and how its pages are taken in. A site says nothing about rights: `about` does, for every page alike."""

    url: str
    about: Mapping[str, object]
    """Metadata as in a file beside a document: audience, owner, approved_for_auto ..."""
    private: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def options(self) -> str:
        """A hash of how pages are taken in: with other options none counts as unchanged."""
        said = repr(sorted((key, str(value)) for key, value in self.about.items()))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PageState:
    """What the site said about the version of a page that was read, and where the page led."""

    url: str
    etag: str
    modified: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visited:
    """What a visit gave. `pages`: what to ask with next time."""

    imported: Imported
    pages: tuple[PageState, ...]


Seen = Callable[[int, int], None]
"""Called with how many pages were asked for, and how many are known by now."""


def visit(
    site: Site,
    known: Mapping[str, PageState] | None = None,
    seen: Seen | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Visited:
    """Read a site. `known`: pages as they were last time, asked for only if they changed.

    Raises: VouchsafeError where the site may not be asked or does not let itself be read at all.
    """
    host = host_of(site.url, private=site.private)
    return _Visit(site, host, known or {}, seen, pause).run()


class _Visit:
    """One visit: what is known, what was had, and what it has cost so far."""

    def __init__(
        self,
        site: Site,
        host: Host,
        known: Mapping[str, PageState],
        seen: Seen | None,
        pause: Callable[[float], None],
    ) -> None:
        self._site, self._host, self._known, self._seen, self._pause = site, host, known, seen, pause
        self._ends = time.monotonic() + site.limits.seconds
        self._bytes = 0
        self._robots = urllib.robotparser.RobotFileParser()
        self._documents: dict[str, Document] = {}
        self._texts: set[str] = set()
        self._problems: list[Problem] = []
        self._unchanged: set[str] = set()
        self._pages: list[PageState] = []

    def run(self) -> Visited:
        self._read_robots()
        listed = self._sitemap()
        start = _plain(self._site.url)
        queue = deque((url, 0) for url in (listed or (start,)))
        met = {url for url, _ in queue}
        asked = failures = 0
        whole = True
        while queue:
            if (why := self._spent(asked)) or failures >= _FAILURES_IN_A_ROW:
                says = why or "the site does not answer any more"
                self._problems.append(
                    Problem(self._site.url, f"{says}; {len(queue)} pages were not read", passing=True)
                )
                whole = False
                break
            url, depth = queue.popleft()
            asked += 1
            if self._seen:
                self._seen(asked, len(met))
            try:
                links = self._page(url, listed=bool(listed))
                failures = 0
            except NotFetched as problem:
                failures += problem.passing
                self._problems.append(Problem(url, str(problem), passing=problem.passing))
                continue
            if not listed and depth < self._site.limits.depth:
                fresh = [one for one in links if one not in met]
                met.update(fresh)
                queue.extend((one, depth + 1) for one in fresh)
        documents = tuple(self._documents[path] for path in sorted(self._documents))
        imported = Imported(documents, tuple(self._problems), frozenset(self._unchanged), whole)
        return Visited(imported, tuple(self._pages))

    def _spent(self, asked: int) -> str:
        """Which limit was reached; empty while none was."""
        limits = self._site.limits
        if asked >= limits.pages:
            return f"stopped after {limits.pages} pages"
        if self._bytes >= limits.bytes:
            return f"stopped after {limits.bytes // 1024 // 1024} MB"
        return f"stopped after {limits.seconds:.0f} s" if time.monotonic() >= self._ends else ""

    def _get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        limits = self._site.limits
        answer = fetch(self._host, url, headers=headers or {}, timeout_s=limits.page_s, most_bytes=limits.page_bytes)
        self._bytes += len(answer.body)
        return answer

    def _read_robots(self) -> None:
        """What the site lets programs read. Raises: VouchsafeError where it cannot be known."""
        try:
            answer = self._get(urljoin(self._site.url, "/robots.txt"))
        except NotFetched as problem:
            raise VouchsafeError(f"the site's robots.txt cannot be read: {problem}; try again later") from problem
        if answer.status in _CLOSED:
            raise VouchsafeError("the site lets no program read it (robots.txt is closed); ask whoever runs it")
        if answer.status == _OK:
            self._robots.parse(answer.body.decode("utf-8", "replace").splitlines())
        elif answer.status < 500:  # RFC 9309, 2.3.1.3: no such file lets everything be read
            self._robots.parse([])
        else:
            raise VouchsafeError(f"the site's robots.txt cannot be read (status {answer.status}); try again later")

    def _sitemap(self) -> tuple[str, ...]:
        """Pages that the site lists; empty where it lists none."""
        waiting = deque(self._robots.site_maps() or [urljoin(self._site.url, "/sitemap.xml")])
        read_already: set[str] = set()
        pages: dict[str, None] = {}
        while waiting and len(read_already) < _MOST_SITEMAPS and len(pages) <= self._site.limits.pages:
            url = waiting.popleft()
            if url in read_already or not self._host.holds(url):
                continue
            read_already.add(url)
            try:
                answer = self._get(url)
            except NotFetched:
                continue
            if answer.status != _OK:
                continue
            text = _unpacked(answer.body, self._site.limits.page_bytes)
            found = [urljoin(url, html.unescape(one.strip())) for one in _LOC.findall(text)]
            if "<sitemapindex" in text[:2_000].lower():
                waiting.extend(found)
            else:
                pages |= dict.fromkeys(_plain(one) for one in found if self._host.holds(one))
        return tuple(pages)

    def _page(self, url: str, *, listed: bool) -> tuple[str, ...]:
        """Read one page into a document; where it leads. Raises: NotFetched."""
        if not self._robots.can_fetch(AGENT, url):
            if listed or url == _plain(self._site.url):
                self._problems.append(Problem(url, "robots.txt does not let programs read it"))
            return ()
        self._pause(self._delay())
        before = self._known.get(url)
        answer = self._get(url, _only_if_changed(before))
        if answer.status == _UNCHANGED and before:
            self._unchanged.add(url)
            self._pages.append(before)
            return before.links
        if answer.status != _OK:
            passing = answer.status not in _GONE | _CLOSED
            raise NotFetched(f"the site answers {answer.status}", passing=passing)
        return self._taken(url, answer)

    def _taken(self, url: str, answer: Fetched) -> tuple[str, ...]:
        kind, _, parameters = answer.headers.get("content-type", "").partition(";")
        suffix = _SUFFIXES.get(kind.strip().lower())
        if suffix is None:
            self._problems.append(Problem(url, f"not a page ({kind.strip()[:60] or 'no type'})"))
            return ()
        body = _utf8(answer.body, parameters) if suffix in {".html", ".txt", ".md"} else answer.body
        links = _links(body, answer.url, self._host) if suffix == ".html" else ()
        try:
            (extract,) = read(suffix, body)
            # What a page says about itself gives no rights: only its words, its title and its language are its own.
            language = {key: value for key, value in extract.raw.items() if key == "language"}
            document = document_of(url, Extract(extract.text, language, extract.title), self._site.about)
        except (Unreadable, BadMetadata) as problem:
            self._problems.append(Problem(url, str(problem)))
            return links
        self._pages.append(
            PageState(url, answer.headers.get("etag", ""), answer.headers.get("last-modified", ""), links)
        )
        digest = hashlib.sha256(document.text.encode()).hexdigest()
        if digest not in self._texts:
            # The same words under a second address (a print view, a session in the query) would be cited twice.
            self._texts.add(digest)
            self._documents[url] = document
        return links

    def _delay(self) -> float:
        asked = self._robots.crawl_delay(AGENT)
        return max(self._site.limits.delay_s, min(float(asked or 0), _LONGEST_DELAY_S))


def _plain(url: str) -> str:
    """One spelling of an address: no fragment, host in small letters, a path."""
    split = urlsplit(urldefrag(url).url)
    return urlunsplit((split.scheme, split.netloc.lower(), split.path or "/", split.query, ""))


def _only_if_changed(before: PageState | None) -> dict[str, str]:
    if before is None:
        return {}
    said = {"If-None-Match": before.etag, "If-Modified-Since": before.modified}
    return {name: value for name, value in said.items() if value and value.isascii() and value.isprintable()}


def _links(body: bytes, url: str, host: Host) -> tuple[str, ...]:
    """Pages of the same host that a page links to, each once, in order."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(body.decode("utf-8", "replace"))
    base = tree.css_first("base[href]")
    start = urljoin(url, base.attributes.get("href") or "") if base is not None else url
    found: dict[str, None] = {}
    for anchor in tree.css("a[href]"):
        if "nofollow" in (anchor.attributes.get("rel") or "").lower():
            continue
        try:
            link = _plain(urljoin(start, (anchor.attributes.get("href") or "").strip()))
        except ValueError:
            continue
        if host.holds(link) and len(link) <= _LONGEST_URL and not _NOT_PAGES.search(urlsplit(link).path):
            found[link] = None
        if len(found) >= _MOST_LINKS:
            break
    return tuple(found)


def _utf8(body: bytes, parameters: str) -> bytes:
    """The body in UTF-8 where its header names another character set that we know."""
    match = re.search(r"charset=[\"']?([\w.:-]{1,40})", parameters, re.IGNORECASE)
    if not match or match.group(1).lower() in {"utf-8", "utf8"}:
        return body
    try:
        return body.decode(match.group(1), "replace").encode()
    except LookupError:
        return body


def _unpacked(body: bytes, most_bytes: int) -> str:
    """A sitemap as text, unpacked where it is gzip, no further than the limit."""
    if body[:2] == b"\x1f\x8b":
        try:
            body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body, most_bytes)
        except zlib.error:
            return ""
    return body.decode("utf-8", "replace")
