"""Crisis: nothing may lower it."""

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("crisis")
SOURCE = "R178, R197: a crisis pages a clinician"


def crisis(case: GateInput) -> Hold | None:
    """Hold every reply to a message with signs of a crisis."""
    if case.findings.crisis.flag:
        return Hold(RULE, "the message shows signs of a crisis", SOURCE, Verdict.ESCALATED)
    return None
