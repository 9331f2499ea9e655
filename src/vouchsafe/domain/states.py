"""The states of a case, one type each: the order of the pipeline cannot be got wrong.

Received -> Identified -> Redacted -> Understood -> Grounded -> Drafted | Unanswerable
-> Approved | AwaitingHuman | Escalated -> Sent | Closed; at any time Superseded or Parked.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vouchsafe.domain.contact import Assurance, Identity
from vouchsafe.domain.draft import Draft, WhyNot
from vouchsafe.domain.finding import Findings, Vulnerability
from vouchsafe.domain.identifier import Token
from vouchsafe.domain.ids import (
    AttachmentId,
    CaseId,
    ContactId,
    ConversationId,
    DeskId,
    MessageId,
    OutboxId,
    QueueName,
    SubjectId,
    UserId,
    WorkspaceId,
)
from vouchsafe.domain.message import Author, ChannelKind, Direction, Readable, Turn
from vouchsafe.domain.pack import Mode, NoticeKind
from vouchsafe.domain.passage import Hits, Passage
from vouchsafe.domain.reply import Approved, Notice, Reply
from vouchsafe.domain.ruling import Ruling
from vouchsafe.domain.text import SafeText


class Stage(StrEnum):
    """The name of a state, as it stands in clear in the case row."""

    RECEIVED = "received"
    APPROVED = "approved"
    AWAITING_HUMAN = "awaiting_human"
    ESCALATED = "escalated"
    SENT = "sent"
    CLOSED = "closed"
    SUPERSEDED = "superseded"
    PARKED = "parked"


OPEN_STAGES = frozenset({Stage.RECEIVED, Stage.APPROVED, Stage.AWAITING_HUMAN, Stage.ESCALATED, Stage.PARKED})


@dataclass(frozen=True, slots=True)
class Sticky:
    """Risks found earlier in the conversation and not cleared by a clinician since (R178)."""

    clinical: bool = False
    crisis: bool = False
    safeguarding: bool = False

    @property
    def any(self) -> bool:
        """Whether any of them still holds."""
        return self.clinical or self.crisis or self.safeguarding


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the store knows about the conversation when a case is advanced; inputs of the ruling, so they are kept.

    `desk_mode` caps every intent's mode. `stopped` is true when a stop covers the workspace, the desk or any intent
    that this case may fall under; `stopped_intents` names intents under a stop of their own.
    """

    desk_mode: Mode
    stopped: bool = False
    stopped_intents: frozenset[str] = frozenset()
    person_holds: UserId | None = None
    person_joined: bool = False
    """A person has answered here and has not given the conversation back, whoever holds it now (R179)."""
    sticky: Sticky = field(default_factory=Sticky)
    auto_replies_today: int = 0
    newer_message: bool = False
    uncertain_reply: bool = False
    """An earlier reply of the conversation may have left and may not: nothing follows it without a person."""
    sentiment_consent: bool = False
    """R162: off until given."""
    contact_opted_out: bool = False
    """The contact asked for no automatic answers; a person answers then."""


@dataclass(frozen=True, slots=True)
class CaseHead:
    """What every state of a case carries. `version` grows with each write and fences late workers."""

    id: CaseId
    workspace: WorkspaceId
    desk: DeskId
    conversation: ConversationId
    channel: ChannelKind
    version: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """The unanswered messages of a conversation, and the turns before them, words as they arrived."""

    head: CaseHead
    circumstances: Circumstances
    turns: tuple[Turn, ...]
    """The whole conversation, oldest first."""
    unanswered: tuple[MessageId, ...]
    tokens: tuple[Token, ...] = ()
    """The conversation's tokens so far, so that the same value keeps the same token."""
    asserted: bool = False
    """The channel vouched for the address of every unanswered message."""
    automatic: bool = False
    """All unanswered messages are auto-replies or bounces: nobody is answered."""
    problems: tuple[str, ...] = ()
    """What had to be mended in the unanswered messages, as closed words, each once."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The same, with who may be writing."""

    received: Received
    identity: Identity


@dataclass(frozen=True, slots=True)
class SafeAttachment:
    """An attachment after redaction."""

    id: AttachmentId
    file_name: SafeText
    sniffed_type: str
    size: int
    readable: Readable
    text: SafeText | None


