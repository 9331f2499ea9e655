"""Safeguarding."""

from vouchsafe.domain.finding import Vulnerability
from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("safeguarding")
SOURCE = "R196: abuse of a child or a dependent adult is paged"


def safeguarding(case: GateInput) -> Hold | None:
    """Hold every reply to a message with signs of abuse."""
    if case.findings.has(Vulnerability.SAFEGUARDING):
        return Hold(RULE, "the message shows signs of abuse", SOURCE, Verdict.ESCALATED)
    return None
