"""Confidence of the search."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("confidence")
SOURCE = "R78: everything below the confidence threshold goes to a person"


def confidence(case: GateInput) -> Hold | None:
    """Hold where the search abstains or is less sure than the pack asks for."""
    # Written so that a score that is no number (NaN) holds too.
    if case.abstain or not case.confidence >= case.pack.min_confidence:
        return Hold(RULE, "the search is not sure enough of its passages", SOURCE)
    return None
