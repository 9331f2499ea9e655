"""Facts of a desk that approved answers are filled with: a closed set of types, and what makes a value of each.

A fact is about the organisation. It is written down by whoever keeps the knowledge and read when documents are read;
nothing that a contact or a model wrote ever becomes one.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.sentences import sentence_spans
from vouchsafe.domain.words import without_tokens


class SlotType(StrEnum):
    """What a slot may hold."""

    PHONE = "phone"
    URL = "url"
    PRICE = "price"
    HOURS = "opening_hours"
    DATE = "date"
    TEXT = "text"


class BadFact(VouchsafeError):
    """A value is none of its type; the sentence says what is wanted and never quotes the value."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One value in the words that are sent. `words`: by language code; the empty code stands for every language."""

    name: str
    type: SlotType
    words: Mapping[str, str]

    def says(self, language: str) -> str | None:
        """The words for an answer in a language (BCP 47); None where there are none."""
        return self.words.get(language.partition("-")[0].lower(), self.words.get(""))


@dataclass(frozen=True, slots=True)
class Facts:
    """A desk's facts by name. `refused`: those that cannot be used, with the reason; `place`: where they stand."""

    known: Mapping[str, Fact] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    place: str = "facts.yaml"


def _in_order(words: str) -> tuple[str, ...]:
    return tuple(words.split())


NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""How facts, and so slots, are named."""
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_LONGEST = 120
_LONGEST_URL = 200
_SENTENCE_MARKS = (".", "!", "?", "…", ":", ";", ",")
_NOT_IN_A_VALUE = re.compile(r"[{}\[\]<>`*|\\\x00-\x1f\x7f]")
"""What could be read as another slot, a token of redaction or markup."""
_STARTS = re.compile(r"[^\W_]|[\"“«(¿¡$€£+]")
"""A value never begins like a list item or a heading."""
_PHONE = re.compile(
    r"(?:\d{3,6}"  # a short code, such as 711
    r"|(?:\+?1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"
    r"|\+\d{1,3}(?:[ .-]?(?:\(\d{1,4}\)|\d{2,4})){2,5})"
    r"(?:,? ext\.? \d{1,5})?"
)
_PHONE_DIGITS = range(3, 21)
_PRICE = re.compile(
    r"[$€£]\d{1,3}(?:,\d{3})*(?:\.\d{2})?|[$€£]\d{1,6}(?:\.\d{2})?"
    r"|\d{1,3}(?:[.,]\d{3})*(?:[.,]\d{2})? ?(?:€|USD|EUR|GBP|CAD|MXN)"
)
_PERIOD = re.compile(
    r"(?P<first>[a-z]{3})(?: ?- ?(?P<last>[a-z]{3}))? +(?P<opens>\d{1,2}:\d{2}) ?- ?(?P<closes>\d{1,2}:\d{2})"
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES_A_DAY = 24 * 60
_DAY_NAMES = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS = {
    "en": _in_order("January February March April May June July August September October November December"),
    "es": _in_order("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
}


def fact_of(name: str, kind: str, value: object) -> Fact:
    """The fact of a name, a type's word and a value as they stand in a file.

    `value` is text, or for phone, url, price and text a mapping from language code to text. A date is written as
    2026-01-31, hours as `Mon-Fri 8:00-18:00, Sat 9:00-13:00`; both are put into words of each language we have.
    Raises: BadFact.
    """
    if not NAME.fullmatch(name):
        raise BadFact("a fact is named in small letters, digits and _, such as clinic_phone")
    try:
        type_ = SlotType(kind)
    except ValueError:
        raise BadFact(f"its type must be one of {', '.join(SlotType)}") from None
    if type_ in _IN_WORDS:
        return Fact(name, type_, _IN_WORDS[type_](_plain(value)))
    if not isinstance(value, Mapping):
        return Fact(name, type_, {"": _checked(type_, _plain(value))})
    if not value or not all(isinstance(code, str) and _LANGUAGE.fullmatch(code) for code in value):
        raise BadFact("its values are listed by language, such as en and es")
    return Fact(name, type_, {str(code): _checked(type_, _plain(one)) for code, one in value.items()})


def _plain(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise BadFact("its value must be one line of text")
    text = " ".join(str(value).split(" ")).strip()
    if not text or len(text) > _LONGEST_URL or _NOT_IN_A_VALUE.search(text) or without_tokens(text) != text:
        raise BadFact("its value must be one line of text, without braces, brackets and other markup")
    return text


def _checked(type_: SlotType, value: str) -> str:
    _CHECKS[type_](value)
    return value


def _check_phone(value: str) -> None:
    if not _PHONE.fullmatch(value) or sum(one.isdigit() for one in value) not in _PHONE_DIGITS:
        raise BadFact("not a telephone number such as (555) 555-0100 or +34 910 000 000")


def _check_url(value: str) -> None:
    try:
        parts = urlsplit(value)
        host, person = parts.hostname or "", parts.username or parts.password
        _ = parts.port
    except ValueError:
        host, person, parts = "", None, urlsplit("")
    plain = value.isascii() and " " not in value and not value.endswith((*_SENTENCE_MARKS, ")", "'", '"'))
    if parts.scheme != "https" or "." not in host.strip(".") or person is not None or not plain:
        raise BadFact("not an address such as https://portal.clinic.example/reset")


def _check_price(value: str) -> None:
    if not _PRICE.fullmatch(value):
        raise BadFact("not a price with its currency, such as $3 or 3.50 EUR")


def _check_text(value: str) -> None:
    one_piece = len(sentence_spans(value)) == 1 and not value.endswith(_SENTENCE_MARKS)
    if len(value) > _LONGEST or not one_piece or not _STARTS.match(value):
        raise BadFact(f"not a piece of a sentence of at most {_LONGEST} characters, without a full stop at its end")


def _hours_in_words(value: str) -> dict[str, str]:
    periods = [_period(one.strip()) for one in re.split("[,;]", value.lower())]
    taken = [day for first, last, _ in periods for day in range(first, last + 1)]
    if len(taken) != len(set(taken)):
        raise BadFact("a day stands twice in it")
    return {"en": " and ".join(map(_in_english, periods)), "es": " y ".join(map(_in_spanish, periods))}


_Period = tuple[int, int, tuple[str, str]]
"""First and last day, 0 for Monday, and the times of opening and closing."""


def _period(written: str) -> _Period:
    match = _PERIOD.fullmatch(written)
    days = [match[part] or match["first"] for part in ("first", "last")] if match else []
    if match is None or not set(days) <= set(_DAYS):
        raise BadFact("not hours such as Mon-Fri 8:00-18:00, Sat 9:00-13:00")
    first, last = (_DAYS.index(day) for day in days)
    opens, closes = (_minutes(match[part]) for part in ("opens", "closes"))
    if first > last or not 0 <= opens < closes <= _MINUTES_A_DAY:
        raise BadFact("its days or times run backwards; write Mon-Fri 8:00-18:00, Sat 9:00-13:00")
    return first, last, (match["opens"], match["closes"])


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes) if int(minutes) < 60 else -1


def _in_english(period: _Period) -> str:
    first, last, (opens, closes) = period
    names = _DAY_NAMES["en"]
    days = "every day" if last - first == 6 else names[first] if first == last else f"{names[first]} to {names[last]}"
    return f"{days} from {opens} to {closes}"


def _in_spanish(period: _Period) -> str:
    first, last, (opens, closes) = period
    names = _DAY_NAMES["es"]
    days = "todos los días" if last - first == 6 else f"el {names[first]}"
    if 0 < last - first < 6:
        days = f"de {names[first]} a {names[last]}"
    return f"{days} de {opens} a {closes}"


def _date_in_words(value: str) -> dict[str, str]:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise BadFact("not a date such as 2026-01-31") from None
    return {
        "en": f"{_MONTHS['en'][day.month - 1]} {day.day}, {day.year}",
        "es": f"{day.day} de {_MONTHS['es'][day.month - 1]} de {day.year}",
    }


_IN_WORDS: Mapping[SlotType, Callable[[str], dict[str, str]]] = {
    SlotType.HOURS: _hours_in_words,
    SlotType.DATE: _date_in_words,
}
_CHECKS: Mapping[SlotType, Callable[[str], None]] = {
    SlotType.PHONE: _check_phone,
    SlotType.URL: _check_url,
    SlotType.PRICE: _check_price,
    SlotType.TEXT: _check_text,
}
