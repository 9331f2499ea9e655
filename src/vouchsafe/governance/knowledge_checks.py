"""What of a desk's documents needs a person: no owner, review overdue, running out, two versions at once, no reader."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations

from vouchsafe.domain.knowledge import Doubt, Questionable
from vouchsafe.domain.passage import Document, names_members

EXPIRY_WARNING = timedelta(days=30)
"""Long enough to have a successor written and read."""


def questionable(
    documents: Sequence[Document], today: date, readable: frozenset[str], *, soon: timedelta = EXPIRY_WARNING
) -> tuple[Questionable, ...]:
    """Everything about these published documents that a person should look at, by path.

    `readable`: words of audience that anybody at the desk can have; `today` in the desk's zone.
    """
    found = [doubt for one in documents for doubt in _of_one(one, today, readable, soon)]
    found += _overlaps(documents, today)
    return tuple(sorted(found, key=lambda one: (one.path, one.doubt.value, one.says)))


def _of_one(one: Document, today: date, readable: frozenset[str], soon: timedelta) -> Iterator[Questionable]:
    if not one.owner:
        yield Questionable(Doubt.NO_OWNER, one.path, "nobody is named who answers for it; add `owner:`")
    if one.review_date and one.review_date < today:
        yield Questionable(Doubt.STALE, one.path, f"was to be reviewed by {one.review_date}")
    if one.effective_to and one.effective_to < today:
        yield Questionable(Doubt.EXPIRED, one.path, f"ended on {one.effective_to} and is not searched any more")
    elif one.effective_to and one.effective_to <= today + soon:
        yield Questionable(Doubt.EXPIRES, one.path, f"ends on {one.effective_to}; who asks later gets no answer")
    if not one.audience & readable:
        words = ", ".join(sorted(one.audience)) or "none"
        says = f"nobody who writes to this desk may read its audience ({words})"
        if any(names_members(word) for word in one.audience):
            says += "; who is in a group by your master counts from a one-time code on, and no channel asks for one yet"
        yield Questionable(Doubt.NOBODY, one.path, says)


def _overlaps(documents: Iterable[Document], today: date) -> Iterator[Questionable]:
    """Documents of one title, for the same readers, that are in force on the same day: which one would be quoted?"""
    titled: dict[tuple[str, str], list[Document]] = {}
    for one in documents:
        titled.setdefault((" ".join(one.title.casefold().split()), one.language[:2].lower()), []).append(one)
    for alike in titled.values():
        for first, second in combinations(sorted(alike, key=lambda one: (one.path, one.version)), 2):
            # Rows of one CSV file with rights of their own are one document cut in parts, not two versions.
            if first.path != second.path and first.audience & second.audience and _both(first, second, today):
                says = f"is in force at the same time as {second.path}, which has the same title"
                yield Questionable(Doubt.OVERLAP, first.path, says)


def _both(first: Document, second: Document, today: date) -> bool:
    """Whether a day from today on lies in both."""
    start = max(today, first.effective_from or today, second.effective_from or today)
    return first.in_force(start) and second.in_force(start)
