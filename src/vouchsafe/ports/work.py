"""One transaction on the store: the nouns that stages and casework need, and `record`, the only way to write a case."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from vouchsafe.domain.contact import Contact
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.finding import RiskRank
from vouchsafe.domain.identifier import Token
from vouchsafe.domain.ids import (
    CaseId,
    ContactId,
    ConversationId,
    DeskId,
    EventId,
    MessageId,
    OutboxId,
    SubjectId,
    UserId,
    WorkspaceId,
)
from vouchsafe.domain.message import Attachment, ChannelKind, Inbound
from vouchsafe.domain.pack import NoticeKind
from vouchsafe.domain.reply import Approved, DeliveryState, Notice, Reply
from vouchsafe.domain.states import CaseFile, CaseHead, Circumstances, Received, Stage, State
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event
from vouchsafe.evidence.leaf import SealedPayload


class Outdated(VouchsafeError):
    """The case moved on meanwhile: reload it. Nothing was written."""


class NotFound(VouchsafeError):
    """There is no such item, or it is not yours to see; the two look the same."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """The clear columns of a case."""

    id: CaseId
    conversation: ConversationId
    desk: DeskId
    channel: ChannelKind
    stage: Stage
    version: int
    risk_rank: RiskRank
    queue: str | None
    also: tuple[str, ...]
    opened_at: datetime
    updated_at: datetime
    due_at: datetime | None
    holder: UserId | None
    attempts: int

    def head(self, workspace: WorkspaceId) -> CaseHead:
        """What every state of the case carries, as it stands."""
        return CaseHead(
            id=self.id,
            workspace=workspace,
            desk=self.desk,
            conversation=self.conversation,
            channel=self.channel,
            version=self.version,
            opened_at=self.opened_at,
        )


@dataclass(frozen=True, slots=True)
class ReadAttachment:
    """An attachment typed and read, with its bytes, on the way into the store."""

    attachment: Attachment
    content: bytes


@dataclass(frozen=True, slots=True)
class SealedObject:
    """A sealed file: its id, and what the trail holds of it."""

    id: UUID
    seal: SealedPayload


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message that was just stored, with its original and its attachments in their order."""

    id: MessageId
    original: SealedObject
    attachments: tuple[SealedObject, ...]


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One thing waiting to leave, or that left."""

    id: OutboxId
    case: CaseId
    conversation: ConversationId
    state: DeliveryState
    case_version: int
    attempt: int
    queued_at: datetime
    item: Approved[Reply] | Approved[Notice]


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where an answer goes and what it answers."""

    address: PhiText
    name: PhiText
    subject: PhiText
    thread_ids: tuple[str, ...]
    channel: ChannelKind


class Work(Protocol):
    """A transaction in one workspace. Ends with commit, or with nothing done."""

    @property
    def workspace(self) -> WorkspaceId:
        """Whose rows these are."""
        ...

    def record(self, state: State, *events: Event) -> None:
        """Write a state of a case and what happened, together. There is no way to write one alone.

        Raises: Outdated where another writer was first.
        """
        ...

    def note(self, *events: Event) -> tuple[EventId, ...]:
        """Write events that change no case: reads, log-ins, configuration."""
        ...

    # messages and conversations

    def known_message(
        self, desk: DeskId, channel: ChannelKind, provider_id: str
    ) -> tuple[MessageId, ConversationId] | None:
        """The message stored before at the desk under the channel's id."""
        ...

    def conversation_of(self, desk: DeskId, thread_ids: Sequence[str], sender: PhiText) -> ConversationId | None:
        """The conversation that a message of this sender continues, locked.

        By a key of ours among the ids, or the id of a mail from the same address; nobody else's id proves anything.
        """
        ...

    def conversation_named(self, desk: DeskId, thread_ids: Sequence[str]) -> ConversationId | None:
        """The conversation in which one of these ids stands, whoever wrote it: what a message claims, not a proof."""
        ...

    def has_written(self, conversation: ConversationId, sender: PhiText) -> bool:
        """Whether a message of this address stands in the conversation."""
        ...

    def open_conversation(self, desk: DeskId, channel: ChannelKind, session: str | None) -> ConversationId:
        """A new conversation under a key of its own, wrapped by a provisional subject."""
        ...

    def store_message(
        self, conversation: ConversationId, inbound: Inbound, read: Sequence[ReadAttachment], at: datetime
    ) -> StoredMessage:
        """Seal a message, its original and its attachments, and remember its thread ids."""
        ...

    def open_case(self, conversation: ConversationId) -> CaseRow | None:
        """The case of the conversation that has not ended, locked."""
        ...

    def received(self, row: CaseRow) -> Received:
        """Everything a pass over the case starts from."""
        ...

    def unanswered(self, conversation: ConversationId) -> tuple[MessageId, ...]:
        """Inbound messages after the last reply that left, oldest first."""
        ...

    def case_row(self, case: CaseId, *, lock: bool = False) -> CaseRow:
        """The clear columns. Raises: NotFound."""
        ...

    def case_file(self, case: CaseId) -> CaseFile:
        """What the last pass found. Raises: NotFound."""
        ...

    def head(self, case: CaseId) -> CaseHead:
        """The head of a case as it stands. Raises: NotFound."""
        ...

    def circumstances(self, conversation: ConversationId, *, since: CaseId) -> Circumstances:
        """What holds for the conversation now; `newer_message` is relative to the case."""
        ...

    def tokens(self, conversation: ConversationId) -> tuple[Token, ...]:
        """The conversation's tokens with the words they stand for."""
        ...

    def addressee(self, row: CaseRow) -> Addressee:
        """Where the answer to a case goes."""
        ...

    def contacts_at(self, address: PhiText) -> tuple[Contact, ...]:
        """Every contact on record under this address."""
        ...

    def settle(self, conversation: ConversationId, contact: ContactId, subject: SubjectId) -> None:
        """The conversation is this contact's: re-wrap its key under the contact's subject."""
        ...

    def notices_since(self, conversation: ConversationId, since: datetime) -> frozenset[NoticeKind]:
        """Kinds of notices queued or sent in the conversation since then."""
        ...

    # leaving

    def withdraw_queued(self, case: CaseId) -> int:
        """Withdraw the replies of a case that have not begun to leave; how many there were."""
        ...


class WorkFactory(Protocol):
    """Begins transactions."""

    def __call__(self, workspace: WorkspaceId) -> AbstractContextManager[Work]:
        """A transaction in this workspace."""
        ...
