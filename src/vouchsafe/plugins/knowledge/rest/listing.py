"""Walks through a service's list of documents, page by page, within limits.

A service may be slow, down, asked too often, wrong or hostile. Whatever it does, a list that did not come to its end
says so, and then nothing that it did not name is taken for gone. Where not even its first page can be read nothing is
changed at all.
"""

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.passage import Document
from vouchsafe.plugins.knowledge.imported import Imported, Problem
from vouchsafe.plugins.knowledge.rest.record import BadRecord, Given, Nameless, Record, read_record
from vouchsafe.plugins.knowledge.website.fetch import Fetched, Host, NotFetched, fetch, host_of

_OK, _UNCHANGED, _TOO_MANY = 200, 304, 429
_CLOSED = frozenset({401, 403})
_BUSY = frozenset({_TOO_MANY, 502, 503, 504})
_OURS = ("cursor", "limit", "updated_since")
_SECRET = re.compile(r"(?:^|[_-])(?:token|secret|password|auth|api_?-?key)$", re.IGNORECASE)
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
_LONGEST_CURSOR = 1_000
_LONGEST_MARK = 40
_EMPTY_IN_A_ROW = 20
"""Pages without a new document after which a list is taken to lead nowhere."""


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What a list may cost."""

    pages: int = 2_000
    per_page: int = 100
    """How many documents a page is asked to hold; a service may give fewer or more."""
    page_bytes: int = 20 * 1024 * 1024
    bytes: int = 512 * 1024 * 1024
    page_s: float = 30.0
    seconds: float = 3_600.0
    tries: int = 4
    """For a page that a service is too busy to give."""
    longest_wait_s: float = 120.0
    """A service that wants to be left alone for longer is asked another day."""


@dataclass(frozen=True, slots=True, repr=False)
class Service:
    """Where the list is, the token that opens it (empty for none), and what the operator says of its documents."""

    url: str
    token: str = ""
    given: Given = field(default_factory=Given)
    private: bool = False
    limits: ServiceLimits = field(default_factory=ServiceLimits)

    def __repr__(self) -> str:
        return f"Service({self.url})"

    @property
    def options(self) -> str:
        """A hash of how documents are taken in: with other options none counts as unchanged."""
        return hashlib.sha256(repr((self.given, self.limits.per_page)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page as the service gave it: what it said of its version, where it went on, and which documents it named."""

    url: str
    etag: str
    next: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list gave. `pages`: what to ask with next time."""

    imported: Imported
    pages: tuple[ListedPage, ...]
    deleted: frozenset[str]
    """Paths that the service says are gone."""
    as_of: str
    """From when on changes may be asked for next time, in the service's own words; empty where it does not say."""
    since: str = ""
    """Only changes from then on were asked for; empty for the whole list."""


Seen = Callable[[int, int], None]
"""Called with how many pages were read, and how many documents are known by now."""


