"""A text for export under Safe Harbor: tokens, and what the rule lets stand of dates and ZIP codes.

45 CFR 164.514(b)(2)(i): (B) the first three digits of a ZIP code may stay where more than 20,000 people live in them,
else they are 000; (C) of a date only the year may stay, and all ages over 89, and years that tell them, become one
class. It is a help for an export that a person answers for: it holds only for what redaction found, and the rule also
asks that nobody knows how to identify the person from what is left.
"""

import re
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
_ZIP = re.compile(r"(?<![\w-])(\d{3})\d{2}(?:-\d{4})?(?=\W*$)")
"""At the end of an address: five digits before a street are a house."""


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
    return SafeText("".join([*pieces, part.text.value[at:]]))


def _instead(value: str, token: str, label: Label, on: date) -> str:
    if label is Label.DATE:
        return _year(value, token, on)
    if label is Label.LOCATION:
        return _area(value, token)
    return token


def _area(value: str, token: str) -> str:
    """The token with three digits of the ZIP code, or those alone where nothing else was masked."""
    areas = _ZIP.findall(value)
    if not areas:
        return token
    kept = f"[ZIP_{'000' if areas[-1] in FEW_PEOPLE else areas[-1]}]"
    return kept if _ZIP.fullmatch(value.strip()) else f"{token} {kept}"


def _year(value: str, token: str, on: date) -> str:
    years = [int(year) for year in _YEAR.findall(value)]
    if years:
        return AGED if min(years) < on.year - OLDEST else f"[YEAR_{years[-1]}]"
    age = _AGE.fullmatch(re.sub(r"\D", "", value)) if not re.search(r"[/.\-]", value) else None
    return AGED if age and OLDEST < int(age.group()) < 130 else token
