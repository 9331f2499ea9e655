"""Approved answers: text that a desk signed off beforehand, its slots filled from the desk's facts when it is read.

The filled words are the document's text, so that a citation points at exactly what is sent, and a fact that changes
makes another version.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.facts import NAME, Facts, SlotType
from vouchsafe.domain.text import Span
from vouchsafe.domain.words import without_tokens

MAX_WORDS = 120
"""An answer is one passage, which the encoder reads whole, and short enough for a patient to read."""
MAX_QUESTIONS = 8
MAX_QUESTION_CHARACTERS = 150
_SLOT = re.compile(rf"\{{({NAME.pattern})\}}")
_OPEN = re.compile(r"\{[^{}\s]{1,40}\}")
_BRACE = re.compile(r"[{}]")
_HEADING = re.compile(r"^#{1,6}[ \t]", re.MULTILINE)


class BadAnswer(VouchsafeError):
    """An approved answer cannot be used; the sentence says what to mend in it or in the facts."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of the answer's text that was filled: with which fact, of which type, and where."""

    name: str
    type: SlotType
    span: Span


@dataclass(frozen=True, slots=True)
class ApprovedAnswer:
    """What makes a document an approved answer.

    `questions`: examples of what it answers, in the contact's words. `slots` in the order they stand in the text.
    """

    approved_by: str
    """Name or office of whoever signed the words off."""
    questions: tuple[str, ...]
    slots: tuple[Slot, ...]


def filled(template: str, facts: Facts, language: str) -> tuple[str, tuple[Slot, ...]]:
    """The text with every slot filled, and where each value stands in it.

    Raises: BadAnswer for an unknown slot, a fact that was refused or has no words in the language, and for a brace
    that belongs to no slot, so that none is ever left.
    """
    text, slots, at = "", [], 0
    for match in _SLOT.finditer(template):
        text += _without_braces(template[at : match.start()])
        type_, value = _value(match.group(1), facts, language)
        slots.append(Slot(match.group(1), type_, Span(len(text), len(text) + len(value))))
        text, at = text + value, match.end()
    return text + _without_braces(template[at:]), tuple(slots)


def approved(  # noqa: PLR0917  # what stands in one document
    template: str,
    title: str,
    approved_by: str,
    questions: Sequence[str],
    intent: str | None,
    facts: Facts,
    language: str,
) -> tuple[str, ApprovedAnswer]:
    """The words of an approved answer and what is kept beside them. Raises: BadAnswer."""
    if not approved_by:
        raise BadAnswer("an approved answer says who signed it off; add `approved_by: name or office`")
    if not title or _BRACE.search(title):
        raise BadAnswer("an approved answer needs a `title` of plain words, which stands under the reply as its source")
    if not questions and intent is None:
        raise BadAnswer("nothing says what it answers; add `questions:` with examples, or `intent:`")
    _check_questions(questions)
    if _HEADING.search(template):
        raise BadAnswer("the body of an approved answer is the answer and nothing else; take its headings out")
    if without_tokens(template) != template:
        raise BadAnswer("it holds words in the form of a placeholder, such as [NAME_1]; reword it")
    text, slots = filled(template, facts, language)
    if len(text.split()) > MAX_WORDS:
        raise BadAnswer(f"longer than {MAX_WORDS} words; cut it, or make it a page")
    return text, ApprovedAnswer(approved_by, tuple(questions), slots)


def open_slot(text: str) -> bool:
    """Whether a text holds what looks like a slot that nobody filled."""
    return _OPEN.search(text) is not None


def with_slots(text: str, slots: Sequence[Slot]) -> str:
    """The text as its keeper wrote it, each filled value as the slot's name again."""
    return "".join(piece if slot is None else f"{{{slot.name}}}" for piece, slot in pieces(text, slots))


def pieces(text: str, slots: Sequence[Slot]) -> Iterator[tuple[str, Slot | None]]:
    """The text cut at its slots: each stretch with the slot that it fills, None for the words around."""
    at = 0
    for slot in slots:
        if at < slot.span.start:
            yield text[at : slot.span.start], None
        yield text[slot.span.start : slot.span.end], slot
        at = slot.span.end
    if at < len(text):
        yield text[at:], None


def _check_questions(questions: Sequence[str]) -> None:
    if len(questions) > MAX_QUESTIONS:
        raise BadAnswer(f"more than {MAX_QUESTIONS} example questions; a few that differ are enough")
    for one in questions:
        if (
            not one
            or len(one) > MAX_QUESTION_CHARACTERS
            or "\n" in one
            or _BRACE.search(one)
            or without_tokens(one) != one
        ):
            raise BadAnswer(f"an example question is one line of at most {MAX_QUESTION_CHARACTERS} plain characters")


def _without_braces(words: str) -> str:
    if _BRACE.search(words):
        raise BadAnswer("a brace that is no slot; a slot is written {clinic_phone}, in small letters, digits and _")
    return words


def _value(name: str, facts: Facts, language: str) -> tuple[SlotType, str]:
    refused = facts.refused.get(name) or facts.refused.get("")
    if refused:
        raise BadAnswer(f"the slot {{{name}}} cannot be filled: {facts.place}: {refused}")
    fact = facts.known.get(name)
    if fact is None:
        raise BadAnswer(f"unknown slot {{{name}}}; {facts.place} has no fact of that name")
    value = fact.says(language)
    if value is None:
        raise BadAnswer(f"the slot {{{name}}} has no value in the language {language}; add one in {facts.place}")
    return fact.type, value
