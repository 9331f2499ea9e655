"""What a pattern is: an id, a version, and a regular expression that says where an identifier stands.

Every expression is bounded: no repetition of a repetition that can match the same text in two ways, so that no
input makes one run longer than a constant times its length.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Hit, Rank

Trim = Callable[[str, "re.Match[str]"], tuple[int, int] | None]
"""Cuts a match down to the identifier, or says that there is none in it."""
Part = tuple[int, int, Label]
Parts = Callable[[str, "re.Match[str]"], Iterator[Part]]
"""The places within a match that identify, each with its own label."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One expression. `version` grows with each change of meaning; it is part of the redactor's digest.

    `group` is the part that identifies. `trim`, where there is one, cuts words that surround a name; no pattern
    checks a number's validity: a caller's typing error still identifies.
    """

    id: str
    version: int
    label: Label
    rank: Rank
    score: float
    regex: re.Pattern[str]
    group: int = 0
    trim: Trim | None = None
    needs_digit: bool = False
    parts: Parts | None = None
    """Where there is one, it gives the places instead of `group` and `trim`."""

    def find(self, text: str) -> Iterator[Hit]:
        """Every match in a cleaned text."""
        for match in self.regex.finditer(text):
            if self.parts is not None:
                for start, end, label in self.parts(text, match):
                    yield Hit(start, end, label, self.rank, self.score, self.id)
                continue
            place = self.trim(text, match) if self.trim else match.span(self.group)
            if place is not None and place[0] < place[1]:
                yield Hit(*place, self.label, self.rank, self.score, self.id)


def words(*alternatives: str) -> str:
    """Alternatives as one group, the longest first, white space loose."""
    ordered = sorted(alternatives, key=len, reverse=True)
    return "(?:" + "|".join(one.replace(" ", r"[\s_-]{1,3}") for one in ordered) + ")"
