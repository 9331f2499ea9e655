"""A wish for a person."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("human_request")
SOURCE = "R22: asking for a person always reaches one"


def human_request(case: GateInput) -> Hold | None:
    """Hold the automatic reply where the contact asks for a person."""
    if case.findings.human_request.flag:
        return Hold(RULE, "the contact asks for a person", SOURCE)
    return None