@dataclass(frozen=True, slots=True)
class SafeTurn:
    """A turn after redaction, every part of it."""

    id: MessageId
    direction: Direction
    author: Author
    author_name: str
    at: datetime
    subject: SafeText
    text: SafeText
    quoted: SafeText
    hidden: SafeText
    """What a reader does not see (hidden HTML) and what normalising removed; for the injection detector only."""
    attachments: tuple[SafeAttachment, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Identity without the record: what stages after redaction may know."""

    level: Assurance
    contact: ContactId | None
    subject: SubjectId | None
    shared_address: bool
    is_staff: bool
    groups: frozenset[str] = frozenset()
    """Words of audience that the master gives this contact alone."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """The conversation as `SafeText`. `tokens` are new or already known ones of this conversation, to be sealed."""

    head: CaseHead
    circumstances: Circumstances
    person: Person
    turns: tuple[SafeTurn, ...]
    unanswered: tuple[MessageId, ...]
    automatic: bool
    tokens: tuple[Token, ...]
    redactor: str
    """`name@digest` of rules and weights that redacted."""
    failed: bool = False
    """Redaction could not finish some part; that part is empty here and a person looks."""
    problems: tuple[str, ...] = ()
    """What had to be mended in the unanswered messages, as closed words, each once."""

    @property
    def fresh(self) -> tuple[SafeTurn, ...]:
        """The unanswered turns, oldest first."""
        wanted = set(self.unanswered)
        return tuple(turn for turn in self.turns if turn.id in wanted)

    @property
    def earlier(self) -> tuple[SafeTurn, ...]:
        """The turns before, oldest first."""
        wanted = set(self.unanswered)
        return tuple(turn for turn in self.turns if turn.id not in wanted)


@dataclass(frozen=True, slots=True)
class Understood:
    """With findings."""

    redacted: Redacted
    findings: Findings

    @property
    def phi(self) -> bool:
        """Whether something identifies somebody and something speaks of health (R62).

        What could not be redacted or judged counts as if it did: the label may stand too often, never too seldom.
        """
        redacted, findings = self.redacted, self.findings
        sticky = redacted.circumstances.sticky
        identifies = bool(redacted.tokens) or redacted.person.contact is not None or redacted.failed
        health = findings.clinical.flag or findings.crisis.flag or findings.has(Vulnerability.HEALTH)
        return identifies and (health or sticky.clinical or sticky.crisis or bool(findings.failed))


@dataclass(frozen=True, slots=True)
class Part:
    """One of several questions in the same messages, with the passages found for it alone."""

    query: SafeText
    hits: Hits


@dataclass(frozen=True, slots=True)
class Grounded:
    """With the passages that the contact may see."""

    understood: Understood
    hits: Hits
    query: SafeText
    parts: tuple[Part, ...] = ()
    """The questions one by one where there is more than one; empty otherwise."""

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Of every search for it, the whole message's first; one that several found stands there several times."""
        found = (self.hits, *(part.hits for part in self.parts))
        return tuple(hit.passage for hits in found for hit in hits.hits)


@dataclass(frozen=True, slots=True)
class Drafted:
    """With an answer, every sentence with its support."""

    grounded: Grounded
    draft: Draft


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """No draft, and why."""

    grounded: Grounded
    why: WhyNot


@dataclass(frozen=True, slots=True)
class AwaitingHuman:
    """The gate held it: a person reads and decides. `shadow` drafts are hidden from whoever answers."""

    head: CaseHead
    drafted: Drafted | Unanswerable
    ruling: Ruling
    draft_visible: bool


@dataclass(frozen=True, slots=True)
class Escalated:
    """A risk was found: a person of the named queue reads it, and an alarm of the ruling's tier goes out."""

    head: CaseHead
    drafted: Drafted | Unanswerable
    ruling: Ruling
    draft_visible: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """The reply left. `provider_id` is the channel's own id of it."""

    head: CaseHead
    item: OutboxId
    provider_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """A person ended it without a reply, and why."""

    head: CaseHead
    by: UserId
    why: str


@dataclass(frozen=True, slots=True)
class Superseded:
    """A newer message opened a new case that covers this one's messages too."""

    head: CaseHead
    by: CaseId


@dataclass(frozen=True, slots=True)
class Parked:
    """A computation failed; nothing is lost, a person looks. `failure` is the error's class name, never its text."""

    head: CaseHead
    failure: str
    queue: QueueName
    due_at: datetime


Ruled = Approved[Reply] | AwaitingHuman | Escalated


@dataclass(frozen=True, slots=True)
class Decided:
    """One whole pass over a case: the gate's outcome, the chain it rests on, and the notice that goes out."""

    outcome: Ruled
    drafted: Drafted | Unanswerable
    ruling: Ruling
    notice: Approved[Notice] | None
    due_at: datetime | None = None
    """Until when a person should have answered, as the queue promises."""


@dataclass(frozen=True, slots=True)
class Redrafted:
    """A case that waits for a person has a language model's draft in the place of the local one, or beside it.

    Stage, queue, due time and alarms stay as the pass over the message set them. Where `beside` is set the rest of the
    case is unchanged, and there is no new ruling.
    """

    head: CaseHead
    drafted: Drafted
    ruling: Ruling | None
    draft_visible: bool
    beside: Draft | None = None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What a reviewer and `explain` see of a pass: the chain without earlier turns and without whole documents."""

    drafted: Drafted | Unanswerable
    ruling: Ruling
    draft_visible: bool
    notice: NoticeKind | None
    reply: Approved[Reply] | None = None
    """The reply as it was queued, edited or not."""
    beside: Draft | None = None
    """A language model's draft of which no sentence has a source: to be seen with its marks, never to be signed."""
    phi: bool = False
    """As `Understood.phi` said of the whole chain, with its tokens."""


State = (
    Received
    | Identified
    | Redacted
    | Understood
    | Grounded
    | Drafted
    | Unanswerable
    | Approved[Reply]
    | AwaitingHuman
    | Escalated
    | Decided
    | Redrafted
    | Sent
    | Closed
    | Superseded
    | Parked
)
