"""An event on its way into the trail: what happened, before it is sealed, numbered and hashed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vouchsafe.domain.ids import CaseId, ConversationId, EventId, UserId
from vouchsafe.evidence.event_types import EventType
from vouchsafe.evidence.leaf import Actor, ActorKind, Outcome, SealedPayload

__all__ = ["Actor", "Event", "Json", "Outcome", "millionths", "person", "system"]

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Everything about a person goes in `payload`, which is sealed under the conversation's key.

    `payload` holds JSON without floats; scores are integers in parts per million.
    `model`, `prompt`, `pack`, `manifest` are `name@digest`; `sources` are `path@version#number`.
    `objects`: files that were sealed in this step; their hashes stand in the leaf. Only types in `NAMES_OBJECTS` have
    any, and those have a payload too.
    """

    type: EventType
    actor: Actor
    outcome: Outcome
    case: CaseId | None = None
    conversation: ConversationId | None = None
    model: str | None = None
    prompt: str | None = None
    pack: str | None = None
    manifest: str | None = None
    sources: tuple[str, ...] = ()
    refs: tuple[EventId, ...] = ()
    payload: Mapping[str, Json] = field(default_factory=dict)
    objects: tuple[SealedPayload, ...] = ()


def millionths(score: float) -> int:
    """A score in [0, 1] as an integer in parts per million; the trail holds no floats."""
    return round(score * 1_000_000)


def system(part: str) -> Actor:
    """A part of the system as actor, such as `gate`."""
    return Actor(ActorKind.SYSTEM, part)


def person(user: UserId) -> Actor:
    """A person of the staff as actor."""
    return Actor(ActorKind.PERSON, str(user))
