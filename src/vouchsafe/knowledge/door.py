"""What holds a document at the door: identifiers of a patient, words addressed to a machine, characters nobody sees.

A page of a clinic is full of names, telephone numbers, addresses and dates that identify no patient, so the whole
redaction would hold every page. Held is what such a page has no reason to hold. Of 233 documents (the demo's and
those of VA.gov, see `docs/data.md`) one is held, which tells of invented veterans by first name and date. What gets by
was not measured: whoever publishes a page answers for it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from vouchsafe.domain.answers import Slot
from vouchsafe.domain.facts import SlotType
from vouchsafe.domain.identifier import Label
from vouchsafe.domain.knowledge import HoldKind, HoldReason
from vouchsafe.domain.passage import Document
from vouchsafe.pipeline.detect.normalise import canonical, concealed
from vouchsafe.pipeline.detect.rules.injection import RULES
from vouchsafe.pipeline.detect.rules.rule import Rule, matches
from vouchsafe.pipeline.redact.clean import clean
from vouchsafe.pipeline.redact.hit import Hit
from vouchsafe.pipeline.redact.patterns import PATTERNS
from vouchsafe.pipeline.redact.redactor import Redactor

FindNames = Callable[[str], bool]
"""Whether a line holds a person's name."""

_MOST = 20
"""Reasons listed for one document; a list of patients would have thousands."""
_RECORD_NUMBER_DIGITS = 5
"""A policy is numbered 4.2 and a plan is Part B; numbers of members and records are longer."""
_CARD_DIGITS = range(13, 20)
_LONGEST_NAME = 5
"""Words of the longest whole name that is looked for."""
_ANY_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_DATE_DIGITS = 4
"""A year, or day and month."""
_FULL_DATE = re.compile(
    r"\b(?:19|20)\d{2}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d{2}\b|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:19|20)\d{2}\b|"
    r"\b\d{1,2}(?:st|nd|rd|th)?\s(?:of\s)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?,?\s"
    r"(?:19|20)\d{2}\b|\b\d{1,2}\sde\s[a-z]{4,10}\sde\s(?:19|20)\d{2}\b",
    re.IGNORECASE,
)
_ABOUT_THE_PAGE = re.compile(
    r"\b(?:updated|reviewed|revised|approved|written|published|effective|version|valid|signed off|owner|author|"
    r"actualizado|revisado|aprobado|vigente|act|law|holiday|named after|founded|between|on or (?:after|before)|"
    r"or (?:after|before)|after|before)\b",
    re.IGNORECASE,
)
"""Lines in which a name beside a date belongs to whoever keeps the page, to a rule about a period, or to history."""
_TO_A_MACHINE = frozenset(
    f"injection.{name}" for name in ("override", "reveal", "role", "to_machine", "code", "markup")
)
"""What a page has no reason to say; pages do speak of checks, passwords and who may authorise what."""
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){4}|@|%40")
"""In words or an address that fill a slot: a number of somebody's, or a mail address. Houses and prices are shorter."""
_OWN_AFFAIRS = re.compile(
    r"your (?:instructions?|rules?|guidelines?|polic(?:y|ies)|training|restrictions?|programming|commands?|filters?)"
    r"(?:['’]s)?"
)
"""What staff pages say of people: "when you finish your training"."""
_RULES: tuple[Rule, ...] = tuple(one for one in RULES if one.id in _TO_A_MACHINE)
_WATCHED = tuple(
    one
    for one in PATTERNS
    if one.label in {Label.SSN, Label.MRN, Label.HEALTH_PLAN_ID} or one.id in {"card/number", "date/birth-keyed"}
)
_SAYS = {
    Label.SSN: "a social security number",
    Label.MRN: "a medical record number",
    Label.HEALTH_PLAN_ID: "a member or policy number",
    Label.ACCOUNT: "a payment card number",
    Label.DATE: "a date of birth",
}


@dataclass(frozen=True, slots=True)
class PossibleName:
    """Words that could be a whole name, with the line where they stand."""

    name: str
    line: int


def possible_names(text: str) -> Iterator[PossibleName]:
    """Every run of two to five words in a line that begins and ends with a capital."""
    for number, line in enumerate(clean(text).text.split("\n"), start=1):
        words = _ANY_WORD.findall(line)
        for start, first in enumerate(words):
            for end in range(start + 2, min(start + _LONGEST_NAME, len(words)) + 1):
                if first[0].isupper() and words[end - 1][0].isupper():
                    yield PossibleName(" ".join(words[start:end]), number)


