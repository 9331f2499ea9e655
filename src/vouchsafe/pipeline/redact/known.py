"""Looks for what the record says about a contact: names, addresses, numbers, dates, in any format.

Comparison is by what identifies: letters without case and accents, digits without punctuation. A contact's data is
prepared once per redaction (`prepare`) and looked for in every part (`find_known`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vouchsafe.domain.identifier import KnownContact, Label
from vouchsafe.pipeline.redact.hit import Hit, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.pipeline.redact.listed_names import starts_sentence

_WORD = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*")
_NAME_PART = re.compile(r"[^\W\d_]+")
_EDIT_LETTERS = 6
"""Names of at least so many letters are found with one typing error (notes/redaction.md, section 2)."""
_LONGEST_GAP = 3
"""Characters of punctuation that may stand between two characters of one number."""
_ASKS = re.compile(
    r"\s(?:you|i|we|he|she|it|they|the|this|that|my|your|our|there|be|a|an|not|need|all)\b", re.IGNORECASE
)
"""What follows a verb that opens a sentence: "Will you ...", "May I ..."."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_STREET = {
    "street": "st",
    "avenue": "ave",
    "av": "ave",
    "boulevard": "blvd",
    "road": "rd",
    "lane": "ln",
    "drive": "dr",
    "court": "ct",
    "place": "pl",
    "square": "sq",
    "terrace": "ter",
    "parkway": "pkwy",
    "highway": "hwy",
    "apartment": "apt",
    "suite": "ste",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "circle": "cir",
    "trail": "trl",
    "unit": "apt",
    "saint": "st",
    "mount": "mt",
}


@dataclass(frozen=True, slots=True)
class Known:
    """Contacts as they are looked for. `codes` maps letters and digits alone to a label."""

    name_words: frozenset[str]
    fuzzy_words: tuple[str, ...]
    codes: tuple[tuple[str, Label], ...]
    literals: tuple[tuple[str, Label], ...]
    address_runs: tuple[tuple[str, ...], ...]
    dates: frozenset[tuple[int, int, int]]


def prepare(contacts: Iterable[KnownContact]) -> Known:
    """What to look for, from what the records say. An entry too short to identify anybody is left out."""
    people = tuple(contacts)
    names = {word for one in people for name in one.names for word in _name_words(name)}
    dates = frozenset(date for one in people for text in one.dates if (date := read_date(text)))
    literals = {(_fold(mail.strip()), Label.EMAIL) for one in people for mail in one.emails if "@" in mail}
    literals |= {(_fold(text.strip()), Label.DATE) for one in people for text in one.dates if len(text.strip()) > 3}
    literals |= {
        (_fold(name.strip()), Label.NAME)
        for one in people
        for name in one.names
        if len(name.strip()) > 1 and not name.isascii()
    }
    locals_ = {_fold(mail.split("@")[0]) for one in people for mail in one.emails if "@" in mail}
    literals |= {(local, Label.EMAIL) for local in locals_ if len(local) > 4 and not lexicon().is_word(local)}
    return Known(
        name_words=frozenset(names),
        fuzzy_words=tuple(sorted(word for word in names if len(word) >= _EDIT_LETTERS)),
        codes=tuple(sorted(_codes(people, dates))),
        literals=tuple(sorted(literals)),
        address_runs=tuple(sorted({run for one in people for line in one.addresses for run in _address_runs(line)})),
        dates=dates,
    )


def find_known(text: str, known: Known) -> Iterator[Hit]:
    """Every place of a cleaned text that says something the record says."""
    yield from _names(text, known)
    yield from _literals(text, known)
    yield from _squeezed(text, known)
    yield from _addresses(text, known)


