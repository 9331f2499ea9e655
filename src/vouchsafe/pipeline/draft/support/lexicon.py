"""The word lists of the support check: what says the same, what excludes each other, what says nothing."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from vouchsafe.domain.words import folded, stem

LANGUAGES = ("en", "es")
MERGED = "_"
"""Joins the words of a phrase, so that it counts as one word."""
_BETWEEN = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The lists of one language; words stand as keys, see `key`.

    `same`: for a key the sets that it belongs to. `groups`: for a key its places in the contrasts, (line, group).
    `phrases`: the phrases
    of several words that begin with a word, longest first.
    """

    code: str
    same: dict[str, frozenset[int]]
    groups: dict[str, frozenset[tuple[int, int]]]
    idle: frozenset[str]
    phrases: dict[str, tuple[tuple[str, ...], ...]]

    def alike(self, one: str, other: str) -> bool:
        """Whether two keys say the same: equal, or together in a set of synonyms and nowhere opposed."""
        if one == other:
            return True
        if not self.same.get(one, frozenset()) & self.same.get(other, frozenset()):
            return False
        return not self.opposed(one, other)

    def opposed(self, one: str, other: str) -> bool:
        """Whether two keys stand in different groups of a line of contrasts, and in no line in the same one."""
        mine, theirs = self.groups.get(one, frozenset()), self.groups.get(other, frozenset())
        if not mine or not theirs or mine & theirs:
            return False
        return bool({line for line, _ in mine} & {line for line, _ in theirs})


@lru_cache(maxsize=1024)
def key(word: str, code: str) -> str:
    """What a folded word or merged phrase is compared by: the stem of a word, a phrase as it is."""
    return word if MERGED in word else stem(word, code)


@lru_cache(maxsize=4)
def lexicon(code: str) -> Lexicon:
    """The lists of a language, `en` or `es`, read from `data/draft/words`."""
    sets = [_members(line, ",") for name in ("synonyms", "general") for line in _lines(name, code)]
    contrasts = [[_members(group, ",") for group in line.split("|")] for line in _lines("contrasts", code)]
    same: dict[str, set[int]] = {}
    groups: dict[str, set[tuple[int, int]]] = {}
    for number, members in enumerate(sets):
        for member in members:
            same.setdefault(_as_key(member, code), set()).add(number)
    for number, line in enumerate(contrasts):
        for place, members in enumerate(line):
            for member in members:
                groups.setdefault(_as_key(member, code), set()).add((number, place))
    every = {m for members in sets for m in members} | {m for line in contrasts for g in line for m in g}
    several = sorted((tuple(_BETWEEN.split(m)) for m in every if _BETWEEN.search(m)), key=len, reverse=True)
    phrases: dict[str, list[tuple[str, ...]]] = {}
    for phrase in several:
        phrases.setdefault(phrase[0], []).append(phrase)
    return Lexicon(
        code=code,
        same={word: frozenset(found) for word, found in same.items()},
        groups={word: frozenset(found) for word, found in groups.items()},
        idle=frozenset(word for line in _lines("idle", code) for word in folded(line).split()),
        phrases={first: tuple(found) for first, found in phrases.items()},
    )


def merged(tokens: list[str], words: Lexicon) -> list[str]:
    """Folded words in order, with each known phrase joined into one word; hyphens are tokens of their own."""
    found: list[str] = []
    place = 0
    while place < len(tokens):
        phrase, after = _phrase_at(tokens, place, words)
        found.append(phrase)
        place = after
    return [one for one in found if one != "-"]


def _phrase_at(tokens: list[str], place: int, words: Lexicon) -> tuple[str, int]:
    for phrase in words.phrases.get(tokens[place], ()):
        after, matched = place, 0
        while after < len(tokens) and matched < len(phrase):
            if tokens[after] == phrase[matched]:
                matched += 1
            elif tokens[after] != "-":
                break
            after += 1
        if matched == len(phrase):
            return MERGED.join(phrase), after
    return tokens[place], place + 1


def _as_key(member: str, code: str) -> str:
    return key(_BETWEEN.sub(MERGED, member), code)


def _members(line: str, between: str) -> list[str]:
    return [folded(member.strip()) for member in line.split(between) if member.strip()]


@lru_cache(maxsize=16)
def _lines(name: str, code: str) -> list[str]:
    text = files("vouchsafe.data").joinpath("draft", "words", f"{name}.{code}.txt").read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