@dataclass(frozen=True, slots=True)
class Door:
    """Looks at documents before they are indexed. `names` is asked about lines with a full date, and about slots."""

    names: FindNames

    def reasons_for(self, document: Document) -> tuple[HoldReason, ...]:
        """Why a person has to decide about a document: its title, its text, and what only an approved answer has."""
        found = [*self.reasons(document.title), *self.reasons(document.text)]
        if document.answer:
            found += [reason for question in document.answer.questions for reason in self.reasons(question)]
            found += self._values(document.text, document.answer.slots)
        return tuple(dict.fromkeys(found))[:_MOST]

    def reasons(self, text: str) -> tuple[HoldReason, ...]:
        """Why a person has to decide about this text; empty lets it in. In order of line, the first 20."""
        cleaned = clean(text)
        found = [
            *_hidden(text),
            *(_reason(HoldKind.IDENTIFIER, says, cleaned.text, at) for says, at in _numbers(cleaned.text)),
            *self._people(cleaned.text),
            *_instructions(text),
        ]
        once = dict.fromkeys(sorted(found, key=lambda one: (one.line, one.kind.value, one.says)))
        return tuple(once)[:_MOST]

    def _values(self, text: str, slots: Iterable[Slot]) -> Iterator[HoldReason]:
        """Slots whose value may identify a person: a slot holds facts about the organisation and nothing else."""
        for slot in slots:
            value = text[slot.span.start : slot.span.end]
            named = slot.type is SlotType.TEXT and self.names(value)
            numbered = slot.type in {SlotType.TEXT, SlotType.URL} and _LONG_NUMBER.search(value)
            if named or numbered:
                says = f"what may identify a person fills the slot {slot.name}"
                yield _reason(HoldKind.IDENTIFIER, says, text, slot.span.start)

    def _people(self, text: str) -> Iterator[HoldReason]:
        """Lines that put a person's name beside a full date: appointments, births, visits."""
        for number, line in enumerate(text.split("\n"), start=1):
            if _FULL_DATE.search(line) and not _ABOUT_THE_PAGE.search(line) and self.names(line):
                yield HoldReason(HoldKind.IDENTIFIER, "a person's name beside a full date", number)


@cache
def shipped_door() -> Door:
    """The door with the names that our lists, patterns and tagger know; one a process."""
    redactor = Redactor(None)

    def names(line: str) -> bool:
        parts = redactor.redact([line])
        # A line that could not be looked at counts as one with a name.
        return bool(parts.failed) or any(one.label is Label.NAME for one in parts.parts[0].found)

    return Door(names)


def in_words(reasons: Iterable[HoldReason]) -> str:
    """One line for the person at the shell: what, and in which lines of the text as read."""
    lines: dict[str, list[int]] = {}
    for one in reasons:
        lines.setdefault(one.says, []).append(one.line)
    return "; ".join(f"{says} (line {', '.join(map(str, at[:5]))})" for says, at in lines.items())


def _numbers(text: str) -> Iterator[tuple[str, int]]:
    for pattern in _WATCHED:
        for hit in pattern.find(text):
            if _counts(hit, text):
                yield _SAYS[hit.label], hit.start


def _counts(hit: Hit, text: str) -> bool:
    words = text[hit.start : hit.end]
    digits = [int(one) for one in words if one.isdigit()]
    if hit.label in {Label.MRN, Label.HEALTH_PLAN_ID}:
        return len(digits) >= _RECORD_NUMBER_DIGITS
    if hit.label is Label.ACCOUNT:
        return len(digits) in _CARD_DIGITS and _has_check_digit(digits)
    if hit.label is Label.DATE:
        return len(digits) >= _DATE_DIGITS
    return True


def _has_check_digit(digits: list[int]) -> bool:
    """Luhn's sum, which the numbers of all payment cards satisfy (ISO/IEC 7812-1)."""
    doubled = [one if place % 2 == 0 else sum(divmod(one * 2, 10)) for place, one in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _instructions(text: str) -> Iterator[HoldReason]:
    read = canonical(text)
    for match in matches(_RULES, read):
        words = " ".join(text[match.span.start : match.span.end].lower().split())
        if not _OWN_AFFAIRS.fullmatch(words):
            yield _reason(HoldKind.INSTRUCTION, f"words to a machine: {match.rule.says}", text, match.span.start)


def _hidden(text: str) -> Iterator[HoldReason]:
    at = next((place for place, one in enumerate(text) if 0xE0000 <= ord(one) <= 0xE007F), None)
    if at is not None and concealed(text):
        yield _reason(HoldKind.HIDDEN, "characters that a reader does not see", text, at)


def _reason(kind: HoldKind, says: str, text: str, at: int) -> HoldReason:
    return HoldReason(kind, says, text.count("\n", 0, at) + 1)
