"""Words that are another word with a slip of the finger: a letter more, less, wrong or in the wrong place.

A key word with a slip still says what stands beside it ("passowrd: ...", "Septmeber 3"), and an everyday word with a
slip is no name ("teh", "workign").
"""

from collections.abc import Iterable, Iterator
from functools import cache

from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
from vouchsafe.pipeline.redact.memory import Memory

_SHORTEST = 3
_PLAIN = 5
"""Letters from which on a wrong letter is forgiven; in shorter words only an exchange or a letter too few."""
_LONG = 8
"""Letters from which on two slips are forgiven."""

KEY_WORDS = word_set(
    "january february march april june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday christmas thanksgiving "
    "birthday birthdate birth born address street avenue boulevard road lane drive court highway apartment suite "
    "unit floor building hospital clinic center centre medical general pharmacy manor memorial health rehab "
    "nursing school university county "
    "phone telephone mobile cell extension number email account routing card ending expires expiration "
    "member membership subscriber policy insurance medicare medicaid group claim case ticket reference "
    "confirmation order invoice tracking prescription social security license passport badge employee "
    "patient record chart encounter password passcode passwd username login user verification code "
    "serial device pacemaker plate vehicle name named names first last middle maiden years mother father "
    "husband daughter brother sister doctor nurse live lives living moved"
)
"""What patterns look for; an unknown word that is nearly one of these is read as it."""


def distance(left: str, right: str, limit: int) -> int:
    """Slips between two words, two neighbouring letters exchanged counting as one; `limit` + 1 where there are more."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for at, letter in enumerate(left, start=1):
        older, before, row = before, row, [at]
        for to, other in enumerate(right, start=1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != other))
            if at > 1 and to > 1 and letter == right[to - 2] and left[at - 2] == other:
                cost = min(cost, older[to - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


_meant: Memory[str | None] = Memory(8192)
_misspelt: Memory[bool] = Memory(8192)
"""Unknown words are mostly names: what was found out about them is kept, they are not."""


def key_word(word: str) -> str | None:
    """The key word that an unknown lower-case word was meant to be; None for a word or name that we know."""
    if _is_known(word):
        return None
    return _meant.of(word, lambda unknown: _nearest(unknown, _near_key_words(), _slips(unknown)))


def is_misspelt(word: str) -> bool:
    """Whether a lower-case word that no list holds is an everyday or key word with a slip."""
    if _is_known(word) or word in lexicon().plain:
        return False
    return _misspelt.of(word, lambda unknown: _nearest(unknown, _near_words(), _slips(unknown)) is not None)


def _is_known(word: str) -> bool:
    known = lexicon()
    return (
        len(word) < _SHORTEST
        or not word.isalpha()
        or known.is_word(word)
        or known.is_name(word)
        or word in known.medical
        or word in known.eponyms
        or word in known.cities
    )


def _slips(word: str) -> int:
    return 2 if len(word) >= _LONG else 1


def _nearest(word: str, near: dict[str, tuple[str, ...]], limit: int) -> str | None:
    best, least = None, limit + 1
    for cut in _cuts(word):
        for meant in near.get(cut, ()):
            # The first letter is rarely wrong, and names differ from words there: "Marty", "party".
            if meant[0] != word[0] and meant[:2] != word[1::-1]:
                continue
            if len(word) < _PLAIN and not _is_plain_slip(word, meant):
                continue
            apart = distance(word, meant, limit)
            if apart < least:
                best, least = meant, apart
    return best


def _is_plain_slip(word: str, meant: str) -> bool:
    """Whether a short word has only an exchange, or from four letters on a letter too few ("afer")."""
    return sorted(word) == sorted(meant) or (len(word) + 1 == len(meant) > 4)


def _cuts(word: str) -> Iterator[str]:
    """The word, and the word without one letter."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _index(words: Iterable[str], shortest: int) -> dict[str, tuple[str, ...]]:
    """Each cut of a word to the words that it may come from."""
    near: dict[str, list[str]] = {}
    for word in sorted(words):
        if len(word) >= shortest and word.isalpha():
            for cut in set(_cuts(word)):
                near.setdefault(cut, []).append(word)
    return {cut: tuple(meant) for cut, meant in near.items()}


@cache
def _near_key_words() -> dict[str, tuple[str, ...]]:
    return _index(KEY_WORDS, 4)


@cache
def _near_words() -> dict[str, tuple[str, ...]]:
    return _index({*lexicon().common, *KEY_WORDS}, _SHORTEST)
