"""Policy packs: the versioned rules, intents, templates, queues and notices of a desk."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.finding import Tier
from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.passage import names_members, of_work

MEMBERS_FROM = Assurance.CODE_VERIFIED
"""The assurance from which on a contact counts as a member of the groups that the master gives them."""


class Mode(StrEnum):
    """How far the AI may go for an intent, least first (design section 3)."""

    OFF = "off"
    SHADOW = "shadow"
    COPILOT = "copilot"
    AUTO = "auto"


MODE_ORDER = (Mode.OFF, Mode.SHADOW, Mode.COPILOT, Mode.AUTO)


def least(first: Mode, second: Mode) -> Mode:
    """The more careful of two modes: a desk's mode caps its intents' modes."""
    return min(first, second, key=MODE_ORDER.index)


class NoticeKind(StrEnum):
    """Fixed texts chosen by rule (R176). SAFE may go out where safeguarding or a threat was found (R196).

    WAITING goes out before anything was judged, so it is the same for every writer and safe for all of them.
    """

    RECEIVED = "received"
    PERSON_WILL_ANSWER = "person_will_answer"
    URGENT = "urgent"
    CRISIS = "crisis"
    SAFE = "safe"
    WAITING = "waiting"


EXEMPT_FROM_LIMIT = frozenset({NoticeKind.URGENT, NoticeKind.CRISIS})
"""Crisis and urgent notices are exempt from the limit on automatic answers, never from loop protection (R176)."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One routine kind of question and how far the AI may go with it.

    `level` is the assurance that a reply to it needs (personal data); `personal` says whether the answer would hold
    data of the subject: then the extractive drafter gives only the general process.
    `self_service_only`: only the published self-service link is ever sent (R189).
    `near_risk`: the pack says auto, but the examples let clinical or crisis words through, so it is in copilot.
    """

    name: str
    title: str
    mode: Mode
    queue: QueueName
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...] = ()
    level: Assurance = Assurance.ANONYMOUS
    personal: bool = False
    self_service_only: bool = False
    near_risk: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of people. `answer_within_min`: the time its members promise, in minutes of its opening hours."""

    name: QueueName
    title: str
    answer_within_min: int
    clinical: bool = False


@dataclass(frozen=True, slots=True)
class Routes:
    """Where each finding goes. Clinical findings never go to an IT queue (R141)."""

    clinical: QueueName
    emergent: QueueName
    crisis: QueueName
    dispute: QueueName
    complaint: QueueName
    legal_threat: QueueName
    human_request: QueueName
    vulnerability: QueueName
    safeguarding: QueueName
    threat: QueueName
    outage: QueueName
    outage_also: QueueName
    language: QueueName
    injection: QueueName
    attachment: QueueName
    unknown: QueueName


@dataclass(frozen=True, slots=True)
class NoticeText:
    """One approved notice in one language. `safe_for_writer`: may be sent where somebody else could read it (R196)."""

    kind: NoticeKind
    language: str
    text: str
    safe_for_writer: bool = False


@dataclass(frozen=True, slots=True)
class Remedy:
    """A commitment that operations authorised in advance, with its limit (R16)."""

    name: str
    phrase: str
    limit: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """Approved phrases without facts, in one language.

    Slots: `{name}` organisation, `{desk}`, `{phone}`, `{link}`, `{title}`, `{part}` a part of the message.
    """

    language: str
    greeting: str
    disclosure: str
    human_path: str
    closing: str
    sources_lead: str
    partial: str
    open_part: str
    """Says of one part of a message, quoted in `{part}`, that a person has to answer it."""
    person_signature: str


@dataclass(frozen=True, slots=True)
class HoldRow:
    """An operator's own rule: may only tighten. Fires when any of `words` stands in the message or the draft."""

    id: str
    reason: str
    words: tuple[str, ...]
    look_in: str
    """`message`, `draft` or `both`."""
    queue: QueueName | None


