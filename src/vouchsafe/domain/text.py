"""The two kinds of words: as they arrived, and with identifiers taken out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, repr=False)
class PhiText:
    """Words as they arrived. May identify a patient."""

    value: str

    def __repr__(self) -> str:
        # Reprs end up in tracebacks, logs and bug reports. The length is enough to debug with.
        return f"PhiText({len(self.value)} characters)"


@dataclass(frozen=True, slots=True, repr=False)
class SafeText:
    """Words after redaction, identifiers replaced by tokens such as `[NAME_1]`.

    Built only in `pipeline/redact` and by the row readers of `store`; an architecture test checks it.
    Redaction reduces identifiers, it never removes all of them, so these words are sealed at rest too.
    """

    value: str

    def __repr__(self) -> str:
        return f"SafeText({len(self.value)} characters)"


@dataclass(frozen=True, slots=True, repr=False)
class Rescanned:
    """Words that may go into a prompt: past redaction's strict profile and the second, different scan, or our own.

    Built only in `pipeline/redact`; an architecture test checks it. They count as patients' words all the same.
    """

    safe: SafeText

    def __repr__(self) -> str:
        return f"Rescanned({len(self.safe.value)} characters)"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters, `start` included, `end` excluded."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, got {self.start} and {self.end}")


def joined(first: SafeText, others: Iterable[SafeText], by: str = "\n") -> SafeText:
    """Safe texts in one; what is safe apart is safe together."""
    return replace(first, value=by.join([first.value, *(other.value for other in others)]))


def part_of(text: SafeText, span: Span) -> SafeText:
    """A stretch of a safe text."""
    return replace(text, value=text.value[span.start : span.end])
