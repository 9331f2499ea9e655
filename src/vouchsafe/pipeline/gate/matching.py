"""Looking for words in what came in and what would leave: one way to compare texts for all rules."""

import re
from collections.abc import Mapping

_SPACE = re.compile(r"\s+")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})

_IDENTIFIERS = re.compile(
    r"""
      (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+                         # mail address
    | \b\d{3}-\d{2}-\d{4}\b                                            # social security number
    | (?<![\w.])(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]\d{4}\b   # telephone number
    | \b\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b                              # date in numbers
    | \b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4}\b
    | \b\d{1,2}\sde\s[a-zé]+\sde(?:l)?\s\d{4}\b                        # date in Spanish words
    | \b(?=[a-z]*\d)[a-z]{0,3}-?\d{6,}\b                               # record, account and member numbers
    """,
    re.VERBOSE | re.IGNORECASE,
)

_SOCIAL_SECURITY = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")

PLACEHOLDER = re.compile(r"\[(?P<label>[A-Z][A-Z_]*)_\d+\]")
"""A token such as `[NAME_1]`."""


def plain(text: str) -> str:
    """The text with white space collapsed, typographic quotes made straight, and case folded."""
    return _SPACE.sub(" ", text.translate(_QUOTES)).strip().casefold()


def first_family(families: Mapping[str, re.Pattern[str]], text: str) -> str | None:
    """The name of the first family of patterns that matches the text."""
    flat = plain(text)
    return next((name for name, pattern in families.items() if pattern.search(flat)), None)


def identifiers_in(text: str) -> tuple[str, ...]:
    """Values that look like identifiers by their shape alone; names are left to the redactor."""
    return tuple(match.group() for match in _IDENTIFIERS.finditer(text))


def social_security_numbers_in(text: str) -> tuple[str, ...]:
    """Values of the shape that nobody may write into a reply, not even a person."""
    return tuple(match.group() for match in _SOCIAL_SECURITY.finditer(text))
