"""A desk's documents as pages show them: the state of each in a word, who may read it, and which a person may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from vouchsafe.domain.facts import SlotType
from vouchsafe.domain.knowledge import Withdrawal
from vouchsafe.domain.passage import Audience, Document
from vouchsafe.store.knowledge_views import Shelved, cited_as


class DocumentState(StrEnum):
    """What a document is to search today; the value stands in addresses."""

    IN_FORCE = "in-force"
    FUTURE = "future"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A state in words, with the icon and colour that go with it."""

    words: str
    meaning: str


STATES = {
    DocumentState.IN_FORCE: Spoken("in force", "done"),
    DocumentState.FUTURE: Spoken("not yet in force", "waiting"),
    DocumentState.EXPIRED: Spoken("expired", "caution"),
    DocumentState.WITHDRAWN: Spoken("withdrawn", "urgent"),
    DocumentState.RETIRED: Spoken("gone from its source", "caution"),
}
AUDIENCES = {
    Audience.PUBLIC.value: "everybody",
    Audience.PATIENT.value: "patients",
    Audience.STAFF.value: "staff",
    Audience.CLINICIAN.value: "clinicians",
    Audience.IT.value: "IT",
    Audience.INTERNAL.value: "internal",
}
SLOT_TYPES = {
    SlotType.PHONE.value: "telephone number",
    SlotType.URL.value: "address on the web",
    SlotType.PRICE.value: "price",
    SlotType.HOURS.value: "opening hours",
    SlotType.DATE.value: "date",
    SlotType.TEXT.value: "words",
}
NOBODY = "nobody"
SOURCES = {"folder": "a folder", "website": "a website", "api": "the API"}
"""Where documents come from, by the first word of the source's name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a desk. `versions`: oldest first, the last one is what the page shows; `stale`: review is due."""

    path: str
    versions: tuple[Shelved, ...]
    state: DocumentState
    stale: bool
    cited: int
    withdrawal: Withdrawal | None

    @property
    def shelved(self) -> Shelved:
        """The newest version."""
        return self.versions[-1]

    @property
    def now(self) -> Document:
        """What the newest version says."""
        return self.versions[-1].document

    @property
    def readers(self) -> tuple[str, ...]:
        """Who may read it, in words; names of groups stay as they are."""
        return tuple(AUDIENCES.get(one, one) for one in sorted(self.now.audience)) or (NOBODY,)

    @property
    def source(self) -> str:
        """Where it came from, in words."""
        return source_in_words(self.shelved.source)


def entries(
    versions: Iterable[Shelved], withdrawals: Sequence[Withdrawal], cited: dict[str, int], today: date
) -> tuple[Entry, ...]:
    """The documents by path. `versions` come by path, the newest last; `cited` by the name that leaves use."""
    out = {one.path: one for one in withdrawals}
    found = []
    for path, group in groupby(versions, key=lambda one: one.document.path):
        series = tuple(group)
        review = series[-1].document.review_date
        state = _state(series[-1], withdrawn=path in out, today=today)
        # Nobody owes a review of what is out of use.
        stale = review is not None and review < today and state in {DocumentState.IN_FORCE, DocumentState.FUTURE}
        found.append(Entry(path, series, state, stale, cited.get(cited_as(path), 0), out.get(path)))
    return tuple(found)


def matching(shown: Iterable[Entry], words: str) -> tuple[Entry, ...]:
    """Those with every one of the words in title, path, owner or text."""
    wanted = words.casefold().split()
    return tuple(one for one in shown if all(word in _said(one) for word in wanted))


def source_in_words(source: str) -> str:
    """A source's name for a person: `website:https://...` is a website and its address."""
    kind, colon, rest = source.partition(":")
    return f"{SOURCES.get(kind, kind)}{colon} {rest}".strip()


def _said(one: Entry) -> str:
    return f"{one.now.title} {one.path} {one.now.owner} {one.now.text}".casefold()


def _state(one: Shelved, *, withdrawn: bool, today: date) -> DocumentState:
    document = one.document
    if withdrawn:
        return DocumentState.WITHDRAWN
    if one.retired_at is not None:
        return DocumentState.RETIRED
    if document.in_force(today):
        return DocumentState.IN_FORCE
    future = document.effective_from is not None and today < document.effective_from
    return DocumentState.FUTURE if future else DocumentState.EXPIRED
