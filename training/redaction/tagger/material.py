"""What the tagger is trained on: labelled rows, other values in the place of theirs, and the ways people write.

A row is a list of segments (text, label or None). Each epoch sees each row anew: names, places, dates and numbers are
drawn again, and a part of the rows is written in lower case, without punctuation, with typing errors or with digits
spelled out. Names come from `world_names.json` and from syllables, so that the context has to tell. Nothing that is
scored is ever written anew.
"""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from vouchsafe.quality.labelled import LabelledText, read_labelled

HERE = Path(__file__).resolve().parent
SHARE_ALIKE = ("presidio_research",)
"""Sources that may measure but not shape what ships."""

Segment = tuple[str, str | None]
Row = tuple[Segment, ...]


def _split(words: str) -> list[str]:
    """Words with spaces between them, as a list."""
    return words.split()


_MONTHS = _split(
    "january february march april may june july august september october november december "
    "jan feb mar apr may jun jul aug sep sept oct nov dec"
)
_ORDINALS = _split("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth twentieth")
_DIGITS = _split("zero one two three four five six seven eight nine")
_CONSONANTS = _split("b c d f g h j k l m n p r s t v w y z ch sh th kr br tr st ng kh dz")
_VOWELS = _split("a e i o u a e i o ai au ie ee oo ou ya")
_ENDS = _split("n s r l m k t a o i e ez ski ov ian sen wala nathan oglu dottir uru kumar ak eh")


@dataclass(frozen=True, slots=True)
class Lists:
    """Words to draw from; each group of names is one culture, and cultures are drawn evenly."""

    first: tuple[tuple[str, ...], ...]
    last: tuple[tuple[str, ...], ...]
    nick: tuple[str, ...]
    towns: tuple[str, ...]
    facilities: tuple[str, ...]
    streets: tuple[str, ...]
    organisations: tuple[str, ...]


def lists() -> Lists:
    """The lists that ship as `data/redact/world_names.json`."""
    found = json.loads((files("vouchsafe.data") / "redact" / "world_names.json").read_text(encoding="utf-8"))
    return Lists(
        first=tuple(tuple(names) for names in found["first"].values()),
        last=tuple(tuple(names) for names in found["last"].values()),
        nick=tuple(found["nick"]),
        towns=tuple(town for towns in found["towns"].values() for town in towns),
        facilities=tuple(found["facilities"]),
        streets=tuple(found["streets"]),
        organisations=tuple(found["organisations"]),
    )


def labelled(path: Path) -> list[Row]:
    """The rows of a file with `spans`, or with labels inside the text."""
    return [_segments(row) for row in read_labelled(path)]


def unlabelled(path: Path, want: Callable[[dict[str, object]], bool]) -> list[Row]:
    """Rows of the detection data: nothing in them identifies but `[NAME]`, which stands for a person."""
    rows = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line:
            continue
        one = json.loads(line)
        if want(one):
            pieces = re.split(r"\[(NAME)\]", one["text"])
            segments = [(text, None) if at % 2 == 0 else ("Mary", "NAME") for at, text in enumerate(pieces) if text]
            rows.append(tuple(segments))
    return rows


def _segments(row: LabelledText) -> Row:
    segments: list[Segment] = []
    at = 0
    for start, end, label in row.spans:
        segments += [(row.text[at:start], None), (row.text[start:end], label)]
        at = end
    return tuple(one for one in [*segments, (row.text[at:], None)] if one[0])


