"""Carries what was found in one part of a conversation into all its other parts, earlier turns too."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Hit, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.pipeline.redact.listed_names import starts_sentence

_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile(r"[^\W_]+")
_SHORTEST_NAME = 3
_SHORTEST_VALUE = 4
_REPEATED = frozenset(Label) - {Label.NAME, Label.OTHER, Label.DATE}
"""Labels whose whole value is looked for again. A date masked once by its context may be a dose elsewhere."""


@dataclass(frozen=True, slots=True)
class Found:
    """What earlier passes found, as it is looked for again: words of names, and whole values, in lower case."""

    names: frozenset[str]
    values: frozenset[tuple[str, Label]]


def collect(found: Iterable[tuple[str, Label]]) -> Found:
    """Words of names and whole values, from texts that were masked. Everyday words in a name are left out."""
    names: set[str] = set()
    values: set[tuple[str, Label]] = set()
    for text, label in found:
        if label is Label.NAME:
            names |= {word.lower() for word in _WORD.findall(text) if _can_spread(word)}
        elif label in _REPEATED and _is_telling(text):
            values.add((text.lower(), label))
    return Found(frozenset(names), frozenset(values))


def find(text: str, found: Found) -> Iterator[Hit]:
    """Every other occurrence in a cleaned text."""
    if found.names:
        yield from _names(text, found.names)
    if found.values:
        yield from _values(text, found.values)


def _is_telling(text: str) -> bool:
    """Whether a value can be looked for elsewhere without masking everyday words."""
    return len(text) >= _SHORTEST_VALUE and any(one.isalnum() for one in text) and not lexicon().is_word(text.lower())


def _can_spread(word: str) -> bool:
    lower, known = word.lower(), lexicon()
    if len(word) < _SHORTEST_NAME or lower in known.medical or (lower in known.eponyms and not known.is_name(lower)):
        return False
    return not known.is_word(lower) or lower in known.ambiguous


def _names(text: str, names: frozenset[str]) -> Iterator[Hit]:
    known = lexicon()
    for word in _WORD.finditer(text):
        lower = word.group().lower()
        if lower not in names:
            continue
        wordlike = known.is_word(lower) or lower in known.ambiguous
        capital = word.group()[0].isupper()
        if (
            not wordlike
            or (capital and not starts_sentence(text, word.start()))
            or (capital and not known.is_word(lower))
        ):
            yield Hit(word.start(), word.end(), Label.NAME, Rank.SPREAD, 0.85, "spread/name")


def _reads_as_words(text: str) -> bool:
    """Whether a value stands here in lower case as plain words: "new health" of "New Health"."""
    return text.islower() and all(lexicon().is_word(word) for word in text.split())


def _values(text: str, values: frozenset[tuple[str, Label]]) -> Iterator[Hit]:
    """Whole values, looked up by their first run of letters and digits so that many cost no more than few."""
    lower = (
        "".join(one.lower() if len(one.lower()) == 1 else one for one in text) if not text.isascii() else text.lower()
    )
    by_first: dict[str, list[tuple[str, Label]]] = {}
    for value, label in values:
        first = _RUN.search(value)
        if first is not None:
            by_first.setdefault(first.group(), []).append((value[first.start() :], label))
    for run in _RUN.finditer(lower):
        for value, label in by_first.get(run.group(), ()):
            end = run.start() + len(value)
            whole = lower.startswith(value, run.start()) and not lower[end : end + 1].isalnum()
            if whole and not _reads_as_words(text[run.start() : end]):
                yield Hit(run.start(), end, label, Rank.SPREAD, 0.85, "spread/value")
