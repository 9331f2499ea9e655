"""The record that a labelled message's writer might have, made from the labels: nothing of it may be left.

A record holds whole values in its own format: a date with its year (1961-04-05), a number as digits, a code without
punctuation. What no record would hold is neutral here: a day without a year or with a clock time, an initial, an
address spelled out, a name or place of which every word is an everyday word and none a name ("Team", "my address").
"""

import re
from dataclasses import dataclass, replace
from datetime import date

from vouchsafe.domain.identifier import KnownContact, Label
from vouchsafe.pipeline.redact.known import read_date
from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.quality.labelled import NEUTRAL, LabelledText

_CODES = frozenset({Label.SSN, Label.MRN, Label.HEALTH_PLAN_ID, Label.ACCOUNT, Label.LICENSE, Label.UNIQUE_ID})
_FIELDS = {Label.NAME: "names", Label.EMAIL: "emails", Label.PHONE: "phones", Label.FAX: "phones", Label.DATE: "dates",
           Label.LOCATION: "addresses", **dict.fromkeys(_CODES, "ids")}  # fmt: skip
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_CLOCK = re.compile(r"\d:\d|\d\s?[ap]\.?m\b", re.IGNORECASE)
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof"})
_LEAST_DIGITS, _LEAST_CODE, _LEAST_PLACE = 7, 5, 4
_CENTURY = 30
"""Two digits of a year up to here are of this century."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record, and the message in which only what the record holds is still labelled."""

    record: KnownContact
    row: LabelledText


def own_record(row: LabelledText) -> Recorded:
    """The record of somebody whose values these are."""
    held: dict[str, list[str]] = {}
    spans = []
    for start, end, label in row.spans:
        value = "" if label == NEUTRAL else _as_recorded(row.text[start:end], label)
        if value:
            held.setdefault(_FIELDS[Label(label)], []).append(value)
        spans.append((start, end, label if value else NEUTRAL))
    return Recorded(KnownContact(**{field: tuple(of) for field, of in held.items()}), replace(row, spans=tuple(spans)))


def _as_recorded(words: str, label: str) -> str:
    """The value in the format of a record; empty where a record would not hold it."""
    if label not in _FIELDS:
        return ""
    squeezed = "".join(one for one in words if one.isalnum())
    match label:
        case Label.NAME:
            parts = re.findall(r"[^\W\d_]+", words)
            whole = all(len(part) > 1 for part in parts) and not re.search(r"[\d@]", words)
            return words if whole and _names_something(words) else ""
        case Label.EMAIL:
            return words.lower() if _MAIL.fullmatch(words) else ""
        case Label.PHONE | Label.FAX:
            return squeezed if squeezed.isdigit() and len(squeezed) >= _LEAST_DIGITS else ""
        case Label.DATE:
            return _iso(words)
        case Label.LOCATION:
            return words if len(squeezed) >= _LEAST_PLACE and _names_something(words) else ""
        case _:
            digits = sum(one.isdigit() for one in squeezed)
            return squeezed.upper() if len(squeezed) >= _LEAST_CODE and digits > 1 else ""


def _names_something(words: str) -> bool:
    known = lexicon()
    parts = [part for part in re.findall(r"[^\W_]+", words.lower()) if part not in _TITLES]
    return any(known.is_name(part) or not known.is_word(part) for part in parts)


def _iso(words: str) -> str:
    found = None if _CLOCK.search(words) else read_date(words)
    if found is None:
        return ""
    year, month, day = found
    year += 0 if year > 99 else 2000 if year <= _CENTURY else 1900
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
