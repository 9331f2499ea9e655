"""Labels of identifiers, what redaction found, and the tokens that stand in for them."""

from dataclasses import dataclass
from enum import StrEnum

from vouchsafe.domain.text import PhiText, SafeText, Span


class Label(StrEnum):
    """The 18 Safe Harbor identifiers (45 CFR 164.514(b)(2)) in our grouping, credentials, and neutral OTHER."""

    NAME = "NAME"
    LOCATION = "LOCATION"
    DATE = "DATE"
    PHONE = "PHONE"
    FAX = "FAX"
    EMAIL = "EMAIL"
    SSN = "SSN"
    MRN = "MRN"
    HEALTH_PLAN_ID = "HEALTH_PLAN_ID"
    ACCOUNT = "ACCOUNT"
    LICENSE = "LICENSE"
    VEHICLE = "VEHICLE"
    DEVICE = "DEVICE"
    URL = "URL"
    IP = "IP"
    BIOMETRIC = "BIOMETRIC"
    PHOTO = "PHOTO"
    UNIQUE_ID = "UNIQUE_ID"
    CREDENTIAL = "CREDENTIAL"
    OTHER = "OTHER"


class Profile(StrEnum):
    """How much redaction masks: `standard` for local work, `strict` for anything that leaves the machine."""

    STANDARD = "standard"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class IdentifierSpan:
    """One identifier found in a text. `score` in [0, 1]; `by` names the pass that found it."""

    span: Span
    label: Label
    score: float
    by: str


@dataclass(frozen=True, slots=True)
class Token:
    """A stand-in such as `[NAME_1]` and the words it stands for, as they were received."""

    placeholder: str
    label: Label
    value: PhiText


@dataclass(frozen=True, slots=True)
class RedactedPart:
    """One redacted text with where each identifier stood in the original and where its token stands now."""

    text: SafeText
    found: tuple[IdentifierSpan, ...]
    placed: tuple[Span, ...]
    """Same length and order as `found`: the place of each token in `text`."""

    def to_original(self, span: Span) -> Span:
        """Where a span of the redacted text stood in the original; a token maps to all it replaced."""
        return Span(self._start_before(span.start), self._end_before(span.end))

    def _start_before(self, position: int) -> int:
        shift = 0
        for original, placed in zip(self.found, self.placed, strict=True):
            if position >= placed.end:
                shift = original.span.end - placed.end
            elif position >= placed.start:
                return original.span.start
        return position + shift

    def _end_before(self, position: int) -> int:
        shift = 0
        for original, placed in zip(self.found, self.placed, strict=True):
            if position > placed.end:
                shift = original.span.end - placed.end
            elif position > placed.start:
                return original.span.end
        return position + shift


@dataclass(frozen=True, slots=True, repr=False)
class KnownContact:
    """What the record says about one person, to be looked for in any format. Never shown, never stored in a token."""

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"KnownContact({len(self.names)} names, {len(self.ids)} ids)"
