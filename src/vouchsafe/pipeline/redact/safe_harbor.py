"""A text for export under Safe Harbor: tokens, and what the rule lets stand of dates and ZIP codes.

45 CFR 164.514(b)(2)(i): (B) the first three digits of a ZIP code may stay where more than 20,000 people live in them,
else they are 000; (C) of a date only the year may stay, and all ages over 89, and years that tell them, become one
class. It is a help for an export that a person answers for: it holds only for what redaction found, and the rule also
asks that nobody knows how to identify the person from what is left.
"""

import re
from collections.abc import Sequence
from datetime import date

from vouchsafe.domain.identifier import Label, RedactedPart
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.redact.lexicon import word_set

FEW_PEOPLE = word_set("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893")
"""Three-digit areas of 20,000 people or fewer by the census of 2000, as the guidance of HHS of 2012 lists them."""
OLDEST = 89
AGED = "[AGED_90_OR_OVER]"

_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")
_AGE = re.compile(r"\d{2,3}")
_ZIP = re.compile(r"(?<![\w-])(\d{3})\d{2}(?:-\d{4})?(?=\W*$)|(?<=\b[A-Z]{2} )(\d{3})\d{2}(?:-\d{4})?(?!\w)")
"""At the end of an address, or behind a state where a date follows: five digits before a street are a house."""
_LONE_YEAR = re.compile(
    r"(?<![\w$€£#.,/-])(1[89]\d\d)(?![\w%]|[.,/-]\d|\s?(?:mg|mcg|ml|kcal|cal|calories|steps|units|dollars|usd)\b)"
)
_OLD = r"(?:9\d|1[0-2]\d)"
_PERSON = (
    r"(?:\[NAME_\d{1,4}\]|\b(?:mother|father|mom|mum|dad|grand(?:mother|father|ma|pa)|aunt|uncle|wife|husband|sister|brother|"
    r"patient|man|woman|lady|gentleman|neighbou?r|resident|madre|padre|abuel[oa]|t[ií][oa]|pacient[ea]))"
)
_AGE_BESIDE = re.compile(rf"({_PERSON},?\s{{0,2}}[(,]\s?)({_OLD})(?=\s?[,);.]|\s(?:and|who|y)\b)", re.IGNORECASE)
"""An age in brackets or between commas beside whoever is that old: "Rosa Bell, 94, fell", "my mother (94)"."""


def exported(part: RedactedPart, original: str, on: date) -> SafeText:
    """The redacted text with years in the place of dates and three digits in the place of ZIP codes.

    `original` is the text that was redacted, `on` the day of the export, from which ages are counted.
    """
    pieces: list[str] = []
    at = 0
    for found, placed in zip(part.found, part.placed, strict=True):
        value = original[found.span.start : found.span.end]
        token = part.text.value[placed.start : placed.end]
        pieces += [part.text.value[at : placed.start], _instead(value, token, found.label, on)]
        at = placed.end
    return SafeText(_aged("".join([*pieces, part.text.value[at:]]), on))


def _aged(text: str, on: date) -> str:
    """Years and ages that redaction left, where they tell an age over 89 (the rule lets other years stand)."""

    def year(match: re.Match[str]) -> str:
        return AGED if int(match.group(1)) < on.year - OLDEST else match.group()

    return _AGE_BESIDE.sub(lambda match: match.group(1) + AGED, _LONE_YEAR.sub(year, text))


def _instead(value: str, token: str, label: Label, on: date) -> str:
    if label is Label.DATE:
        return _year(value, token, on)
    if label is Label.LOCATION:
        return _area(value, token, on)
    return token


def _area(value: str, token: str, on: date) -> str:
    """The token with three digits of the ZIP code, or those alone where nothing else was masked; then a date's year."""
    found = list(_ZIP.finditer(value))
    if not found:
        return token
    area = found[-1].group(1) or found[-1].group(2)
    kept = f"[ZIP_{'000' if area in FEW_PEOPLE else area}]"
    behind = _YEAR.findall(value[found[-1].end() :])
    years = f" {_of_years(behind, on)}" if behind else ""
    return f"{kept if found[-1].group() == value.strip() else f'{token} {kept}'}{years}"


def _year(value: str, token: str, on: date) -> str:
    years = _YEAR.findall(value)
    if years:
        return _of_years(years, on)
    age = _AGE.fullmatch(re.sub(r"\D", "", value)) if not re.search(r"\d[/.\-]\d", value) else None
    return AGED if age and OLDEST < int(age.group()) < 130 else token


def _of_years(years: Sequence[str], on: date) -> str:
    return AGED if min(map(int, years)) < on.year - OLDEST else f"[YEAR_{years[-1]}]"
