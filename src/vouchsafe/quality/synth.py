"""Synthetic past conversations: seeded, varied, labelled, and free of real people (R168).

`generate` gives whole conversations with both sides, their times and their endings. Every inbound message carries what
detectors should say about it and which of the sender's identifiers stand in it, so the same conversations fill a demo,
feed tests of detection and redaction, and travel as mails (`to_eml`) or lines of JSON (`to_jsonl`).
The shares of channels, manners and kinds are our assumptions about a clinic's inbox, not measurements.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, TypeVar

from vouchsafe.domain.message import ChannelKind, Direction
from vouchsafe.domain.staff import Role
from vouchsafe.quality.synth_demo import DESK_ADDRESS, DemoContact, DemoUser, load_users
from vouchsafe.quality.synth_grammar import Family, Grammar, Routine, Topic, expand, load_grammar, pick_answer
from vouchsafe.quality.synth_mail import Mail, build_mail
from vouchsafe.quality.synth_style import Manner, Planted, Writer, letter, own_slots, planted

_T = TypeVar("_T")

_DESK_SHARE = {"patient": 0.72, "it": 0.28}
_RISK_SHARE = {"patient": 0.3, "it": 0.18}
_CHANNEL_SHARE = {ChannelKind.EMAIL: 0.58, ChannelKind.WEB_FORM: 0.18, ChannelKind.CHAT: 0.24}
_MANNER_SHARE: Mapping[ChannelKind, Mapping[Manner, float]] = {
    ChannelKind.EMAIL: {Manner.FORMAL: 0.3, Manner.PLAIN: 0.55, Manner.NONE: 0.1, Manner.SMS: 0.05},
    ChannelKind.WEB_FORM: {Manner.FORMAL: 0.15, Manner.PLAIN: 0.4, Manner.NONE: 0.4, Manner.SMS: 0.05},
    ChannelKind.CHAT: {Manner.FORMAL: 0.0, Manner.PLAIN: 0.1, Manner.NONE: 0.5, Manner.SMS: 0.4},
}
_WEEKDAY_WEIGHT = (1.3, 1.15, 1.0, 1.0, 0.9, 0.35, 0.25)
"""Monday first."""
_HOUR_WEIGHT = (1, 1, 1, 1, 1, 2, 5, 12, 22, 28, 27, 24, 19, 20, 22, 21, 17, 13, 11, 10, 9, 7, 4, 2)
_PINNED = (
    "ward",
    "amount",
    "asset",
    "room",
    "doctor",
    "site",
    "plan",
    "relative",
    "drug",
    "bodypart",
    "device",
    "thing",
)
_OPEN_FROM, _OPEN_TO = 8, 18
"""Hours in which people of the clinic answer, Monday to Friday; clinicians answer at any hour."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What detectors should say about a message, kinds named as in `domain.finding`.

    `intents`: the routine questions in it, the first one first; empty where there is none. `family`: the kind of risk,
    or `routine`, or `courtesy` (thanks, a nudge). `hard`: administrative, but with words of care in it.
    """

    family: str
    intents: tuple[str, ...] = ()
    clinical: bool = False
    classes: tuple[str, ...] = ()
    crisis: bool = False
    dispute: bool = False
    complaint: bool = False
    legal_threat: bool = False
    human_request: bool = False
    injection: bool = False
    outage: bool = False
    threat: bool = False
    vulnerability: tuple[str, ...] = ()
    language: str = "en"
    hard: bool = False


@dataclass(frozen=True, slots=True)
class SynthMessage:
    """One turn. `sender` is a contact's key for inbound, a role for outbound; `references` are earlier message ids."""

    id: str
    direction: Direction
    at: datetime
    sender: str
    sender_name: str
    sender_address: str
    recipient: str
    channel: ChannelKind
    subject: str
    text: str
    references: tuple[str, ...] = ()
    labels: Labels | None = None
    """Of inbound messages only."""
    identifiers: tuple[Planted, ...] = ()
    """The sender's own identifiers in subject and text, as written."""


@dataclass(frozen=True, slots=True)
class SynthConversation:
    """A past conversation with its ending: answered, called_back, handed_over or closed, worked in `queue`."""

    id: str
    desk: str
    contact: str
    queue: str
    outcome: str
    messages: tuple[SynthMessage, ...]


@dataclass(frozen=True, slots=True)
class _Cast:
    """Everybody and everything that conversations are made of."""

    contacts: Sequence[DemoContact]
    users: Sequence[DemoUser]
    grammar: Grammar


