"""Which sentence of the sources says what a part of a draft says, and which of its words stand there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from vouchsafe.pipeline.draft.support.said import Said, Word, taken_apart, without_prefix

_LEANS_BACK = re.compile(
    r"(?:it|its|they|their|them|this|that|these|those|he|she|there|ell[ao]s?|est[aeo]s?|es[aeo]s?)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence of a source that a part is held against. `pairs`: for each of the part's words of meaning the
    position of the like word in the source's sentence, or None.
    """

    part: Said
    source: Said
    pairs: tuple[int | None, ...]

    @property
    def missing(self) -> tuple[Word, ...]:
        """The part's words of meaning that the source's sentence does not have."""
        return tuple(word for word, at in zip(self.part.content, self.pairs, strict=True) if at is None)

    @property
    def share(self) -> float:
        """The share of the part's words of meaning that the source's sentence has, in [0, 1]."""
        return 1.0 - len(self.missing) / len(self.pairs) if self.pairs else 0.0


def nearest(part: str, said: Sequence[str]) -> tuple[Evidence, ...]:
    """The sentences of the sources that have most of a part, most like it first; `said` must not be empty."""
    found = [_held_against(part, one) for one in candidates(said)]
    best = max(one.share for one in found)
    equal = [one for one in found if one.share == best]
    return tuple(sorted(equal, key=lambda one: (-_likeness(one), len(one.source.words))))


def candidates(said: Sequence[str]) -> Iterator[str]:
    """Each sentence of the sources; one that leans back on the sentence before it also together with that one."""
    for number, one in enumerate(said):
        yield one
        if number and _LEANS_BACK.match(one):
            yield f"{said[number - 1]} {one}"


def likeness(part: Said, source: Said) -> float:
    """How alike two sentences are, word by word in order, in [0, 1]."""
    mine, theirs = [w.text for w in part.words], [w.text for w in source.words]
    return SequenceMatcher(None, mine, theirs, autojunk=False).ratio()


def same(word: Word, other: Word, part: Said) -> bool:
    """Whether two words say the same: equal facts, equal stems, synonyms, or one turned round by a prefix."""
    if word.fact or other.fact:
        return _same_fact(word, other)
    return word.key == other.key or part.lists.alike(word.key, other.key) or _turned(word, other)


def turned(word: Word, other: Word) -> bool:
    """Whether one is the other with a negating prefix, as "unavailable" and "available"."""
    return word.key != other.key and _turned(word, other)


def _held_against(part: str, one: str) -> Evidence:
    mine = taken_apart(part)
    theirs = taken_apart(one, mine.code)
    return Evidence(mine, theirs, tuple(_position(word, mine, theirs) for word in mine.content))


def _position(word: Word, mine: Said, theirs: Said) -> int | None:
    alike = [n for n, other in enumerate(theirs.words) if other.carries and same(word, other, mine)]
    exact = [n for n in alike if theirs.words[n].key == word.key]
    return next(iter(exact or alike or _joined(word, theirs)), None)


def _joined(word: Word, theirs: Said) -> list[int]:
    """Where two words of the source, written together, are this one: "line-up" and "lineup"."""
    pairs = enumerate(pairwise(theirs.words))
    return [n for n, (one, next_one) in pairs if one.text + next_one.text == word.text and one.carries]


def _likeness(evidence: Evidence) -> float:
    return likeness(evidence.part, evidence.source)


def _same_fact(word: Word, other: Word) -> bool:
    if word.fact == other.fact:
        return True
    if not word.fact or not other.fact:
        return False
    kinds = {word.fact.kind: word.fact.value, other.fact.kind: other.fact.value}
    # "children under 12" and "children under 12 years": an age needs no unit.
    if kinds.keys() == {"number", "months"}:
        return float(kinds["months"]) == 12 * float(kinds["number"])
    return False


def _turned(word: Word, other: Word) -> bool:
    return without_prefix(word.text) == other.text or without_prefix(other.text) == word.text
