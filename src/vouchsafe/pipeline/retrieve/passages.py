"""Cuts documents into passages that can be cited: at headings, then at about 140 words, never through a rule."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vouchsafe.domain.passage import Document, Passage
from vouchsafe.domain.sentences import qualifies_previous, sentence_spans
from vouchsafe.domain.text import Span

TARGET_WORDS = 140
"""What the encoder reads at once (192 word pieces): the vector of a longer passage would not know its end."""
_TAIL_WORDS = 40
"""A last piece under this many words joins the one before."""
_HEADING = re.compile(r"(#{1,6})[ \t]++(.*\S)")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence or a whole list item. `glued`: it may not be parted from the unit before."""

    start: int
    end: int
    words: int
    glued: bool


def cut(document: Document) -> tuple[Passage, ...]:
    """The passages of a document in order, numbered from 1.

    Each passage's text is exactly the document's text at its span. A list item stays whole, a lead-in ("Bring:") stays
    with what it introduces, and a sentence that limits the one before ("Except on holidays.") stays with its rule,
    even if the passage grows longer for it.
    """
    passages: list[Passage] = []
    for heading, start, end in _sections(document.text):
        for span in _pieces(_units(document.text, start, end)):
            text = document.text[span.start : span.end]
            passages.append(Passage(document, len(passages) + 1, heading, text, span))
    return tuple(passages)


def indexed_text(passage: Passage) -> str:
    """What search reads of a passage: title, example questions of an approved answer, heading path and text."""
    above = heading_text(passage)
    return f"{above}\n{passage.text}" if above else passage.text


def heading_text(passage: Passage) -> str:
    """Title, example questions and heading path, a line each, none twice."""
    answer = passage.document.answer
    parts = [passage.document.title, *(answer.questions if answer else ()), *passage.heading.split(" > ")]
    return "\n".join(dict.fromkeys(part for part in parts if part))


def text_hash(passage: Passage) -> str:
    """SHA-256 (hex) of the indexed text: the key under which a passage's vector is kept."""
    return hashlib.sha256(indexed_text(passage).encode()).hexdigest()


def _sections(text: str) -> Iterator[tuple[str, int, int]]:
    """Heading path, start and end of each stretch of text between headings."""
    path: list[tuple[int, str]] = []
    start = position = 0
    for line in text.splitlines(keepends=True):
        heading = _HEADING.match(line)
        if heading:
            yield " > ".join(words for _, words in path), start, position
            level = len(heading.group(1))
            path = [*((depth, words) for depth, words in path if depth < level), (level, heading.group(2))]
            start = position + len(line)
        position += len(line)
    yield " > ".join(words for _, words in path), start, position


def _units(text: str, start: int, end: int) -> list[_Unit]:
    units: list[_Unit] = []
    section = text[start:end]
    for span in sentence_spans(section):
        words = section[span.start : span.end]
        before = section[: span.start]
        # The second sentence of a list item belongs to the item: it is on the item's own line.
        in_item = before.rsplit("\n", 1)[-1].startswith("- ")
        introduced = bool(units) and text[units[-1].end - 1] == ":"
        glued = bool(units) and (in_item or introduced or qualifies_previous(words))
        units.append(_Unit(start + span.start, start + span.end, len(words.split()), glued))
    return units


def _pieces(units: list[_Unit]) -> list[Span]:
    pieces: list[list[_Unit]] = []
    for unit in units:
        full = not pieces or _count(pieces[-1]) + unit.words > TARGET_WORDS
        if full and not (pieces and unit.glued):
            pieces.append([unit])
        else:
            pieces[-1].append(unit)
    if len(pieces) > 1 and _count(pieces[-1]) < _TAIL_WORDS:
        pieces[-2:] = [pieces[-2] + pieces[-1]]
    return [Span(piece[0].start, piece[-1].end) for piece in pieces]


def _count(piece: list[_Unit]) -> int:
    return sum(unit.words for unit in piece)
