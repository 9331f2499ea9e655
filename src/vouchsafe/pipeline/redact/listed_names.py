"""Names and towns that our own lists hold, in any case: what a model misses in lower case."""

import re
from collections.abc import Iterator

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Hit, Rank
from vouchsafe.pipeline.redact.lexicon import Lexicon, lexicon

_WORD = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*")
_JOINED = re.compile(r"(?<![\w@.])(?:[A-Z][a-z]{2,15}){2,3}\d{0,4}(?!\w)|(?<![\w@.])[A-Za-z]{4,24}\d{1,4}(?!\w)")
_CAMEL = re.compile(r"[A-Z][a-z]+")
_BEFORE_SENTENCE = frozenset(".!?\n:;\"'(>-•*")


def listed_names(text: str) -> Iterator[Hit]:
    """Names in the lists: a sure one in any case, one that is a word too only with a capital inside a sentence.

    A capitalised word beside a listed name belongs to it ("Priya Venkataraman").
    """
    known = lexicon()
    found = list(_WORD.finditer(text))
    for at, word in enumerate(found):
        if not _is_listed(known, text, word):
            continue
        start, end = word.span()
        if at and _belongs(known, text, found[at - 1], word):
            start = found[at - 1].start()
        if at + 1 < len(found) and _belongs(known, text, word, found[at + 1]):
            end = found[at + 1].end()
        yield Hit(start, end, Label.NAME, Rank.MODEL, 0.75, "list/name")


def joined_names(text: str) -> Iterator[Hit]:
    """User names that are made of a listed name: "SarahConnor", "emilywhite99"."""
    known = lexicon()
    for word in _JOINED.finditer(text):
        camel = [piece.lower() for piece in _CAMEL.findall(word.group())]
        letters = "".join(one for one in word.group().lower() if one.isalpha())
        numbered = any(one.isdigit() for one in word.group()) and any(
            known.is_sure_name(letters[:n]) for n in range(4, len(letters) + 1)
        )
        if numbered or (len(camel) > 1 and any(piece in known.first_names and len(piece) > 3 for piece in camel)):
            yield Hit(word.start(), word.end(), Label.UNIQUE_ID, Rank.MODEL, 0.7, "list/joined")


def listed_towns(text: str) -> Iterator[Hit]:
    """Towns in the list: with a capital, or in lower case after "in", "at", "from", "near"."""
    known = lexicon().cities
    found = list(_WORD.finditer(text))
    for at, word in enumerate(found):
        lower, end = word.group().lower(), word.end()
        pair = f"{lower} {found[at + 1].group().lower()}" if at + 1 < len(found) else ""
        if pair in known and text[end : found[at + 1].start()] == " ":
            yield Hit(word.start(), found[at + 1].end(), Label.LOCATION, Rank.MODEL, 0.75, "list/town")
        elif lower in known and _stands_for_a_town(word, found[at - 1].group().lower() if at else ""):
            yield Hit(word.start(), end, Label.LOCATION, Rank.MODEL, 0.7, "list/town")


def starts_sentence(text: str, position: int) -> bool:
    """Whether a word at this place has its capital from standing first."""
    before = text[max(0, position - 4) : position].rstrip(" \t")
    return not before.strip() or before[-1] in _BEFORE_SENTENCE or text[max(0, position - 1) : position] == "\n"


def _is_listed(known: Lexicon, text: str, word: re.Match[str]) -> bool:
    lower = word.group().lower()
    if known.is_sure_name(lower) and lower not in known.eponyms and lower not in known.cities and len(lower) > 2:
        return True
    capital = word.group()[0].isupper()
    if not capital or not (known.is_name(lower) or lower in known.ambiguous):
        return False
    if lower in known.first_names and lower not in known.ambiguous:
        return True
    return (
        not starts_sentence(text, word.start())
        and lower in known.ambiguous
        and lower in known.first_names
        and len(lower) > 3
        and not known.is_word(lower)
    )


def _belongs(known: Lexicon, text: str, left: re.Match[str], right: re.Match[str]) -> bool:
    """Whether two neighbouring words make one name."""
    if text[left.end() : right.start()] not in {" ", ", ", ". "}:
        return False
    for other in (left, right):
        lower = other.group().lower()
        if lower in known.eponyms or lower in known.medical:
            return False
    pair = (left.group().lower(), right.group().lower())
    if not left.group()[0].isupper() or not right.group()[0].isupper():
        # In lower case both must be names: "mary jones", but not "mary called".
        return all(known.is_name(one) for one in pair) and not any(
            known.is_word(one) and one not in known.ambiguous for one in pair
        )
    return all(not known.is_word(one) or one in known.ambiguous for one in pair)


def _stands_for_a_town(word: re.Match[str], before: str) -> bool:
    lower, known = word.group().lower(), lexicon()
    cue = before in {"in", "at", "from", "near", "to", "of", "live", "around", "outside"}
    if word.group()[0].isupper():
        return cue or (lower not in known.first_names and lower not in known.surnames and not known.is_word(lower))
    return before in {"in", "from", "near"} and not known.is_word(lower) and not known.is_name(lower)