class Writer:
    """Writes a row anew. `random` decides everything, so that a seed gives the same rows again."""

    def __init__(self, words: Lists, chance: random.Random) -> None:
        self._words = words
        self._chance = chance

    def anew(self, row: Row) -> Row:
        """Other values for most labels, then a way of writing."""
        keep = self._chance.random() < 0.25
        row = (
            row if keep else tuple((self._value(text, label), label) if label else (text, None) for text, label in row)
        )
        return self._styled(row)

    def _value(self, text: str, label: str) -> str:
        if self._chance.random() < 0.15:
            return text
        match label:
            case "NAME":
                return _cased_like(text, self._name(len(text.split())))
            case "LOCATION":
                return _cased_like(text, self._place(text))
            case "DATE":
                return _cased_like(text, self._date()) if self._chance.random() < 0.6 else self._shaken(text)
            case "OTHER":
                return text
            case _:
                return self._shaken(text)

    def _name(self, count: int) -> str:
        chance, words = self._chance, self._words
        culture = chance.randrange(len(words.first))
        other = culture if chance.random() < 0.7 else chance.randrange(len(words.last))
        first = self._made(1) if chance.random() < 0.2 else chance.choice(words.first[culture])
        last = self._made(2) if chance.random() < 0.25 else chance.choice(words.last[other % len(words.last)])
        if count == 1:
            kind = chance.random()
            return chance.choice(words.nick) if kind < 0.12 else (first if kind < 0.65 else last)
        if count == 2:
            kind = chance.random()
            if kind < 0.08:
                return f"{last}, {first}"
            return f"{first} {last}-{chance.choice(words.last[culture])}" if kind < 0.14 else f"{first} {last}"
        middle = chance.choice(
            [f"{chance.choice('ABCDEFGHJKLMNPRSTVW')}.", chance.choice(words.first[culture]), "de la"]
        )
        return f"{first} {middle} {last}"

    def _made(self, syllables: int) -> str:
        chance = self._chance
        pieces = [chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(syllables)]
        return ("".join(pieces) + chance.choice(_ENDS)).capitalize()

    def _place(self, text: str) -> str:
        chance, words = self._chance, self._words
        if re.fullmatch(r"\d{5}(-\d{4})?", text):
            return self._shaken(text)
        if re.match(r"\d", text) or re.search(r"\d", text):
            return self._shaken(text) if chance.random() < 0.3 else self._address()
        kind = chance.random()
        if kind < 0.35:
            return (
                chance.choice(words.towns)
                if chance.random() < 0.8
                else self._made(2) + chance.choice(["ville", "ton", " springs", "burg", " falls", "field", ""])
            )
        if kind < 0.6:
            return chance.choice(words.facilities)
        if kind < 0.7:
            return chance.choice(words.streets)
        return text

    def _address(self) -> str:
        chance, words = self._chance, self._words
        pieces = [f"{chance.randrange(1, 9900)} {chance.choice(words.streets)}"]
        if chance.random() < 0.35:
            unit = chance.choice(["Apt {}", "apt {}", "Unit {}", "#{}", "Suite {}", "Apt. {}B", "Lot {}", "Fl {}"])
            pieces.append(unit.format(chance.randrange(1, 400)))
        if chance.random() < 0.6:
            pieces.append(chance.choice(words.towns))
        return ", ".join(pieces) if chance.random() < 0.8 else " ".join(pieces)

    def _date(self) -> str:
        chance = self._chance
        month, day, year = chance.choice(_MONTHS).capitalize(), chance.randrange(1, 29), chance.randrange(1930, 2027)
        number = _MONTHS.index(month.lower()) % 12 + 1
        ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10 if day not in {11, 12, 13} else 0, "th")
        forms = [
            f"{number}/{day}/{year}", f"{number}/{day}/{year % 100:02}", f"{number}/{day}", f"{number}-{day}-{year}",
            f"{number:02}/{day:02}/{year}", f"{year}-{number:02}-{day:02}", f"{day}.{number}.{year}",
            f"{number} {day} {year % 100:02}", f"{number}.{day}.{year % 100:02}", f"{month} {day}",
            f"{month} {day}, {year}", f"{month} {day}{ending}", f"{month} {day}{ending}, {year}",
            f"{month} {day}{ending} {year}", f"{day} {month}", f"{day}{ending} of {month}", f"{day} {month} {year}",
            f"{day}{ending}", f"{month} {chance.choice(_ORDINALS)}", f"{month} {day} {year}",
            f"{number:02}{day:02}{year}", f"{month} {year}", f"{day}-{month[:3]}-{year}",
        ]  # fmt: skip
        return chance.choice(forms)

    def _shaken(self, text: str) -> str:
        """Other digits and, in codes and addresses of the network, other letters; the shape stays."""
        chance = self._chance
        letters = any(one.isdigit() for one in text) or "@" in text
        made = []
        for one in text:
            if one.isdigit():
                made.append(str(chance.randrange(10)))
            elif letters and one.isascii() and one.isalpha() and chance.random() < 0.25:
                other = chance.choice("abcdefghijklmnoprstuvwyz")
                made.append(other.upper() if one.isupper() else other)
            else:
                made.append(one)
        return "".join(made)

    def _styled(self, row: Row) -> Row:
        chance = self._chance
        kind = chance.random()
        if kind < 0.34:
            row = tuple((text.lower(), label) for text, label in row)
        elif kind < 0.37:
            row = tuple((text.upper(), label) for text, label in row)
        elif kind < 0.40:
            row = tuple((text.title(), label) for text, label in row)
        if chance.random() < 0.14:
            row = tuple((re.sub(r"[.,!?;:](?=\s|$)", "", text), label) for text, label in row)
        if chance.random() < 0.07:
            row = tuple((self._spelled(text), label) for text, label in row)
        if chance.random() < 0.14:
            row = tuple((self._mistyped(text), label) for text, label in row)
        return row

    def _spelled(self, text: str) -> str:
        return re.sub(r"\d", lambda digit: f" {_DIGITS[int(digit.group())]} ", text).replace("  ", " ")

    def _mistyped(self, text: str) -> str:
        made = list(text)
        for at in range(len(made) - 1):
            if not made[at].isalpha() or not made[at + 1].isalpha() or self._chance.random() > 0.03:
                continue
            kind = self._chance.random()
            if kind < 0.4:
                made[at], made[at + 1] = made[at + 1], made[at]
            elif kind < 0.7:
                made[at] = made[at] * 2
            else:
                made[at] = ""
        return "".join(made)


def _cased_like(old: str, new: str) -> str:
    if old.islower():
        return new.lower()
    return new.upper() if old.isupper() and len(old) > 3 else new
