"""One place where a pass found an identifier, and how passes are joined."""

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from vouchsafe.domain.identifier import Label

EXTENSION = (
    r"(?:pdf|jpe?g|png|gif|heic|tiff?|bmp|svg|docx?|xlsx?|pptx?|pages|numbers|txt|rtf|csv|tsv|json|zip|rar|7z|"
    r"mp[34]|mov|wav|"
    r"m4a|avi|dcm|dicom|eml|msg|html?|xml|ics|vcf|log|bak|dump|sql|tar|gz)"
)
"""Ends of names of files, after the full stop; any case."""
_LONGEST_ENDING = 8
_FILE_END = re.compile(rf"\.{EXTENSION}$", re.IGNORECASE)
_CODE = re.compile(r"[^\W_](?:[\w@'/#&+.\-]*[^\W_])?")
"""A run of letters and digits with what may stand inside a code or an address of the network."""
_WORD = re.compile(r"[^\W_]+(?:['\-]+[^\W_]+)*")
"""The same for words, where a full stop, a slash or an underscore ends one."""
_PIECE = re.compile(r"[^/_]+")
_BEFORE_DATE = re.compile(
    r"(?:(?:on|in|at|by|since|until|till?|thru|through|from|for|to|of|the|before|after)\s)+(?=\S)", re.IGNORECASE
)
"""What leads up to a date and belongs to the sentence."""
_EXACT = "file/"
_LONGEST_PREFIX = 4
_WORDY = frozenset({Label.NAME, Label.LOCATION, Label.DATE})


class Rank(IntEnum):
    """How specific a hit is, the most specific first: it gives the label, and decides what the keep-list may undo."""

    KNOWN = 0
    """The record of the contact says so."""
    TOKEN_LIKE = 1
    """Text from outside that imitates our tokens."""
    KEYED = 2
    """A key word stands beside it: "member ID", "my name is"."""
    SHAPE = 3
    """Its own shape says so: an e-mail address, a social security number."""
    SPREAD = 4
    """The same value was found elsewhere in the conversation."""
    TAGGED = 5
    """The trained tagger thinks so, for the words around it too."""
    MODEL = 6
    """A model or a word list thinks so. The keep-list may undo it."""
    BARE = 7
    """A number or code that nothing explains. The keep-list may undo it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A half-open range of the cleaned text. `score` in [0, 1]; `by` is the id of the pass or pattern."""

    start: int
    end: int
    label: Label
    rank: Rank
    score: float
    by: str


def grown(text: str, hits: Iterable[Hit]) -> list[Hit]:
    """Every hit widened to the whole tokens it touches: half a code still identifies."""
    hits = list(hits)
    if not hits:
        return []
    codes = [place for one in _CODE.finditer(text) for place in _codes(text, *one.span())]
    words = [_without_possessive(text, one.span()) for one in _WORD.finditer(text)]
    return [
        # What is found in the name of a file is one part of it, chosen piece by piece.
        hit
        if hit.by.startswith(_EXACT)
        else _grow_one(_without_edges(text, hit), words if hit.label in _WORDY else codes)
        for hit in hits
    ]


def merged(text: str, hits: Iterable[Hit]) -> list[Hit]:
    """Overlapping hits as one, in order of place. The most specific gives label and `by`, then the longest.

    Two names with one space between them are one name.
    """
    joined: list[Hit] = []
    for hit in sorted(hits, key=lambda one: (one.start, -one.end)):
        if joined and (hit.start < joined[-1].end or _continues(text, joined[-1], hit)):
            joined[-1] = _union(joined[-1], hit)
        else:
            joined.append(hit)
    return joined


class Covered:
    """Places that do not overlap, asked whether one of them holds another place."""

    def __init__(self, places: Iterable[tuple[int, int]]) -> None:
        joined: list[tuple[int, int]] = []
        for start, end in sorted(places):
            if joined and start < joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        self._starts = [start for start, _ in joined]
        self._ends = [end for _, end in joined]

    def holds(self, start: int, end: int) -> bool:
        """Whether one place holds all of this one."""
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and end <= self._ends[at]


def _continues(text: str, left: Hit, right: Hit) -> bool:
    both_names = left.label is Label.NAME and right.label is Label.NAME
    return both_names and right.start == left.end + 1 and text[left.end] == " "


def _union(left: Hit, right: Hit) -> Hit:
    best = min(left, right, key=lambda one: (one.rank, one.start - one.end))
    return replace(
        best, start=min(left.start, right.start), end=max(left.end, right.end), score=max(left.score, right.score)
    )


def _codes(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The codes in one run. A slash or underscore parts two of them where a plain word stands on one side.

    "AB_12/7" is one code; "4410087_LEWANDOWSKI_CXR.dcm" and "/patient/7719230/notes" hold one beside words.
    """
    ending = _FILE_END.search(text, max(start, end - _LONGEST_ENDING), end)
    if ending is not None and "@" not in text[start:end] and "//" not in text[start:end]:
        end = ending.start()
    begins, last = start, start
    for at, piece in enumerate(_PIECE.finditer(text, start, end)):
        if at and not (_is_code(text[begins:last]) and _is_code(piece.group())):
            yield begins, last
            begins = piece.start()
        last = piece.end()
    yield begins, last


def _is_code(piece: str) -> bool:
    return "@" in piece or len(piece) <= _LONGEST_PREFIX or any(one.isdigit() for one in piece)


def _grow_one(hit: Hit, tokens: list[tuple[int, int]]) -> Hit:
    start = _token_at(hit.start, tokens)
    end = _token_at(hit.end - 1, tokens)
    return replace(
        hit,
        start=min(hit.start, start[0]) if start else hit.start,
        end=max(hit.end, end[1]) if end else hit.end,
    )


def _without_edges(text: str, hit: Hit) -> Hit:
    """A name, place or date without the punctuation that a pass took along."""
    if hit.label not in _WORDY:
        return hit
    start, end = hit.start, hit.end
    while start < end - 1 and not text[start].isalnum():
        start += 1
    while end > start + 1 and not text[end - 1].isalnum():
        end -= 1
    if hit.label is Label.NAME and end - start > 3 and text[end - 2 : end].lower() == "'s":
        end -= 2
    if hit.label is Label.DATE:
        joining = _BEFORE_DATE.match(text, start, end)
        start = joining.end() if joining else start
    return replace(hit, start=start, end=end)


def _without_possessive(text: str, word: tuple[int, int]) -> tuple[int, int]:
    start, end = word
    return (start, end - 2) if end - start > 3 and text[end - 2 : end].lower() == "'s" else word


def _token_at(position: int, tokens: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The token that holds a position."""
    at = bisect_right(tokens, (position, sys.maxsize)) - 1
    return tokens[at] if at >= 0 and position < tokens[at][1] else None
