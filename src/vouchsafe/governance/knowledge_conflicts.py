"""Pairs of sentences, of different passages, that speak of the same thing and cannot both hold.

1. passages alike by the cosine of their stored vectors, each with its nearest few
2. pairs of their sentences that share nearly all words and differ in a price, time, number or negation
3. those whose own vectors are alike

A list for a person to read, not a verdict: two sites with hours of their own look like a contradiction too.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from vouchsafe.domain.knowledge import Conflict, Statement
from vouchsafe.domain.passage import Passage
from vouchsafe.domain.sentences import sentence_spans
from vouchsafe.domain.words import listed, stems

Floats = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Floats]
"""Sentences to float32 (n, 384), rows of length 1."""

PASSAGES_ALIKE = 0.5
SENTENCES_ALIKE = 0.7
SHARED_WORDS = 0.75
"""Of the shorter sentence's stems. All three were set by hand, on the pairs of the tests and on the demo's pages, where
3 pairs of 320 passages are listed and none is a true conflict (MiniLM, vectors as shipped)."""
_NEAREST = 12
_BLOCK = 1_000
_FEWEST_WORDS = 2

_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TENS = {"fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40", "sixty": "60", "ninety": "90"}
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(_SMALL)} | _TENS
_UNIT = (
    r"(minutes?|mins?|hours?|hrs?|business days?|working days?|days?|weeks?|months?|years?|nights?|visitors?|people|"
    r"persons?|copies|pages?|minutos?|horas?|d[ií]as?|semanas?|meses|años?)"
)
_FACTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("telephone", re.compile(r"\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b")),
    ("price", re.compile(r"[$€£]\s?(\d[\d,]*(?:\.\d+)?)|\b(\d[\d,]*(?:\.\d+)?)\s?(?:dollars?|euros?|pounds?)\b")),
    ("share", re.compile(r"\b(\d+(?:\.\d+)?)\s?(?:%|percent\b|por ciento\b)")),
    ("time", re.compile(r"\b(\d{1,2}:\d{2})(?:\s?[ap]\.?m\b)?|\b(\d{1,2}\s?[ap]\.?m)\b", re.IGNORECASE)),
    ("number", re.compile(rf"\b(\d[\d,]*(?:\.\d+)?)\s{_UNIT}\b", re.IGNORECASE)),
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|cannot|without|nor|none|nobody|n't|nunca|sin|closed|cerrad[oa]s?)\b|n['’]t\b", re.IGNORECASE
)
_NAME = re.compile(r"(?<=[a-z,;] )[A-ZÁÉÍÓÚÑ][\w'’-]+")
_DAYS = listed(
    "monday tuesday wednesday thursday friday saturday sunday weekend weekday holiday lunes martes miercoles jueves "
    "viernes sabado domingo"
)


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence with what is compared of it."""

    statement: Statement
    words: frozenset[str]
    names: frozenset[str]
    facts: dict[str, frozenset[str]]
    negated: bool


def conflicts(passages: Sequence[Passage], vectors: Floats, embed: Embed, today: date) -> tuple[Conflict, ...]:
    """Conflicting pairs, the most alike first. `vectors`: float32 (passages, 384), rows of length 1."""
    read = [_sentences(one) for one in passages]
    found: list[tuple[_Read, _Read, str]] = []
    for first, second in _alike(vectors):
        if _may_meet(passages[first], passages[second], today):
            found += [
                (a, b, differs) for a in read[first] for b in read[second] if (differs := _difference(a, b)) is not None
            ]
    if not found:
        return ()
    likeness = _likeness([(a.statement.text, b.statement.text) for a, b, _ in found], embed)
    pairs = [
        Conflict(a.statement, b.statement, differs, float(alike))
        for (a, b, differs), alike in zip(found, likeness, strict=True)
        if alike >= SENTENCES_ALIKE
    ]
    return tuple(sorted(pairs, key=lambda one: (-one.likeness, one.first.passage.name, one.second.passage.name)))


def _alike(vectors: Floats) -> Iterator[tuple[int, int]]:
    """Pairs of rows, lower number first, each once: every row with its nearest few that are alike."""
    seen: set[tuple[int, int]] = set()
    for start in range(0, len(vectors), _BLOCK):
        cosines = vectors[start : start + _BLOCK] @ vectors.T
        for row, near in enumerate(cosines, start=start):
            near[row] = -1.0
            best = np.argsort(-near, kind="stable")[:_NEAREST]
            for other in best[near[best] >= PASSAGES_ALIKE]:
                pair = (min(row, int(other)), max(row, int(other)))
                if pair not in seen:
                    seen.add(pair)
                    yield pair


def _may_meet(first: Passage, second: Passage, today: date) -> bool:
    """Whether one reader can be shown both on one day, in one language."""
    one, other = first.document, second.document
    start = max(today, one.effective_from or today, other.effective_from or today)
    return (
        bool(one.audience & other.audience)
        and one.language[:2].lower() == other.language[:2].lower()
        and one.in_force(start)
        and other.in_force(start)
    )


def _sentences(passage: Passage) -> list[_Read]:
    language = passage.document.language
    return [
        _read(Statement(passage, passage.text[one.start : one.end]), language) for one in sentence_spans(passage.text)
    ]


def _read(statement: Statement, language: str) -> _Read:
    rest, facts = _counted(statement.text), dict[str, frozenset[str]]()
    for kind, pattern in _FACTS:
        values = {_plain(match) for match in pattern.finditer(rest)}
        if values:
            facts[kind] = frozenset(values)
            rest = pattern.sub(" ", rest)
    words = frozenset(one for one in stems(_NEGATION.sub(" ", rest), language) if not one[0].isdigit())
    days = frozenset(one for one in _DAYS if one in statement.text.casefold())
    names = frozenset(one.casefold() for one in _NAME.findall(statement.text)) | days
    return _Read(statement, words, names, facts, len(_NEGATION.findall(statement.text)) % 2 == 1)


def _counted(text: str) -> str:
    """The text with small numbers in digits."""
    return re.sub(r"\b[a-z]+\b", lambda match: _NUMBER_WORDS.get(match.group(), match.group()), text)


def _plain(match: re.Match[str]) -> str:
    words = [one for one in match.groups() if one] or [match.group()]
    return " ".join(words).casefold().replace(",", "").replace(".00", "").rstrip("s")


def _difference(one: _Read, other: _Read) -> str | None:
    """What two sentences about the same thing differ in; None where they agree or speak of different things."""
    fewer = min(len(one.words), len(other.words))
    if fewer < _FEWEST_WORDS or _apart(one.names, other.names):
        return None
    shared = len(one.words & other.words)
    if shared / fewer < SHARED_WORDS or (one.words - other.words and other.words - one.words and shared < fewer - 1):
        return None
    for kind, values in one.facts.items():
        if kind in other.facts and _apart(values, other.facts[kind]):
            return kind
    if one.negated != other.negated and shared >= max(len(one.words), len(other.words)) - 1:
        return "negation"
    return None


def _apart(first: frozenset[str], second: frozenset[str]) -> bool:
    """Whether each holds something that the other lacks: one that says more does not contradict."""
    return bool(first - second) and bool(second - first)


def _likeness(pairs: Sequence[tuple[str, str]], embed: Embed) -> Floats:
    """Cosine of each pair. float32 (pairs,)."""
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    rows = embed(texts)
    place = {text: at for at, text in enumerate(texts)}
    cosines: Floats = np.array([rows[place[a]] @ rows[place[b]] for a, b in pairs], dtype=np.float32)
    return cosines