@dataclass(slots=True)
class _Thread:
    """A conversation while it is being made."""

    id: str
    desk: str
    rng: Random
    cast: _Cast
    writer: Writer
    channel: ChannelKind
    subject: str
    queue: str
    at: datetime
    messages: list[SynthMessage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Opening:
    """What a conversation is about."""

    subject: str
    sentences: list[str]
    labels: Labels
    answer: tuple[str, ...]
    role: Role
    queue: str
    outcome: str


def generate(
    seed: int, count: int, contacts: Sequence[DemoContact], start: datetime, days: int
) -> Iterator[SynthConversation]:
    """`count` conversations, the first messages in order of time, all arriving within `days` days from `start`.

    The same arguments give the same conversations, on any machine and Python 3.11 or newer.
    Answers may come up to three working days after the last arrival. Times are in the zone of `start`.
    Raises: ValueError if `start` has no zone, or if no contact of a desk can write.
    """
    if start.tzinfo is None:
        raise ValueError("start needs a time zone: working hours are hours of a place")
    cast = _Cast(contacts, load_users(), load_grammar())
    arrivals = sorted(_arrival(_rng(seed, f"arrival/{number}"), start, days) for number in range(count))
    for number, at in enumerate(arrivals):
        rng = _rng(seed, str(number))
        yield _conversation(rng, f"s{seed}-{number:05}", at, cast)


def to_eml(message: SynthMessage) -> bytes:
    """The message as an RFC 5322 mail with Message-ID, References and Date, whatever channel it came through."""
    return build_mail(
        Mail(
            message_id=_mail_id(message.id),
            sender_name=message.sender_name,
            sender_address=message.sender_address,
            recipient=message.recipient,
            subject=message.subject,
            text=message.text,
            sent_at=message.at,
            references=tuple(_mail_id(one) for one in message.references),
        )
    )


def to_jsonl(conversations: Iterable[SynthConversation]) -> Iterator[str]:
    """One line of JSON for each conversation, without the line end; times in ISO 8601."""
    for conversation in conversations:
        yield json.dumps(_plain(conversation), ensure_ascii=False)


def _rng(seed: int, part: str) -> Random:
    return Random(f"vouchsafe/synth/{seed}/{part}")  # noqa: S311  seeded on purpose: nothing secret comes from it


def _arrival(rng: Random, start: datetime, days: int) -> datetime:
    dates = [start + timedelta(days=number) for number in range(days)]
    day = rng.choices(dates, weights=[_WEEKDAY_WEIGHT[one.weekday()] for one in dates])[0]
    hour = rng.choices(range(24), weights=_HOUR_WEIGHT)[0]
    return day.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60), microsecond=0)


def _conversation(rng: Random, conversation_id: str, at: datetime, cast: _Cast) -> SynthConversation:
    grammar = cast.grammar
    desk = _weighted(rng, _DESK_SHARE)
    family = _family(rng, grammar, desk) if rng.random() < _RISK_SHARE[desk] else None
    language = str(family.labels.get("language", "en")) if family else "en"
    contact = _contact(rng, cast.contacts, desk, language)
    channel = _weighted(rng, _CHANNEL_SHARE)
    words = grammar.style.slots
    # The same ward, bill or relative all through a conversation; days and times may differ from line to line.
    pinned = {name: (rng.choice(words[name]),) for name in _PINNED}
    slots = {**words, **pinned, **own_slots(contact)}
    opening = _risk(rng, grammar, family, slots) if family else _routine(rng, grammar, desk, slots)
    subject = "" if channel is ChannelKind.CHAT else opening.subject
    thread = _Thread(
        id=conversation_id,
        desk=desk,
        rng=rng,
        cast=cast,
        writer=Writer(contact, _weighted(rng, _MANNER_SHARE[channel]), language),
        channel=channel,
        subject=subject,
        queue=opening.queue,
        at=at,
    )
    _play(thread, opening, slots)
    return SynthConversation(
        id=conversation_id,
        desk=desk,
        contact=contact.key,
        queue=opening.queue,
        outcome=opening.outcome,
        messages=tuple(thread.messages),
    )


