"""Messages: what a channel hands in, and what a conversation holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vouchsafe.domain.ids import AttachmentId, MessageId
from vouchsafe.domain.text import PhiText


class ChannelKind(StrEnum):
    """The doors messages come through."""

    EMAIL = "email"
    WEB_FORM = "web_form"
    CHAT = "chat"


class Direction(StrEnum):
    """Whether a message came to us or left us."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Author(StrEnum):
    """Who wrote a turn of a conversation."""

    CONTACT = "contact"
    MACHINE = "machine"
    PERSON = "person"
    NOTICE = "notice"


class Readable(StrEnum):
    """Whether an attachment was read as text. Anything but READ removes automation (R190)."""

    READ = "read"
    PICTURE = "picture"
    NOT_TEXT = "not_text"
    TOO_LONG = "too_long"
    ENCRYPTED = "encrypted"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message. `size` in bytes; `text` only where `readable` is READ."""

    id: AttachmentId
    file_name: PhiText
    declared_type: str
    sniffed_type: str
    size: int
    readable: Readable
    text: PhiText | None = None


@dataclass(frozen=True, slots=True)
class AttachmentData:
    """An attachment as a channel hands it in, not yet typed or sealed."""

    file_name: PhiText
    declared_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sender:
    """Who claims to write: the channel's address (mail address, phone, chat session) and the display name."""

    address: PhiText
    display_name: PhiText


CLAIMS_THREAD = "claims_thread"
"""A problem found at intake: the message refers to a conversation that its sender cannot be shown to belong to."""
NEW_SENDER = "new_sender"
"""A problem found at intake: it answers a mail of ours, from an address that did not write there before."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as a channel hands it in.

    `recipient` picks the desk through the `route` table. `provider_id` is the channel's own id; with `channel`
    it is unique in a workspace. `new_text` is what the person wrote this time, `quoted_text` what was quoted,
    `hidden_text` what a reader would not see (hidden HTML, comments), kept for the injection detector only.
    `automatic` marks auto-replies and bounces (RFC 3834), which never get an answer.
    `asserted` is true where the channel vouches for the address (DMARC pass, signed-in session).
    """

    channel: ChannelKind
    recipient: str
    provider_id: str
    sender: Sender
    subject: PhiText
    new_text: PhiText
    quoted_text: PhiText
    hidden_text: PhiText
    attachments: tuple[AttachmentData, ...]
    thread_ids: tuple[str, ...]
    """Message-IDs of References and In-Reply-To, or the chat session, newest last."""
    sent_at: datetime | None
    automatic: bool
    asserted: bool
    original: bytes
    problems: tuple[str, ...] = ()
    """What had to be mended while parsing, as closed words such as `broken_header`, `charset_replaced`."""
    own_id: str = ""
    """The item's own id in threads (for mail the Message-ID without brackets); empty where it has none."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, words as they arrived or as they left."""

    id: MessageId
    direction: Direction
    author: Author
    author_name: str
    """Of a person or the machine on our side; empty for a contact."""
    at: datetime
    subject: PhiText
    text: PhiText
    quoted: PhiText
    hidden: PhiText
    sender_name: PhiText
    sender_address: PhiText
    attachments: tuple[Attachment, ...]
