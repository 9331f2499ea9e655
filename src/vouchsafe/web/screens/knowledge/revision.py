"""Two versions of a document side by side in one column: lines that went, came or stayed, changed words marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from enum import StrEnum

from vouchsafe.domain.passage import Document
from vouchsafe.web.screens.knowledge.shelf import AUDIENCES, NOBODY

_WORD = re.compile(r"\s+|[\w$€£%]+(?:[.,:'’-]\w+)*|[^\w\s]")
_LIKE = 0.4
"""Lines less alike than this are not two forms of one line; marking their few common words would only confuse."""
_AROUND = 1
"""Unchanged lines shown before and after a change; more are folded."""
_LONGEST = 2_000
"""Lines compared; a longer document is cut there, and the page says so."""
_LONGEST_LINE = 400
"""Words and spaces of a line in which single words are marked; longer ones are marked as a whole."""


class Side(StrEnum):
    """What became of a line."""

    SAME = "same"
    GONE = "gone"
    CAME = "came"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line. `changed`: the other version has other words here."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison; of `folded` ones only how many there are."""

    side: Side
    pieces: tuple[Piece, ...]
    count: int = 1


@dataclass(frozen=True, slots=True)
class Fact:
    """Something on record about a document that the versions do not share."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Revision:
    """What differs between two versions. `cut`: the documents are longer than what was compared."""

    facts: tuple[Fact, ...]
    lines: tuple[Line, ...]
    cut: bool

    @property
    def words_changed(self) -> bool:
        """Whether the text differs, and not only what is on record about it."""
        return any(line.side in {Side.GONE, Side.CAME} for line in self.lines)


FACTS = {
    "title": "title",
    "audience": "for",
    "effective_from": "in force from",
    "effective_to": "in force until",
    "approved_for_auto": "answers alone",
    "language": "language",
    "intent": "kind of question",
    "owner": "owner",
    "review_date": "review by",
    "approved_by": "signed off by",
    "questions": "example questions",
    "slots": "slots",
}
"""What is compared besides the text, in words; the last three are those of an approved answer."""


def compare(before: Document, after: Document) -> Revision:
    """What differs, the text line by line."""
    first, second = _of(before), _of(after)
    cut = max(len(first), len(second)) > _LONGEST
    lines = tuple(_folded(list(_lines(first[:_LONGEST], second[:_LONGEST]))))
    return Revision(tuple(_facts(before, after)), lines, cut)


def marked(first: str, second: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Two sentences with the words marked in which they differ."""
    before, after = _WORD.findall(first), _WORD.findall(second)
    if max(len(before), len(after)) > _LONGEST_LINE:
        return (Piece(first, changed=True),), (Piece(second, changed=True),)
    left, right = [], []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if a < b:
            left.append(Piece("".join(before[a:b]), kind != "equal"))
        if c < d:
            right.append(Piece("".join(after[c:d]), kind != "equal"))
    return tuple(left), tuple(right)


def _of(document: Document) -> list[str]:
    return [one for one in document.text.splitlines() if one.strip()]


def _facts(before: Document, after: Document) -> Iterator[Fact]:
    earlier, later = _about(before), _about(after)
    for name, what in FACTS.items():
        was, is_now = earlier.get(name, ""), later.get(name, "")
        if was != is_now:
            yield Fact(what, was, is_now)


def _about(document: Document) -> dict[str, str]:
    """What is on record besides the text, by the names of `FACTS`."""
    said = {field.name: _in_words(getattr(document, field.name)) for field in fields(Document)}
    answer = document.answer
    if answer:
        slots = ", ".join(dict.fromkeys(slot.name for slot in answer.slots))
        said |= {"approved_by": answer.approved_by, "questions": " / ".join(answer.questions), "slots": slots}
    return said


def _in_words(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(AUDIENCES.get(one, one) for one in sorted(value)) or NOBODY
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _lines(first: Sequence[str], second: Sequence[str]) -> Iterator[Line]:
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (Line(Side.SAME, (Piece(one, changed=False),)) for one in first[a:b])
        else:
            yield from _changed(first[a:b], second[c:d])


def _changed(gone: Sequence[str], came: Sequence[str]) -> Iterator[Line]:
    """A block that was rewritten: a line beside the one that replaced it, where they are alike enough to tell."""
    for at in range(max(len(gone), len(came))):
        old, new = gone[at : at + 1], came[at : at + 1]
        if old and new and _alike(old[0], new[0]):
            left, right = marked(old[0], new[0])
            yield Line(Side.GONE, left)
            yield Line(Side.CAME, right)
            continue
        # The line is new or gone as a whole; marking each of its words would say nothing more.
        yield from (Line(Side.GONE, (Piece(one, changed=False),)) for one in old)
        yield from (Line(Side.CAME, (Piece(one, changed=False),)) for one in new)


def _alike(old: str, new: str) -> bool:
    before, after = old.split()[:_LONGEST_LINE], new.split()[:_LONGEST_LINE]
    return SequenceMatcher(None, before, after, autojunk=False).ratio() >= _LIKE


def _folded(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines, long stretches without a change told as their number."""
    changes = [at for at, one in enumerate(lines) if one.side is not Side.SAME]
    near = {at + step for at in changes for step in range(-_AROUND, _AROUND + 1)}
    hidden = 0
    for at, one in enumerate(lines):
        if at in near:
            if hidden:
                yield Line(Side.FOLDED, (), hidden)
                hidden = 0
            yield one
        else:
            hidden += 1
    if hidden:
        yield Line(Side.FOLDED, (), hidden)