def _play(thread: _Thread, opening: _Opening, slots: Mapping[str, Sequence[str]]) -> None:
    """All turns of a conversation, oldest first."""
    rng, phrases, language = thread.rng, thread.cast.grammar.style.phrases, thread.writer.language
    courtesy = Labels(family="courtesy", language=language)
    urgent = opening.labels.crisis or opening.labels.outage or "urgent" in opening.labels.classes
    _inbound(thread, opening.sentences, opening.labels)
    if opening.labels.clinical and language == "en" and rng.random() < 0.25:
        _wait(thread, minutes=rng.uniform(1, 12))
        # A fragment cannot be judged alone; its label comes from the thread.
        _inbound(thread, [rng.choice(phrases["fragments"])], replace(opening.labels, intents=()), bare=True)
    elif language == "en" and not urgent and opening.role is Role.AGENT and rng.random() < 0.06:
        # They ask again about a day later, at a similar hour.
        _wait(thread, minutes=rng.uniform(1200, 1600))
        _inbound(thread, [rng.choice(phrases["nudges"])], courtesy, bare=True)
    if opening.outcome == "closed":
        return
    _outbound(thread, opening.answer, opening.role, urgent=urgent)
    calm = opening.labels.family == "routine" or opening.outcome == "answered"
    if calm and opening.labels.family == "routine" and rng.random() < 0.15:
        _wait(thread, minutes=rng.uniform(10, 600))
        more = _routine(rng, thread.cast.grammar, thread.desk, slots, joined=0.0)
        _inbound(thread, [rng.choice(phrases["follow_ups"]), *more.sentences], more.labels)
        _outbound(thread, more.answer, more.role)
    if calm and rng.random() < 0.3:
        _wait(thread, minutes=rng.uniform(3, 300))
        words = phrases["thanks_es" if language == "es" else "thanks"]
        _inbound(thread, [rng.choice(words)], courtesy, bare=True)


def _routine(
    rng: Random, grammar: Grammar, desk: str, slots: Mapping[str, Sequence[str]], *, joined: float = 0.15
) -> _Opening:
    """One routine question, with the probability `joined` a second one of another intent."""
    routines = [routine for routine in grammar.routines if routine.desk == desk]
    first = rng.choices(routines, weights=[routine.weight for routine in routines])[0]
    chosen = [first]
    if rng.random() < joined:
        chosen.append(rng.choice([routine for routine in routines if routine is not first]))
    sentences: list[str] = []
    answer: list[str] = []
    for routine in chosen:
        asked, topic = _ask(rng, routine, slots)
        sentences += asked
        answer += pick_answer(topic.answer, rng)
    labels = Labels(
        family="routine",
        intents=tuple(routine.name for routine in chosen),
        hard=any(routine.hard for routine in chosen),
    )
    queue = "it_service" if desk == "it" else "billing" if first.name.startswith(("bill", "payment")) else "front_desk"
    subject = expand(rng.choice(first.subjects), rng, slots)
    return _Opening(subject, sentences, labels, tuple(answer), Role.AGENT, queue, "answered")


def _ask(rng: Random, routine: Routine, slots: Mapping[str, Sequence[str]]) -> tuple[list[str], Topic]:
    topics = routine.topics
    # By number of phrasings, so that each phrasing of an intent is equally likely.
    topic = rng.choices(topics, weights=[len(topic.asks) for topic in topics])[0]
    sentences = [expand(rng.choice(topic.asks), rng, slots)]
    if routine.contexts and rng.random() < 0.4:
        sentences.insert(rng.randrange(2), expand(rng.choice(routine.contexts), rng, slots))
    return sentences, topic


def _risk(rng: Random, grammar: Grammar, family: Family, slots: Mapping[str, Sequence[str]]) -> _Opening:
    asks = rng.sample(family.asks, k=2 if rng.random() < 0.2 else 1)
    sentences = [expand(ask, rng, slots) for ask in asks]
    intents: tuple[str, ...] = ()
    if family.joins and rng.random() < 0.35:
        routine = _routine(rng, grammar, family.desk, slots, joined=0.0)
        sentences[rng.randrange(2) : 0] = routine.sentences
        intents = routine.labels.intents
    # Any: the YAML of a family's labels; Labels has the same names, a test builds them all.
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in family.labels.items()
    }
    return _Opening(
        subject=expand(rng.choice(family.subjects), rng, slots),
        sentences=sentences,
        labels=Labels(family=family.name, intents=intents, **values),
        answer=tuple(expand(reply, rng, slots) for reply in rng.sample(family.replies, k=1)),
        role=Role(family.role),
        queue=family.queue,
        outcome=family.outcome,
    )


