"""What becomes of knowledge on its way to being cited: held at the door, withdrawn, questionable, missing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from vouchsafe.domain.ids import CaseId, UserId
from vouchsafe.domain.passage import Document, Passage


class HoldKind(StrEnum):
    """Why a document waits for a person before it is indexed."""

    IDENTIFIER = "identifier"
    """Something that identifies a patient, or looks like it."""
    INSTRUCTION = "instruction"
    """Words addressed to a machine."""
    HIDDEN = "hidden"
    """Characters that a reader does not see."""


@dataclass(frozen=True, slots=True)
class HoldReason:
    """One thing that was found. `says` never quotes the document; `line` counts from 1 in its text as read."""

    kind: HoldKind
    says: str
    line: int


class HeldState(StrEnum):
    """What was decided about a held version. Only `released` ones are searched."""

    HELD = "held"
    RELEASED = "released"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"
    """Its source holds another version by now, or none; nobody needs to decide any more."""


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document version that waits for a person's decision."""

    id: UUID
    source: str
    document: Document
    reasons: tuple[HoldReason, ...]
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A document that is out of search, whatever an import brings, until it is reinstated."""

    path: str
    by: UserId
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CitingReply:
    """A reply that rests on a document: the case, and how far the reply came (`queued`, `sent`, `uncertain` ...)."""

    case: CaseId
    state: str
    at: datetime


class Doubt(StrEnum):
    """What is questionable about a published document."""

    NO_OWNER = "no owner"
    STALE = "review overdue"
    EXPIRES = "expires soon"
    EXPIRED = "expired"
    OVERLAP = "versions overlap"
    NOBODY = "nobody may read it"
    CONFLICT = "says something else"


@dataclass(frozen=True, slots=True)
class Questionable:
    """One thing that needs a person, about the document at `path`. `says` may quote the document, which is no PHI."""

    doubt: Doubt
    path: str
    says: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a passage."""

    passage: Passage
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sentences about the same thing that cannot both hold. `differs` names what: price, time, number, negation."""

    first: Statement
    second: Statement
    differs: str
    likeness: float
    """Cosine of the two sentences, in [-1, 1]."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that no source answers, alike enough to be one. `examples` are redacted, the most typical first."""

    count: int
    first: datetime
    last: datetime
    examples: tuple[str, ...]
    cases: tuple[CaseId, ...]
