"""Knowledge: documents in versions, citable passages, and who may read them."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vouchsafe.domain.answers import ApprovedAnswer
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.text import Span


class Audience(StrEnum):
    """Who a document is written for. An unknown word in a document's metadata is refused at import."""

    PUBLIC = "public"
    PATIENT = "patient"
    STAFF = "staff"
    CLINICIAN = "clinician"
    IT = "it"
    INTERNAL = "internal"


_NAMED = re.compile(r"[^\s:,;]+:[^\s,;]+")
_OF_WORK = frozenset({Audience.STAFF, Audience.CLINICIAN, Audience.IT, Audience.INTERNAL})


def of_work(group: str) -> bool:
    """Whether a word of audience is for people who work here: one of those words, or a named group of that kind.

    Spelled in any way, since a word that is refused too often shows, and one that is let through does not.
    """
    return group.partition(":")[0].strip().casefold() in _OF_WORK


def names_members(group: str) -> bool:
    """Whether the organisation's master may say who belongs: a named group, clinicians or IT."""
    return _NAMED.fullmatch(group) is not None or group in {Audience.CLINICIAN, Audience.IT}


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one document. In force from `effective_from` (included) to `effective_to` (included).

    `approved_for_auto` absent in the metadata means False: never the source of an automatic reply.
    """

    path: str
    """Relative to the knowledge folder; the stable name of the document."""
    version: str
    """First 12 hex digits of the SHA-256 of its content and metadata."""
    title: str
    audience: frozenset[str]
    """Words of `Audience` or names of groups; empty means nobody may read it."""
    effective_from: date | None
    effective_to: date | None
    approved_for_auto: bool
    language: str
    intent: str | None
    owner: str
    review_date: date | None
    text: str
    answer: ApprovedAnswer | None = None
    """What makes it an approved answer; None for a page. Its text is filled already."""

    @property
    def intents(self) -> frozenset[str]:
        """The kinds of question it is written for; empty where it names none."""
        named = (name.strip() for name in (self.intent or "").split(","))
        return frozenset(name for name in named if name)

    def in_force(self, day: date) -> bool:
        """Whether this version counts on `day`, a day of the desk's time zone."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable piece of a document version: `span` of the document's text, with its heading path."""

    document: Document
    number: int
    """Position in the document, from 1."""
    heading: str
    text: str
    span: Span

    @property
    def name(self) -> str:
        """`path@version#number`, the form that stands in the trail."""
        return f"{self.document.path}@{self.document.version}#{self.number}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query. `score` in [0, 1], comparable within one search only."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, made by the server only. An empty `groups` sees nothing.

    A passage may be read when its document's audience and `groups` share a word and the version is in force `on`.
    """

    groups: frozenset[str]
    level: Assurance
    on: date
    public_only: bool = False
    """Set once an injection was found: then only `public` passages exist for this case."""

    def may_read(self, document: Document) -> bool:
        """Whether a reader of this scope may see the document. Unknown rights mean no."""
        groups = self.groups & {Audience.PUBLIC.value} if self.public_only else self.groups
        return bool(groups & document.audience) and document.in_force(self.on)


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search gave, best first.

    `confidence` in [0, 1], calibrated; `abstain` says that nothing here should be trusted to answer. "Nothing found"
    and "nothing you may see" look the same.
    """

    hits: tuple[Hit, ...]
    confidence: float
    abstain: bool
    index: str
    """`name@digest` of the index searched."""
