"""Why a case is here, in one plain paragraph and its reasons; and its state in a few words for a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from vouchsafe.casework.promise import in_words
from vouchsafe.domain.draft import WhyNot
from vouchsafe.domain.finding import Tier
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.states import CaseFile, Drafted, Stage


class Meaning(StrEnum):
    """What a state means; each has a colour and a shape, and always words."""

    URGENT = "urgent"
    CAUTION = "caution"
    WAITING = "waiting"
    DONE = "done"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class State:
    """A case's state in words."""

    words: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class RuleSays:
    """A rule that fired: its id, the reason in a sentence, where it comes from."""

    rule: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Why:
    """`lead` is the first sentence; `then` what happens next; `rules` the ones that fired, in order."""

    lead: str
    rules: tuple[RuleSays, ...]
    then: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """An alarm as a person needs to know it."""

    queue: str
    tier: Tier
    raised_at: datetime
    mailed_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    warranted: bool | None = None
    """What somebody who read the case said of it afterwards."""


_NO_DRAFT = {
    WhyNot.NO_SOURCE: "no source answers this",
    WhyNot.MODE_OFF: "drafts are off for this kind of question",
    WhyNot.AT_RISK: "a risk was found, so no draft was made",
    WhyNot.NO_TEXT: "there is no text to answer",
    WhyNot.LANGUAGE: "the desk does not write this language",
    WhyNot.HELD_BY_PERSON: "a person holds the conversation",
    WhyNot.DRAFTER_FAILED: "the drafter failed",
    WhyNot.AUTOMATIC_MESSAGE: "the message was sent by a machine",
}


def no_draft(why: WhyNot) -> str:
    """Why there is no draft, in words."""
    return _NO_DRAFT[why]


def state_of(stage: Stage, file: CaseFile | None, holder: str, rungs: Sequence[Rung], now: datetime) -> State:
    """The state for a list row. `holder`: the name of who holds the conversation, or empty."""
    unseen = next((one for one in rungs if one.acknowledged_at is None and one.tier is Tier.PAGE), None)
    if unseen:
        return State(f"paged {in_words(now - unseen.raised_at)} ago, no answer yet", Meaning.URGENT)
    match stage:
        case Stage.RECEIVED:
            return State("being read", Meaning.MACHINE)
        case Stage.APPROVED:
            return State("about to leave", Meaning.DONE)
        case Stage.SENT:
            return State("answered", Meaning.DONE)
        case Stage.CLOSED:
            return State("closed without a reply", Meaning.DONE)
        case Stage.SUPERSEDED:
            return State("a newer message took over", Meaning.WAITING)
        case Stage.PARKED:
            return State("could not be computed", Meaning.CAUTION)
        case Stage.AWAITING_HUMAN | Stage.ESCALATED:
            return _waiting(stage, file, holder)


def _waiting(stage: Stage, file: CaseFile | None, holder: str) -> State:
    if holder:
        return State(f"with {holder}", Meaning.WAITING)
    if stage is Stage.ESCALATED:
        return State("escalated, nobody has it yet", Meaning.URGENT)
    if file and isinstance(file.drafted, Drafted) and file.draft_visible:
        return State("draft ready", Meaning.MACHINE)
    if file and not isinstance(file.drafted, Drafted):
        return State(f"held: {no_draft(file.drafted.why)}", Meaning.CAUTION)
    return State("held for a person", Meaning.CAUTION)


def why_here(file: CaseFile, queue: str, queues: Mapping[str, str], rungs: Sequence[Rung], zone: ZoneInfo) -> Why:
    """The paragraph above a draft. `queues`: titles by name; times stand in `zone`."""
    fired = tuple(RuleSays(one.rule, one.reason, one.source) for one in file.ruling.rules if one.fired)
    where = queues.get(queue, queue.replace("_", " ")) if queue else "no queue"
    if file.ruling.verdict is Verdict.ESCALATED:
        lead = f"Escalated to {where}"
    elif file.ruling.verdict is Verdict.AWAITING_HUMAN:
        lead = f"Held for a person at {where}"
    else:
        lead = "The gate found nothing that holds this reply"
    if fired:
        lead += f": {fired[0].reason}"
        lead += (
            f", and {len(fired) - 1} more reasons."
            if len(fired) > 2
            else ", and one more reason."
            if fired[1:]
            else "."
        )
    else:
        lead += "."
    return Why(lead, fired, tuple(_rung(one, queues, zone) for one in rungs))


def _rung(rung: Rung, queues: Mapping[str, str], zone: ZoneInfo) -> str:
    where = queues.get(rung.queue, rung.queue.replace("_", " "))
    if rung.tier is Tier.PAGE:
        says = f"Paged {where} at {_clock(rung.raised_at, zone)}"
        says += "" if rung.mailed_at else " (the page has not left yet)"
    else:
        says = f"Put on the worklist of {where} at {_clock(rung.raised_at, zone)}"
    if rung.acknowledged_at:
        return f"{says}; acknowledged by {rung.acknowledged_by} at {_clock(rung.acknowledged_at, zone)}."
    return f"{says}; not acknowledged yet."


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%H:%M")