@dataclass(frozen=True, slots=True)
class Pack:
    """The policy pack of one desk, loaded and checked; `digest` is the SHA-256 of its files."""

    name: str
    version: str
    digest: str
    title: str
    organisation: str
    audience: str
    """`patient` or `staff`: whose desk this is."""
    zone: str
    emergency_number: str
    phone: str
    intents: tuple[Intent, ...]
    queues: tuple[Queue, ...]
    routes: Routes
    notices: tuple[NoticeText, ...]
    phrases: tuple[Phrases, ...]
    remedies: tuple[Remedy, ...]
    holds: tuple[HoldRow, ...]
    languages: tuple[str, ...]
    """Languages the desk answers in by itself; any other goes to a person."""
    signatures: int
    """How many people must sign a reply that was held (at least 1)."""
    groups: frozenset[str]
    """What a contact of this desk may read; with assurance the pack may add to it, see `groups_at`."""
    groups_at: tuple[tuple[Assurance, frozenset[str]], ...]
    notice_every_min: int
    """At most one notice of a kind per conversation in this many minutes."""
    auto_replies_per_day: int
    """At most this many automatic replies per conversation and day: loop protection."""
    pages_for: tuple[Tier, ...] = (Tier.PAGE,)
    crisis_line: str = ""
    """The number of the crisis line that the crisis notice names, such as 988."""
    min_confidence: float = 0.0
    """In [0, 1]: a search below it waits for a person (R78), on top of the search's own abstention."""

    @property
    def ref(self) -> str:
        """`name@digest`, the form that stands in the trail."""
        return f"{self.name}@{self.digest[:16]}"

    def intent(self, name: str | None) -> Intent | None:
        """The intent of that name, or None."""
        return next((i for i in self.intents if i.name == name), None)

    def holding(self, near_risk: Collection[str]) -> "Pack":
        """The pack with the intents of these names in copilot at most; it keeps its name and digest."""
        return replace(
            self,
            intents=tuple(
                replace(one, mode=Mode.COPILOT, near_risk=True)
                if one.mode is Mode.AUTO and one.name in near_risk
                else one
                for one in self.intents
            ),
        )

    def queue(self, name: QueueName) -> Queue:
        """The queue of that name. Raises: KeyError for a name the pack does not have."""
        for queue in self.queues:
            if queue.name == name:
                return queue
        raise KeyError(name)

    def phrases_in(self, language: str) -> Phrases:
        """Phrases in a language, else in the pack's first."""
        return next((p for p in self.phrases if p.language == language), self.phrases[0])

    def notice(self, kind: NoticeKind, language: str) -> NoticeText:
        """The notice of a kind in a language, else in the pack's first language. Raises: KeyError if there is none."""
        of_kind = [n for n in self.notices if n.kind is kind]
        for notice in of_kind:
            if notice.language == language:
                return notice
        if not of_kind:
            raise KeyError(kind)
        return next((n for n in of_kind if n.language == self.languages[0]), of_kind[0])

    def groups_for(self, level: Assurance, *, staff: bool, member_of: frozenset[str] = frozenset()) -> frozenset[str]:
        """What a contact of this assurance may read.

        `staff`: the organisation's master calls the contact so. Nobody else gets a group of work, whatever pack and
        master say; and whoever else writes to a desk for staff is as unknown there as anybody, since contacts belong
        to the organisation and not to a desk. `member_of`: groups that the master gives this contact alone. They are
        for few, so it is not enough that a mail server vouches for a domain: they count from `MEMBERS_FROM` on.
        """
        if self.audience == "staff" and not staff:
            level = Assurance.ANONYMOUS
        groups = self.groups.union(*(groups for at, groups in self.groups_at if level >= at))
        if level >= MEMBERS_FROM:
            groups |= {group for group in member_of if names_members(group)}
        return groups if staff else frozenset(group for group in groups if not of_work(group))