def read_service(
    service: Service,
    known: Mapping[str, ListedPage] | None = None,
    since: str = "",
    seen: Seen | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Listed:
    """Read the list. `known`: pages as they were last time; `since`: ask for changes since then only.

    With `since` the documents given are those that changed, and what is not named is as it was.
    Raises: VouchsafeError where the service may not be asked or does not give its first page.
    """
    return _Walk(service, _allowed(service), known or {}, since, seen, pause).run()


def place_of(url: str) -> str:
    """What stands before the ids of a service's documents: its host."""
    return urlsplit(url).netloc.lower()


def _allowed(service: Service) -> Host:
    """The service's host, looked up. Raises: VouchsafeError where asking it would give something away."""
    host = host_of(service.url, private=service.private)
    for name, _ in parse_qsl(urlsplit(service.url).query, keep_blank_values=True):
        if _SECRET.search(name):
            raise VouchsafeError("a secret has no place in an address, which others log: give --token-file FILE")
        if name in _OURS:
            raise VouchsafeError(f"leave `{name}` out of the address; it is added for each page")
    if service.token and not _TOKEN.fullmatch(service.token):
        raise VouchsafeError("the token holds characters that no token has; look at its file or variable")
    here = all(ip_address(one.partition("%")[0]).is_loopback for one in host.addresses)
    if service.token and host.scheme == "http" and not here:
        raise VouchsafeError("a token is sent over https only; give the https address of the service")
    return host


class _Walk:
    """One walk through a list: what was had, what is wrong with it, and what it has cost so far."""

    def __init__(  # noqa: PLR0917  # the parts of a walk
        self,
        service: Service,
        host: Host,
        known: Mapping[str, ListedPage],
        since: str,
        seen: Seen | None,
        pause: Callable[[float], None],
    ) -> None:
        self._service, self._host, self._known, self._since = service, host, known, since
        self._seen, self._pause, self._place = seen, pause, place_of(service.url)
        self._ends = time.monotonic() + service.limits.seconds
        self._bytes = self._asked = self._named = self._empty = 0
        self._total: int | None = None
        self._as_of = ""
        self._records: dict[str, Record] = {}
        self._problems: dict[str, Problem] = {}
        self._unchanged: set[str] = set()
        self._pages: list[ListedPage] = []
        self._whole = True

    def run(self) -> Listed:
        cursor: str | None = ""
        met = {cursor}
        while cursor is not None:
            try:
                cursor = self._page(cursor)
            except NotFetched as problem:
                if not self._asked:
                    raise VouchsafeError(f"{self._place} gives no list: {problem}; nothing was changed") from problem
                self._stop(str(problem))
                break
            if self._seen:
                self._seen(self._asked, len(self._records) + len(self._unchanged))
            if cursor is not None and (why := self._enough(cursor, met)):
                self._stop(why)
                break
            met.add(cursor or "")
        return self._listed()

    def _listed(self) -> Listed:
        if self._whole and not self._since and self._total not in {None, self._named}:
            self._stop(f"says that it has {self._total} documents, and named {self._named}")
        bad = self._problems.keys()
        documents = tuple(
            one.document for path, one in sorted(self._records.items()) if one.document and path not in bad
        )
        deleted = frozenset(path for path, one in self._records.items() if one.document is None and path not in bad)
        imported = Imported(
            documents, tuple(self._problems.values()), frozenset(self._unchanged - deleted), self._whole
        )
        pages = tuple(one for one in self._pages if not bad & set(one.paths))
        # Asked from this moment on again, a document with a problem would never be heard of again.
        as_of = self._as_of if self._whole and not bad else ""
        return Listed(imported, pages, deleted, as_of, self._since)

    def _stop(self, why: str) -> None:
        """The list is not to be trusted to be whole."""
        self._whole = False
        self._problems[self._service.url] = Problem(
            self._service.url, f"{why}; nothing is retired for not being listed", passing=True
        )

    def _enough(self, cursor: str, met: set[str | None]) -> str:
        """Why the walk ends before the list does; empty while it may go on."""
        limits = self._service.limits
        if cursor in met:
            return "the list leads back to a page that was read already"
        if self._empty >= _EMPTY_IN_A_ROW:
            return f"the last {_EMPTY_IN_A_ROW} pages named nothing new"
        if self._asked >= limits.pages:
            return f"stopped after {limits.pages} pages"
        if self._bytes >= limits.bytes:
            return f"stopped after {limits.bytes // 1024 // 1024} MB"
        return f"stopped after {limits.seconds:.0f} s" if time.monotonic() >= self._ends else ""

    def _page(self, cursor: str) -> str | None:
        """Read one page; the cursor of the next, None after the last. Raises: NotFetched."""
        url = self._address(cursor)
        before = None if self._since else self._known.get(url)
        answer = self._answer(url, before)
        if answer.status == _UNCHANGED and before:
            self._asked += 1
            self._note_known(before)
            return before.next or None
        body = _object(answer.body)
        rows, following = body.get("documents"), _cursor(body.get("next"))
        if not isinstance(rows, list):
            raise NotFetched("a page of it has no `documents`", passing=True)
        self._asked += 1
        total, as_of = body.get("total"), body.get("as_of")
        if isinstance(total, int) and not isinstance(total, bool):
            self._total = total
        if self._asked == 1:
            self._as_of = _mark(as_of)
        paths = self._take(rows)
        etag = answer.headers.get("etag", "")
        if paths is not None and _sendable(etag) and not self._since:
            self._pages.append(ListedPage(url, etag, following or "", paths))
        return following

    def _note_known(self, page: ListedPage) -> None:
        self._empty = 0 if set(page.paths) - self._unchanged else self._empty + 1
        self._unchanged |= set(page.paths)
        self._named += len(page.paths)
        self._pages.append(page)

    def _take(self, rows: list[object]) -> tuple[str, ...] | None:
        """Keep the documents of a page; their paths, or None where one of them cannot be used."""
        paths: list[str] = []
        sound, known = True, len(self._records)
        for number, row in enumerate(rows, start=1):
            try:
                record = read_record(row, self._place, self._service.given)
            except Nameless as problem:
                sound = False
                says = f"{problem}; nothing is retired for not being listed"
                name = f"document {number} of page {self._asked}"
                self._problems[name] = Problem(name, says)
                self._whole = False
                continue
            except BadRecord as problem:
                sound = False
                self._named += 1
                self._problems[problem.path] = Problem(problem.path, str(problem))
                continue
            self._keep(record)
            if record.document:
                paths.append(record.path)
        self._empty = 0 if len(self._records) > known else self._empty + 1
        return tuple(paths) if sound else None

    def _keep(self, record: Record) -> None:
        """Of two records of one document the later counts; where neither says which that is, none does."""
        before = self._records.get(record.path)
        if before is None:
            self._named += record.document is not None
        elif _version(before.document) == _version(record.document):
            return
        elif before.updated_at is None or record.updated_at is None or before.updated_at == record.updated_at:
            says = "listed twice with different words, and `updated_at` does not say which is right"
            # Which of the two is right nobody can say; what is published was right once, and stays.
            self._problems[record.path] = Problem(record.path, says, passing=True)
            return
        elif record.updated_at < before.updated_at:
            return
        self._records[record.path] = record

    def _address(self, cursor: str) -> str:
        said = {"limit": str(self._service.limits.per_page), "updated_since": self._since, "cursor": cursor}
        split = urlsplit(self._service.url)
        own = urlencode({name: value for name, value in said.items() if value})
        return urlunsplit((split.scheme, split.netloc, split.path or "/", f"{split.query}&{own}".strip("&"), ""))

    def _answer(self, url: str, before: ListedPage | None) -> Fetched:
        """The page, asked again while the service is busy. Raises: NotFetched."""
        limits = self._service.limits
        headers = {"Accept": "application/json"}
        if self._service.token:
            headers["Authorization"] = f"Bearer {self._service.token}"
        if before:
            headers["If-None-Match"] = before.etag
        for left in reversed(range(limits.tries)):
            wait = 2.0 ** (limits.tries - 1 - left)
            try:
                answer = fetch(self._host, url, headers=headers, timeout_s=limits.page_s, most_bytes=limits.page_bytes)
            except NotFetched as problem:
                if not left or not problem.passing:
                    raise
            else:
                self._bytes += len(answer.body)
                if answer.status == _OK or (answer.status == _UNCHANGED and before):
                    return answer
                if answer.status not in _BUSY or not left:
                    raise NotFetched(_refusal(answer.status), passing=True)
                wait = _wait(answer, wait)
            if wait > limits.longest_wait_s or time.monotonic() + wait > self._ends:
                raise NotFetched(f"it asks to be left alone for {wait:.0f} s", passing=True)
            self._pause(wait)
        raise NotFetched("it was not asked", passing=True)


def _refusal(status: int) -> str:
    if status in _CLOSED:
        return f"it answers {status}: the token is missing, wrong or has too few rights"
    if status == _TOO_MANY:
        return "it answers 429 each time: we ask too often for it"
    return f"it answers {status}"


def _wait(answer: Fetched, otherwise: float) -> float:
    """Seconds until the service wants to be asked again (RFC 9110, 10.2.3): a number, or a date."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        at = parsedate_to_datetime(said)
        until = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return otherwise
    return max(0.0, until - time.time())


def _object(body: bytes) -> dict[str, object]:
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        if body.lstrip()[:1] == b"<":
            raise NotFetched("it answers with a web page (a log-in?) and not with JSON", passing=True) from None
        raise NotFetched("what it answers is not JSON, or was cut off", passing=True) from None
    if not isinstance(read, dict):
        raise NotFetched("a page of it is not a JSON object", passing=True)
    return read


def _cursor(value: object) -> str | None:
    """Where the list goes on: words of the service's own, never an address."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > _LONGEST_CURSOR or not value.isprintable():
        raise NotFetched("`next` is neither null nor a short text", passing=True)
    return value


def _mark(value: object) -> str:
    """A moment with its zone, as the service wrote it; empty where it is none."""
    if not isinstance(value, str) or len(value) > _LONGEST_MARK:
        return ""
    try:
        return value if datetime.fromisoformat(value).tzinfo else ""
    except ValueError:
        return ""


def _sendable(etag: str) -> bool:
    return bool(etag) and etag.isascii() and etag.isprintable()


def _version(document: Document | None) -> str | None:
    return document.version if document else None
