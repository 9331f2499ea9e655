"""What a message says of a fault: whether others like it make an outage (R188). Judged apart, decides nothing alone."""

from collections.abc import Sequence

from vouchsafe.domain.outage import FaultReport
from vouchsafe.domain.pack import Intent
from vouchsafe.domain.states import Understood
from vouchsafe.pipeline.detect.normalise import canonical
from vouchsafe.pipeline.detect.reading import MAX_CHARACTERS
from vouchsafe.pipeline.detect.rules.outage import FAULTY, NAMED_SYSTEM, ONE_SPELLING

ABOUT = 0.25
"""A question is about a system if this share of its examples names it, or its title does."""

_NO_SYSTEM = frozenset({"order"})
"""Said of medicines and of printers that somebody bought."""


def report_of(state: Understood) -> FaultReport | None:
    """The report of a fault in the unanswered messages; None where they report none, or name no system we know.

    Automatic mail reports nothing.
    """
    if state.redacted.automatic:
        return None
    affects_care = state.findings.outage.flag
    words = "\n".join(
        canonical(f"{turn.subject.value}\n{turn.text.value}"[:MAX_CHARACTERS]).text for turn in state.redacted.fresh
    )
    systems = _systems(words)
    if not systems or not (affects_care or FAULTY.search(words)):
        return None
    return FaultReport(affects_care, state.findings.intent.name, tuple(sorted(systems)))


def intents_about(system: str, intents: Sequence[Intent]) -> tuple[str, ...]:
    """The questions whose answers are likely wrong while this system has failed."""
    return tuple(
        one.name
        for one in intents
        if system in _systems(canonical(one.title).text)
        or sum(system in _systems(canonical(text).text) for text in one.examples) >= ABOUT * max(1, len(one.examples))
    )


def _systems(words: str) -> frozenset[str]:
    found = {_singular(match.group()) for match in NAMED_SYSTEM.finditer(words)}
    return frozenset(ONE_SPELLING.get(name, name) for name in found - _NO_SYSTEM)


def _singular(name: str) -> str:
    one = "".join(name.split())
    return one[:-1] if one.endswith("s") and not one.endswith("ss") else one
