"""Disputes."""

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("dispute")
SOURCE = "R12, R17: a dispute is answered by a person"


def dispute(case: GateInput) -> Hold | None:
    """Hold replies to someone who disputes a charge or a decision, whatever the intent."""
    if case.findings.dispute.flag:
        return Hold(RULE, "the contact disputes a charge or a decision", SOURCE, Verdict.ESCALATED)
    return None
