"""What may leave: replies and notices, and the approval without which a channel takes nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from vouchsafe.domain.draft import Citation, Draft
from vouchsafe.domain.ids import CaseId, ConversationId, UserId, WorkspaceId
from vouchsafe.domain.message import Author
from vouchsafe.domain.pack import NoticeKind
from vouchsafe.domain.ruling import Ruling
from vouchsafe.domain.text import PhiText, SafeText


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the unanswered messages of a case, tokens unrestored.

    `author` is MACHINE (discloses that it is AI and offers a person) or PERSON (carries `signed_as`, R21).
    """

    text: SafeText
    author: Author
    signed_as: str
    language: str
    citations: tuple[Citation, ...]
    draft: Draft
    intent: str | None = None
    """The intent it answers, so that a stop on the intent reaches it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A fixed, pre-approved text without facts or patient data, chosen by rule."""

    kind: NoticeKind
    text: SafeText
    language: str
    pack: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A person's name under a reply."""

    user: UserId
    at: datetime
    signed_as: str


Outgoing = TypeVar("Outgoing", Reply, Notice)


@dataclass(frozen=True, slots=True)
class Approved(Generic[Outgoing]):
    """The only thing a channel sends. Built in `pipeline/gate`, `pipeline/review` and store's row readers alone.

    `ruling` is the gate's; `signatures` are empty where the gate alone approved.
    """

    item: Outgoing
    workspace: WorkspaceId
    conversation: ConversationId
    case: CaseId
    case_version: int
    ruling: Ruling | None
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the channel needs beside the approved words: made in `pipeline/send`, the one place tokens are restored.

    `key` is stable and unguessable: the Message-ID for mail, the idempotency key elsewhere.
    """

    to: PhiText
    to_name: PhiText
    subject: PhiText
    body: PhiText
    key: str
    thread_ids: tuple[str, ...]
    automatic: bool


class DeliveryState(StrEnum):
    """Where an outgoing item stands.

    HELD waits for an agreement with whoever would carry it, and goes on by itself once there is one. UNCERTAIN counts
    as neither sent nor failed; a person decides.
    """

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    WITHDRAWN = "withdrawn"
