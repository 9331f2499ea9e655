"""Word lists of our own, read once from `data/redact`."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_FOLDER = "redact"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Lower-case words by what they tell us. `digest` changes with any list."""

    common: frozenset[str]
    first_names: frozenset[str]
    surnames: frozenset[str]
    ambiguous: frozenset[str]
    """Names that are words too; see `data/redact/ambiguous_names.txt`."""
    medical: frozenset[str]
    eponyms: frozenset[str]
    cities: frozenset[str]
    """Towns; two words are joined by one space."""
    plain: frozenset[str]
    """Words that stand in small letters in texts without names: a wider list than `common`, and a looser one."""
    groups: dict[str, int]
    """Words to the number of their group of like use."""
    world_first: frozenset[str]
    """First names, also as written without accents, of many cultures."""
    world_last: frozenset[str]
    place_words: frozenset[str]
    """Towns of one word that is no everyday word."""
    nicknames: dict[str, frozenset[str]]
    """A first name to all names that may stand for the same person, itself included."""
    digest: str

    def is_word(self, word: str) -> bool:
        """Whether a lower-case word is everyday English, its plain inflections included."""
        word = word.replace("'", "") if word.replace("'", "") in self.common else word
        return word in self.common or any(stem in self.common for stem in _stems(word))

    def is_name(self, word: str) -> bool:
        """Whether a lower-case word stands in one of the lists of names."""
        return word in self.first_names or word in self.surnames

    def is_sure_name(self, word: str) -> bool:
        """Whether a lower-case word is a name and nothing else that we know of."""
        return self.is_name(word) and word not in self.ambiguous and not self.is_word(word)


def word_set(words: str) -> frozenset[str]:
    """The words of a text, for the short lists that stand beside the rule they serve."""
    return frozenset(words.split())


@cache
def lexicon() -> Lexicon:
    """The shipped lists."""
    digest = hashlib.sha256()

    def lines(name: str, kind: str = "txt") -> list[str]:
        raw = (files("vouchsafe.data") / _FOLDER / f"{name}.{kind}").read_bytes()
        digest.update(raw)
        return [line for line in raw.decode("utf-8").splitlines() if line and not line.startswith("#")]

    def words(name: str) -> frozenset[str]:
        return frozenset(word.replace("_", " ") for line in lines(name) for word in line.split())

    common, world = words("common_words"), json.loads("\n".join(lines("world_names", "json")))
    return Lexicon(
        common=common,
        plain=words("plain_words"),
        groups={word: at for at, line in enumerate(lines("word_groups")) for word in line.split()},
        world_first=_single(name for names in world["first"].values() for name in names),
        world_last=_single(name for names in world["last"].values() for name in names),
        place_words=_single(town for towns in world["towns"].values() for town in towns) - common,
        first_names=words("first_names"),
        surnames=words("surnames"),
        ambiguous=words("ambiguous_names"),
        medical=words("medical_words"),
        eponyms=words("eponyms"),
        cities=words("cities"),
        nicknames=_nicknames(lines("nicknames")),
        digest=digest.hexdigest(),
    )


def _single(names: Iterable[str]) -> frozenset[str]:
    """Names of one word in small letters, each also without its accents."""
    found = {name.lower() for name in names if name.isalpha()}
    return frozenset(found | {unaccented(name) for name in found})


def unaccented(word: str) -> str:
    """The word in the letters that are left when marks are taken off."""
    return "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one))


def _nicknames(rows: list[str]) -> dict[str, frozenset[str]]:
    mates: dict[str, set[str]] = {}
    for row in rows:
        names = row.split()
        for name in names:
            mates.setdefault(name, set()).update(names)
    return {name: frozenset(same) for name, same in mates.items()}


def _stems(word: str) -> tuple[str, ...]:
    """What a word may be an inflection of. Loose on purpose: it only decides that a word is no name."""
    if word.endswith("'s"):
        return (word[:-2],)
    stems = []
    for ending, replacements in (
        ("ies", ("y",)),
        ("ing", ("", "e")),
        ("ed", ("", "e")),
        ("es", ("", "e")),
        ("ly", ("",)),
        ("s", ("",)),
        ("er", ("", "e")),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stems += [word[: -len(ending)] + replacement for replacement in replacements]
    return tuple(stems)
