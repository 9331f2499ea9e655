"""Whether a desk's knowledge is kept in step: sources not read for long, and a threshold older than its documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

MUCH = 0.25
"""Share of the documents that came, changed or went since the threshold was measured, from which on it should be
measured again. A rule of thumb: nothing was measured about how fast a threshold ages."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A source of documents that are in force, and when it was last read to its end."""

    source: str
    last: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The time in which a version of a document was in force. `until`: None while it is."""

    path: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Aged:
    """How many documents came, changed or went since a moment, of how many there were then."""

    changed: int
    documents: int

    @property
    def much(self) -> bool:
        """Whether that is enough to measure again."""
        return self.changed > 0 and self.changed >= MUCH * self.documents


def unread(
    published: Mapping[str, datetime], read: Mapping[str, datetime], now: datetime, within: timedelta
) -> tuple[Unread, ...]:
    """Sources that were not read to their end for longer than `within`, the longest first; none where it is zero.

    `published`: every source with documents in force, with the time of the newest of them, which stands for sources
    that were last read before reads were on record.
    """
    if not within:
        return ()
    last = {source: max(newest, read.get(source, newest)) for source, newest in published.items()}
    found = (Unread(source, at) for source, at in last.items() if now - at > within)
    return tuple(sorted(found, key=lambda one: one.last))


def aged(versions: Iterable[Held], since: datetime) -> Aged:
    """What happened to the documents after a moment."""
    every = list(versions)
    then = {one.path for one in every if one.since <= since and (one.until is None or one.until > since)}
    changed = {one.path for one in every if one.since > since or (one.until is not None and one.until > since)}
    return Aged(len(changed), len(then))
