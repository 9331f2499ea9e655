"""Age against the time a queue promised, as a share and in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_SOON = 0.75
"""From this share of the promised time on, a row is marked as running out."""


@dataclass(frozen=True, slots=True)
class Promise:
    """`share` of the promised time that is used up, in [0, 1]; `words` such as "answer due in 40 min"."""

    share: float
    late: bool
    soon: bool
    words: str


def promise(opened_at: datetime, due_at: datetime | None, now: datetime) -> Promise:
    """How far the promised time is used up; without a promise nothing is, and the words are empty."""
    if due_at is None or due_at <= opened_at:
        return Promise(0.0, late=False, soon=False, words="")
    share = (now - opened_at) / (due_at - opened_at)
    if now >= due_at:
        return Promise(1.0, late=True, soon=False, words=f"late by {in_words(now - due_at)}")
    return Promise(max(0.0, share), late=False, soon=share >= _SOON, words=f"due in {in_words(due_at - now)}")


def in_words(length: timedelta) -> str:
    """A length of time in its largest whole unit: "40 s", "4 min", "3 h", "2 days"."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 2 * 86_400:
        return f"{seconds // 3600} h"
    return f"{seconds // 86_400} days"
