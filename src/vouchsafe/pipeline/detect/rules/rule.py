"""A rule: phrases that mean something, and words in the same sentence that say it was meant otherwise."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vouchsafe.domain.text import Span
from vouchsafe.pipeline.detect.normalise import Canonical

# Every repeat is bounded and gaps never cross a sentence, so matching is linear in the text.
_BETWEEN = r"[ ,\-]{1,3}"
_MAYBE_BETWEEN = r"[ ,\-]{0,3}"
_GAP = r"(?:[ ,\-]{1,3}[\w'/&]{1,24}){0,4}?[ ,\-]{1,3}"
_SENTENCE_END = re.compile(r"[.!?\n](?=\s|$)|\n")


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` is looked for in canonical text. A match counts unless `unless` stands in the same sentence.

    `needs` must stand anywhere in the text. `kind` names the class or kind that the match means, where a family has
    several.
    """

    id: str
    says: str
    source: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    needs: re.Pattern[str] | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fired, and where in the source text."""

    rule: Rule
    span: Span


def rule(
    name: str,
    says: str,
    source: str,
    phrases: Sequence[str],
    *,
    unless: Sequence[str] = (),
    needs: Sequence[str] = (),
    kind: str = "",
) -> Rule:
    """Compile phrases: a space is any break inside a sentence, " ~ " up to four words between."""
    return Rule(
        id=name,
        says=says,
        source=source,
        pattern=phrased(phrases),
        unless=phrased(unless) if unless else None,
        needs=phrased(needs) if needs else None,
        kind=kind,
    )


def phrased(phrases: Sequence[str]) -> re.Pattern[str]:
    """One pattern of whole words for several phrases."""
    written = (
        phrase.replace(" ~ ", "~")
        .replace(" ?", "\0")
        .replace(" ", _BETWEEN)
        .replace("\0", _MAYBE_BETWEEN)
        .replace("~", _GAP)
        for phrase in phrases
    )
    return re.compile(r"(?<![\w])(?:" + "|".join(written) + r")(?![\w])")


def matches(rules: Sequence[Rule], read: Canonical) -> Iterator[Match]:
    """The first match of each rule that fires, in rule order."""
    for one in rules:
        if one.needs is None or one.needs.search(read.text):
            found = _first(one, read.text)
            if found is not None:
                yield Match(one, read.source(*found))


def _first(one: Rule, text: str) -> tuple[int, int] | None:
    for found in one.pattern.finditer(text):
        if one.unless is None or not one.unless.search(text, *_sentence(text, found.start(), found.end())):
            return found.span()
    return None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The range of the sentence round a match."""
    before = 0
    # A look back of 400 characters is longer than sentences are; it keeps the cost of a match bounded.
    for mark in _SENTENCE_END.finditer(text, max(0, start - 400), start):
        before = mark.end()
    after = _SENTENCE_END.search(text, end, min(len(text), end + 400))
    return max(before, start - 400), after.start() if after else min(len(text), end + 400)
