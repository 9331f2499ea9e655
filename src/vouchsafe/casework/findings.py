"""Findings in plain words, each reason with the words it stands on, its score, threshold and nearest examples.

A finding only ever adds caution, so nothing here says what a message is not (R198).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vouchsafe.domain.finding import ClinicalClass, Findings, Reason, Signal, Unit, Vulnerability


class Tone(StrEnum):
    """Which meaning colours a finding; the words say the same."""

    URGENT = "urgent"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Because:
    """One reason. `words` is a quote from the redacted message, empty where the whole text counts."""

    says: str
    words: str
    by: str
    where: str
    score: str
    threshold: str
    nearest: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One finding as a person reads it."""

    title: str
    tone: Tone
    because: tuple[Because, ...]


_SIGNALS = (
    ("crisis", "The writer may be in a crisis", Tone.URGENT),
    ("threat", "The message holds a threat", Tone.URGENT),
    ("outage", "A system that care depends on may be down", Tone.URGENT),
    ("clinical", "The message speaks of health or care", Tone.URGENT),
    ("legal_threat", "The writer speaks of legal steps", Tone.CAUTION),
    ("dispute", "The writer disputes a charge or a decision", Tone.CAUTION),
    ("complaint", "The message is a complaint", Tone.CAUTION),
    ("human_request", "The writer asks for a person", Tone.CAUTION),
    ("injection", "The message tries to instruct the AI", Tone.CAUTION),
)
_VULNERABLE = {
    Vulnerability.FINANCIAL: "Signs of money trouble",
    Vulnerability.HEALTH: "Signs that illness makes this harder for the writer",
    Vulnerability.LIFE_EVENT: "A hard event in the writer's life",
    Vulnerability.LANGUAGE: "The writer may need another language",
    Vulnerability.ACCESSIBILITY: "The writer may need another way to be answered",
    Vulnerability.CAPABILITY: "Somebody may need help to deal with this",
    Vulnerability.SAFEGUARDING: "Somebody may be at risk of harm from another person",
}
_CLASSES = {
    ClinicalClass.DECISION: "a decision about care",
    ClinicalClass.TREATMENT: "treatment or medicines",
    ClinicalClass.DIAGNOSIS: "a diagnosis or a result",
    ClinicalClass.PATIENT_SPECIFIC: "a particular patient's health",
    ClinicalClass.URGENT: "something urgent",
}
_WHERE = {
    Unit.MESSAGE: "in the message as a whole",
    Unit.THREAD: "with the messages before it",
    Unit.SENTENCE: "in this sentence",
    Unit.HIDDEN: "in text that a reader does not see",
}
_NOT_JUDGED = "A check could not judge this message"


def spoken(findings: Findings, messages: Sequence[str]) -> tuple[Spoken, ...]:
    """What was found, the gravest first. `messages`: the redacted unanswered messages in order."""
    return tuple(_all(findings, messages))


def _all(findings: Findings, messages: Sequence[str]) -> Iterator[Spoken]:
    for name, title, tone in _SIGNALS:
        signal: Signal = getattr(findings, name)
        if signal.flag:
            yield Spoken(title + _classes(findings, name), tone, _because(signal, messages))
    for kind, signal in findings.vulnerability:
        if signal.flag:
            tone = Tone.URGENT if kind is Vulnerability.SAFEGUARDING else Tone.CAUTION
            yield Spoken(_VULNERABLE[kind], tone, _because(signal, messages))
    for name in findings.failed:
        yield Spoken(f"{_NOT_JUDGED}: {name.replace('_', ' ')}", Tone.CAUTION, ())


def _classes(findings: Findings, name: str) -> str:
    if name != "clinical" or not findings.clinical_classes:
        return ""
    return ": " + ", ".join(_CLASSES[one] for one in findings.clinical_classes)


def _because(signal: Signal, messages: Sequence[str]) -> tuple[Because, ...]:
    return tuple(_reason(one, messages) for one in signal.reasons)


def _reason(reason: Reason, messages: Sequence[str]) -> Because:
    return Because(
        says=reason.says,
        words=_quote(reason, messages),
        by=reason.by,
        where=_WHERE[reason.unit],
        score=_two(reason.score),
        threshold=_two(reason.threshold),
        nearest=tuple((one.example, f"{one.cosine:.2f}") for one in reason.nearest),
    )


def _quote(reason: Reason, messages: Sequence[str]) -> str:
    span = reason.span
    if span is None or reason.unit is Unit.HIDDEN or not 0 <= reason.message < len(messages):
        return ""
    return messages[reason.message][span.start : span.end].strip()


def _two(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"