def read_date(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of a date as records write it: ISO, month first, or with the month's name."""
    words = re.findall(r"[A-Za-z]+|\d+", text)
    months = [_MONTHS.index(word[:3].lower()) + 1 for word in words if word[:3].lower() in _MONTHS]
    numbers = [int(word) for word in words if word.isdigit() and len(word) <= 4]
    if months and len(numbers) >= 2:
        day, year = sorted(numbers[:2])
        return (year, months[0], day) if year > 31 else (numbers[1], months[0], numbers[0])
    if len(numbers) < 3:
        return None
    first, second, third = numbers[:3]
    if first > 31:
        return first, second, third
    return (third, second, first) if first > 12 else (third, first, second)


def within_one_edit(left: str, right: str) -> bool:
    """Whether one letter added, dropped, changed, or swapped with its neighbour makes one word the other."""
    if left == right:
        return True
    if abs(len(left) - len(right)) > 1:
        return False
    short, long = sorted((left, right), key=len)
    at = 0
    while at < len(short) and short[at] == long[at]:
        at += 1
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return swapped or short[at + 1 :] == long[at + 1 :]


def _fold(text: str) -> str:
    """Lower case without accents, one character for each, so that places stay."""
    return text.lower() if text.isascii() else "".join(_fold_one(one) for one in text)


def _fold_one(one: str) -> str:
    base = unicodedata.normalize("NFD", one)[:1].lower()
    return base if len(base) == 1 else one


def _name_words(name: str) -> Iterator[str]:
    known = lexicon()
    for part in _NAME_PART.findall(_fold(name)):
        if len(part) < 2 or part in {
            "mr",
            "mrs",
            "ms",
            "dr",
            "prof",
            "jr",
            "sr",
            "ii",
            "iii",
            "md",
            "de",
            "la",
            "el",
            "van",
            "von",
            "der",
        }:
            continue
        yield part
        yield from known.nicknames.get(part, ())


def _names(text: str, known: Known) -> Iterator[Hit]:
    if not known.name_words:
        return
    words = list(_NAME_PART.finditer(text))
    folded = [_fold(word.group()) for word in words]
    sure = [_is_named(text, word, fold, known) for word, fold in zip(words, folded, strict=True)]
    for at, word in enumerate(words):
        beside = (at > 0 and sure[at - 1]) or (at + 1 < len(words) and sure[at + 1])
        if sure[at] or (folded[at] in known.name_words and beside):
            yield Hit(word.start(), word.end(), Label.NAME, Rank.KNOWN, 1.0, "known/name")


def _is_named(text: str, word: re.Match[str], fold: str, known: Known) -> bool:
    """Whether a word is one of the names. One that is a word too needs a capital that no sentence start explains."""
    lexical = lexicon()
    if fold in known.name_words:
        if not lexical.is_word(fold):
            return len(fold) > 2 or word.group()[0].isupper()
        if not word.group()[0].isupper():
            return False
        return not starts_sentence(text, word.start()) or (
            fold in lexical.ambiguous and not _ASKS.match(text, word.end())
        )
    if len(fold) < _EDIT_LETTERS - 1 or lexical.is_word(fold):
        return False
    return any(within_one_edit(fold, name) for name in known.fuzzy_words)


def _literals(text: str, known: Known) -> Iterator[Hit]:
    folded = _fold(text)
    for literal, label in known.literals:
        at = folded.find(literal)
        while at >= 0:
            yield Hit(at, at + len(literal), label, Rank.KNOWN, 1.0, f"known/{label.value.lower()}")
            at = folded.find(literal, at + 1)


def _codes(people: Sequence[KnownContact], dates: Iterable[tuple[int, int, int]]) -> set[tuple[str, Label]]:
    """Numbers and ids as letters and digits alone, with the shorter forms that people give."""
    codes: set[tuple[str, Label]] = set()
    for one in people:
        for phone in one.phones:
            digits = _squeeze(phone)
            codes |= {(digits[-length:], Label.PHONE) for length in (10, 7) if len(digits) >= length}
            codes |= {(digits, Label.PHONE)} if len(digits) >= 5 else set()
        for code in one.ids:
            squeezed = _squeeze(code)
            numeric = "".join(filter(str.isdigit, squeezed))
            codes |= {(squeezed, Label.UNIQUE_ID)} if len(squeezed) >= 3 else set()
            codes |= {(numeric, Label.UNIQUE_ID)} if len(numeric) >= 5 else set()
    for year, month, day in dates:
        full, short = f"{year:04}", f"{year % 100:02}"
        codes |= {
            (form, Label.DATE)
            for y in (full, short)
            for form in (f"{month:02}{day:02}{y}", f"{day:02}{month:02}{y}", f"{y}{month:02}{day:02}")
        }
        codes |= {(f"{month}{day}{full}", Label.DATE), (f"{day}{month}{full}", Label.DATE)}
    return codes


def _squeeze(text: str) -> str:
    return "".join(one for one in _fold(text) if one.isalnum())


def _squeezed(text: str, known: Known) -> Iterator[Hit]:
    """Codes with any punctuation inside: compares letters and digits only, and keeps their places."""
    if not known.codes:
        return
    places = [at for at, one in enumerate(text) if one.isalnum()]
    squeezed = _fold("".join(text[at] for at in places))
    for code, label in known.codes:
        at = squeezed.find(code)
        while at >= 0:
            where = places[at : at + len(code)]
            if _is_whole(text, where):
                yield Hit(where[0], where[-1] + 1, label, Rank.KNOWN, 1.0, f"known/{label.value.lower()}")
            at = squeezed.find(code, at + 1)


def _is_whole(text: str, where: Sequence[int]) -> bool:
    """Whether the characters stand close together and no further digit touches them on the left or right."""
    if any(right - left > _LONGEST_GAP + 1 for left, right in pairwise(where)):
        return False
    before, after = text[where[0] - 1 : where[0]], text[where[-1] + 1 : where[-1] + 2]
    # A longer number that ends in ours is a country code before a phone number: only letters set them apart.
    return not (after.isdigit() or before.isalpha() or (before.isdigit() and len(where) < 7))


def _address_runs(line: str) -> Iterator[tuple[str, ...]]:
    """The lines and comma parts of an address as words in one spelling; lone everyday words are left out."""
    for part in re.split(r"[,\n;]", line):
        run = _address_words(part)
        if len(run) > 1 or (run and len(run[0]) > 3 and not lexicon().is_word(run[0])):
            yield run
        if len(run) > 2 and run[0][0].isdigit():
            # "456 Oak" without "Avenue".
            yield run[:2]


def _address_words(text: str) -> tuple[str, ...]:
    return tuple(_STREET.get(word, word) for word in (_fold(one.group()) for one in _WORD.finditer(text)))


def _addresses(text: str, known: Known) -> Iterator[Hit]:
    if not known.address_runs:
        return
    words = list(_WORD.finditer(text))
    spelled = [_STREET.get(fold, fold) for fold in (_fold(word.group()) for word in words)]
    for run in known.address_runs:
        for at in range(len(spelled) - len(run) + 1):
            if tuple(spelled[at : at + len(run)]) == run:
                yield Hit(
                    words[at].start(), words[at + len(run) - 1].end(), Label.LOCATION, Rank.KNOWN, 1.0, "known/address"
                )
