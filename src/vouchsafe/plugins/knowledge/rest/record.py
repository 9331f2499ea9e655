"""One document as a service lists it: an object of JSON, into a document, a deletion, or why it is not used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.passage import Document
from vouchsafe.plugins.knowledge.folder.formats import Extract, Unreadable, read
from vouchsafe.plugins.knowledge.folder.metadata import BadMetadata
from vouchsafe.plugins.knowledge.folder.source import document_of

_SUFFIXES = {"markdown": ".md", "html": ".html", "text": ".txt"}
_META = frozenset({"title", "audience", "effective_from", "effective_to", "language", "intent", "owner", "review_date"})
_ID = re.compile(r"(?!/)[^\x00-\x20\x7f@#\\?]{1,160}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""What nobody sees: controls, marks of no width, and marks that turn the direction of what follows."""
_LONGEST_WORDS = 500


class Nameless(VouchsafeError):
    """A record does not say which document it is, so nothing can be concluded from the list that holds it."""


class BadRecord(VouchsafeError):
    """A document cannot be used; `path` says which."""

    def __init__(self, path: str, says: str) -> None:
        self.path = path
        super().__init__(says)


@dataclass(frozen=True, slots=True)
class Record:
    """One document of a list; `document` is None where the service says that it is deleted."""

    path: str
    document: Document | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """What the operator says of every document: words that count where a document has none of its own."""

    audience: tuple[str, ...] = ()
    owner: str = ""
    approved_for_auto: bool = False
    """The service's own word on this counts only where the operator's does too: whoever can edit a page of the help
    centre has not for that reason decided what goes to patients without a person."""


def read_record(row: object, place: str, given: Given) -> Record:
    """The record of one object. `place` stands before the id in its path. Raises: Nameless, BadRecord."""
    if not isinstance(row, dict):
        raise Nameless("not a JSON object")
    path = _path(row.get("id"), place)
    try:
        updated_at = _time(row.get("updated_at"))
        gone = _yes_or_no(row, "deleted")
        return Record(path, None if gone else _document(path, row, given), updated_at)
    except (Unreadable, BadMetadata) as problem:
        raise BadRecord(path, str(problem)) from problem


def _path(name: object, place: str) -> str:
    name = str(name) if isinstance(name, int) and not isinstance(name, bool) else name
    if not isinstance(name, str) or not _ID.fullmatch(name) or _CONTROL.search(name) or ".." in name.split("/"):
        raise Nameless("needs `id`: a number or a short name without spaces, @, #, ? and ..")
    return f"{place}/{name}"


def _document(path: str, row: Mapping[str, object], given: Given) -> Document:
    body, form = row.get("body"), row.get("format", "markdown")
    if not isinstance(body, str) or not isinstance(form, str) or form not in _SUFFIXES:
        raise Unreadable("needs `body`, and `format` markdown, html or text where it is given")
    meta = {key: value for key, value in row.items() if key in _META and value is not None}
    for key, value in meta.items():
        if any(_CONTROL.search(word) or len(word) > _LONGEST_WORDS for word in _words(value)):
            raise BadMetadata(f"`{key}` is too long or holds characters that nobody sees")
    language = meta.get("language")
    if language is not None and not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
        raise BadMetadata("`language` is not a code such as en or es-MX")
    own = _yes_or_no(row, "approved_for_auto")
    (extract,) = read(_SUFFIXES[form], body.encode("utf-8", "surrogatepass"))
    said = {"audience": list(given.audience), "owner": given.owner} | meta
    said["approved_for_auto"] = own and given.approved_for_auto
    # What stands in the object counts; front matter or meta tags inside the body belong to another system's page.
    return document_of(path, Extract(extract.text, {}, extract.title), said)


def _yes_or_no(row: Mapping[str, object], key: str) -> bool:
    value = row.get(key, False)
    if not isinstance(value, bool):
        raise BadMetadata(f"`{key}` must be true or false")
    return value


def _words(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [str(one) for one in listed]


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise Unreadable("`updated_at` is not a time with its zone such as 2026-01-31T09:00:00Z")
    return time
