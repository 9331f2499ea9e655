"""Drafts: sentences, each with what supports it."""

from dataclasses import dataclass
from enum import StrEnum

from vouchsafe.domain.text import SafeText, Span


class Origin(StrEnum):
    """Where a sentence comes from, which decides whether it may leave without a person."""

    VERBATIM = "verbatim"
    """An exact span of a cited passage."""
    TEMPLATE = "template"
    """An approved sentence of the pack, slots filled from a cited span."""
    PHRASE = "phrase"
    """An approved phrase without facts: greeting, disclosure, hand-over."""
    MODEL = "model"
    """Wording of a language model."""
    PERSON = "person"
    """Wording of a reviewer."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence's support: the span of the passage's text that says it."""

    document: str
    version: str
    passage: int
    span: Span
    title: str

    @property
    def name(self) -> str:
        """`path@version#number`, the form that stands in the trail."""
        return f"{self.document}@{self.version}#{self.passage}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a draft. `supported` is False where the support check failed; such a draft is held."""

    text: SafeText
    origin: Origin
    citation: Citation | None = None
    supported: bool = True
    reasons: tuple[str, ...] = ()
    """What the support check has against it, as plain sentences; empty where it is supported."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer in paragraphs of sentences, in one language (BCP 47)."""

    paragraphs: tuple[tuple[Sentence, ...], ...]
    language: str
    drafter: str
    """`name@digest` of the drafter, its templates and prompts."""
    confidence: float
    """In [0, 1], of the search it rests on (R53)."""
    partial: bool = False
    """Some of what was asked has no source here and waits for a person; such a draft never leaves by itself."""
    prompt: str | None = None
    """`prompt/name@digest` of the instructions that a language model wrote it under; None where none was asked."""
    unanswered: tuple[SafeText, ...] = ()
    """The parts of the message that have no source here, in the contact's redacted words, for whoever goes on."""

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences in order."""
        return tuple(sentence for paragraph in self.paragraphs for sentence in paragraph)

    @property
    def text(self) -> str:
        """The words as they would leave, tokens unrestored."""
        return "\n\n".join(" ".join(s.text.value for s in paragraph) for paragraph in self.paragraphs)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Each citation once, in order of first use."""
        return tuple(dict.fromkeys(s.citation for s in self.sentences if s.citation))


class WhyNot(StrEnum):
    """Why there is no draft."""

    NO_SOURCE = "no_source"
    MODE_OFF = "mode_off"
    AT_RISK = "at_risk"
    NO_TEXT = "no_text"
    LANGUAGE = "language"
    HELD_BY_PERSON = "held_by_person"
    DRAFTER_FAILED = "drafter_failed"
    AUTOMATIC_MESSAGE = "automatic_message"
