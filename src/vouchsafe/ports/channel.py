"""Doors to the outside: they hand messages in and send what was approved."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import CaseId, ConversationId, MessageId
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.domain.reply import Approved, Envelope, Notice, Reply


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message is stored durably and a case covers it. `duplicate`: it had been stored before."""

    message: MessageId
    conversation: ConversationId
    case: CaseId | None
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The message could not be read; its bytes are kept sealed and a person is asked to look."""

    problem: str


Intake = Callable[[Inbound], Accepted | Quarantined]
"""Stores a message durably. A channel acknowledges to the other side only after it returned."""

Quarantine = Callable[[ChannelKind, str, bytes, str], Quarantined]
"""Keeps bytes that could not be parsed: channel, recipient, bytes, problem (a closed word such as `too_large`)."""


class UnknownRecipient(VouchsafeError):
    """No desk takes messages for this recipient."""


class Undeliverable(VouchsafeError):
    """The other side refused. `permanent`: trying again cannot help."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        self.permanent = permanent
        super().__init__(reason)


class Uncertain(VouchsafeError):
    """The connection broke after the hand-over began: it may have been sent. A person decides, never a retry."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side took responsibility. `provider_id` is its id of the item, or ours where it gives none."""

    provider_id: str


class Channel(Protocol):
    """One kind of door."""

    @property
    def kind(self) -> ChannelKind:
        """Which kind this is."""
        ...

    def send(self, item: Approved[Reply] | Approved[Notice], envelope: Envelope) -> Delivered:
        """Hand over one approved item.

        Raises: Undeliverable where the other side refused, Uncertain where we cannot know.
        """
        ...


@runtime_checkable
class Pager(Protocol):
    """Mails a page to staff. The words are ours and hold no PHI."""

    def page(self, to: str, *, subject: str, body: str) -> None:
        """Hand over one page. Raises: Undeliverable, Uncertain."""
        ...