def _inbound(thread: _Thread, sentences: list[str], labels: Labels, *, bare: bool = False) -> None:
    writer = replace(thread.writer, manner=Manner.NONE) if bare else thread.writer
    contact = writer.contact
    text = letter(thread.rng, thread.cast.grammar.style, writer, sentences)
    subject = _subject(thread)
    thread.messages.append(
        SynthMessage(
            id=f"{thread.id}-{len(thread.messages)}",
            direction=Direction.INBOUND,
            at=thread.at,
            sender=contact.key,
            sender_name=contact.name,
            sender_address=contact.emails[0],
            recipient=DESK_ADDRESS[thread.desk],
            channel=thread.channel,
            subject=subject,
            text=text,
            references=tuple(message.id for message in thread.messages),
            labels=labels,
            identifiers=planted(f"{subject}\n{text}", contact),
        )
    )


def _outbound(thread: _Thread, sentences: Sequence[str], role: Role, *, urgent: bool = False) -> None:
    rng, phrases, contact = thread.rng, thread.cast.grammar.style.phrases, thread.writer.contact
    quick = urgent or thread.channel is ChannelKind.CHAT
    # Medians of about 7 and 90 minutes.
    _wait(thread, minutes=min(rng.lognormvariate(2.0 if quick else 4.5, 0.8), 1200.0))
    if role is not Role.CLINICIAN and not urgent:
        thread.at = _in_opening_hours(thread.at, rng)
    spanish = "_es" if thread.writer.language == "es" else ""
    greeting = rng.choice(phrases[f"agent_greetings{spanish}"]).format(first=contact.first_name)
    closing = rng.choice(phrases[f"agent_closings{spanish}"])
    user = _user(thread, role)
    text = f"{greeting}\n\n{' '.join(sentences)}\n\n{closing}\n{user.name}, {user.title}"
    thread.messages.append(
        SynthMessage(
            id=f"{thread.id}-{len(thread.messages)}",
            direction=Direction.OUTBOUND,
            at=thread.at,
            sender=role.value,
            sender_name=user.name,
            sender_address=DESK_ADDRESS[thread.desk],
            recipient=contact.emails[0],
            channel=thread.channel,
            subject=_subject(thread),
            text=text,
            references=tuple(message.id for message in thread.messages),
        )
    )


def _user(thread: _Thread, role: Role) -> DemoUser:
    """Who answers: somebody of the role, and of the queue if there is one."""
    able = [user for user in thread.cast.users if role in user.roles]
    here = [user for user in able if thread.queue in user.queues]
    return thread.rng.choice(here or able)


def _subject(thread: _Thread) -> str:
    return f"Re: {thread.subject}" if thread.messages and thread.subject else thread.subject


def _wait(thread: _Thread, minutes: float) -> None:
    thread.at += timedelta(seconds=int(minutes * 60))


def _in_opening_hours(at: datetime, rng: Random) -> datetime:
    """The same moment, or one in the first 90 minutes of the next opening."""
    late = at
    if at.weekday() < 5 and _OPEN_FROM <= at.hour < _OPEN_TO:
        return at
    if at.weekday() >= 5 or at.hour >= _OPEN_TO:
        late = at + timedelta(days=1)
    while late.weekday() >= 5:
        late += timedelta(days=1)
    return late.replace(hour=_OPEN_FROM, minute=0, second=0) + timedelta(seconds=rng.randrange(5400))


def _family(rng: Random, grammar: Grammar, desk: str) -> Family:
    families = [family for family in grammar.families if family.desk == desk]
    return rng.choices(families, weights=[family.weight for family in families])[0]


def _contact(rng: Random, contacts: Sequence[DemoContact], desk: str, language: str) -> DemoContact:
    kind = "staff" if desk == "it" else "patient"
    able = [one for one in contacts if one.kind == kind and one.emails and one.phones]
    fitting = [one for one in able if (one.language == "es") == (language == "es")] or able
    if not fitting:
        raise ValueError(f"no contact of kind {kind} can write to the desk {desk}")
    return rng.choice(fitting)


def _weighted(rng: Random, shares: Mapping[_T, float]) -> _T:
    keys = list(shares)
    return rng.choices(keys, cum_weights=list(accumulate(shares.values())))[0]


def _mail_id(message_id: str) -> str:
    return f"{message_id}@synth.lindenbay.example"


def _plain(value: Any) -> Any:  # Any: walks dataclasses down to what JSON knows
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value
