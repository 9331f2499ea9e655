"""Unrecognised questions."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("unknown_intent")
SOURCE = "Design section 7: positively recognised as a routine intent"


def unknown_intent(case: GateInput) -> Hold | None:
    """Hold where the message is not recognised as a routine intent of this desk."""
    if case.intent is None:
        return Hold(RULE, "the message is not recognised as a routine question", SOURCE)
    return None
