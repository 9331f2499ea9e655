"""What a reader sees of a text: compatibility forms, look-alikes and entities resolved, invisible characters gone.

Detection works on the cleaned text and masks in the text as received, so every cleaned character remembers which
range of the original it came from.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass

from vouchsafe.domain.text import Span

_PLAIN = re.compile(r"[\t\n\r -%'-;=?-~]*")
"""ASCII without controls, `&`, `<` and `>`: nothing to clean."""

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,10});")
_INLINE_TAG = re.compile(r"</?(?:b|i|u|em|strong|span|font|wbr|small|big|mark|s|sub|sup)\s{0,3}/?>", re.IGNORECASE)

# Letters of Cyrillic and Greek that look like a Latin letter; from the shapes themselves, ours.
_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеорсухіјѕԁһӏԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυ",
    "ABESIJKMHOPCTYXaeopcyxijsdhlqwABEZHIKMNOPTYXaivopu",
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_QUOTES = {ord("‘"): "'", ord("’"): "'", ord("ʼ"): "'", ord("“"): '"', ord("”"): '"'}
_FIXED = {**_DASHES, **_QUOTES}
_WORD = re.compile(r"[^\W\d_]+")
_TAG_BLOCK = range(0xE0020, 0xE007F)
"""Tag characters, which spell ASCII invisibly (Unicode 16, section 23.9)."""
_VARIATION = range(0xFE00, 0xFE10)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text. `starts[i]` and `ends[i]` bound the characters of the original that gave character `i`.

    `invisible` lists what a reader cannot see, as `U+200B x3`; `smuggled` is what invisible tag characters spell.
    """

    text: str
    starts: tuple[int, ...] | range
    ends: tuple[int, ...] | range
    invisible: tuple[str, ...] = ()
    smuggled: str = ""

    def to_original(self, start: int, end: int) -> Span:
        """The range of the original that a non-empty range of the cleaned text came from."""
        return Span(self.starts[start], self.ends[end - 1])

    def from_original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the cleaned text that shows any of a range of the original; empty where nothing is shown."""
        return bisect_right(self.ends, start), bisect_left(self.starts, end)


def clean(text: str) -> Cleaned:
    """The text as detectors read it. Never fails, whatever the characters."""
    if _PLAIN.fullmatch(text):
        return Cleaned(text, range(len(text)), range(1, len(text) + 1))
    cleaner = _Cleaner(text)
    cleaner.walk()
    return cleaner.result()


def visible(text: str) -> str:
    """The text without characters that no reader sees and without lone surrogates; all else as received."""
    if _PLAIN.fullmatch(text):
        return text
    kept = (
        "�" if "\ud800" <= one <= "\udfff" else one
        for at, one in enumerate(text)
        if not is_invisible(one) or _joins_pictures(text, at)
    )
    return "".join(kept)


def is_invisible(one: str) -> bool:
    """Whether a character shows nothing: format characters, controls, tags, variation selectors."""
    if one in "\t\n\r":
        return False
    return unicodedata.category(one) in {"Cf", "Cc"} or ord(one) in _VARIATION or 0xE0000 <= ord(one) <= 0xE0FFF


class _Cleaner:
    """Walks a text once, character by character, and keeps the map."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._out: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._unseen: Counter[str] = Counter()
        self._smuggled: list[str] = []

    def walk(self) -> None:
        text, at = self._text, 0
        while at < len(text):
            at = self._add_plain(at)
            if at == len(text):
                break
            one = text[at]
            if one == "&" and (entity := _ENTITY.match(text, at)):
                self._add(html.unescape(entity.group()), at, entity.end())
                at = entity.end()
            elif one == "<" and (tag := _INLINE_TAG.match(text, at)):
                at = tag.end()
            elif is_invisible(one):
                self._note_unseen(one, at)
                at += 1
            else:
                end = self._cluster_end(at)
                self._add(_compatible(text[at:end]), at, end)
                at = end

    def result(self) -> Cleaned:
        cleaned = _without_look_alikes("".join(self._out))
        unseen = tuple(f"U+{ord(one):04X} x{count}" for one, count in sorted(self._unseen.items()))
        return Cleaned(cleaned, tuple(self._starts), tuple(self._ends), unseen, "".join(self._smuggled))

    def _add_plain(self, at: int) -> int:
        """Take over a run of plain characters at once; the last may carry a mark, so it is left for a closer look."""
        match = _PLAIN.match(self._text, at)
        end = match.end() if match else at
        if end < len(self._text):
            end = max(at, end - 1)
        self._out.append(self._text[at:end])
        self._starts.extend(range(at, end))
        self._ends.extend(range(at + 1, end + 1))
        return end

    def _cluster_end(self, at: int) -> int:
        """The end of a letter with the marks that combine with it; at most 16, so that a pile of marks ends."""
        end = at + 1
        while end < len(self._text) and end - at < 16 and unicodedata.combining(self._text[end]):
            end += 1
        return end

    def _add(self, seen: str, start: int, end: int) -> None:
        for one in seen:
            if is_invisible(one):
                self._unseen[one] += 1
                continue
            self._out.append(one)
            self._starts.append(start)
            self._ends.append(end)

    def _note_unseen(self, one: str, at: int) -> None:
        if ord(one) in _TAG_BLOCK:
            self._smuggled.append(chr(ord(one) - 0xE0000))
        if not _joins_pictures(self._text, at):
            self._unseen[one] += 1


def _compatible(cluster: str) -> str:
    """The compatibility form of one letter with its marks; digits of other scripts as ASCII."""
    if cluster.isascii():
        return cluster
    if "\ud800" <= cluster[0] <= "\udfff":
        return "�"
    composed = unicodedata.normalize("NFKC", cluster).translate(_FIXED)
    digits = (str(unicodedata.decimal(one)) if one.isdecimal() else one for one in composed)
    spaced = (" " if unicodedata.category(one) == "Zs" else one for one in digits)
    return "".join(spaced)


def _without_look_alikes(text: str) -> str:
    """Words that mix scripts, or that Latin letters could spell whole, in Latin letters; the length stays."""
    if text.isascii():
        return text
    return _WORD.sub(_latin_word, text)


def _latin_word(word: re.Match[str]) -> str:
    spelled = word.group()
    if spelled.isascii():
        return spelled
    latin = spelled.translate(_LOOK_ALIKES)
    mixed = any(one.isascii() for one in spelled)
    return latin if mixed or latin.isascii() else spelled


def _joins_pictures(text: str, at: int) -> bool:
    """Whether an invisible character holds an emoji together, which is its proper work."""
    if text[at] != "\u200d" and ord(text[at]) not in _VARIATION:
        return False
    return at > 0 and unicodedata.category(text[at - 1]) in {"So", "Sk", "Sm", "Po", "Nd", "Mn", "Cf"}
