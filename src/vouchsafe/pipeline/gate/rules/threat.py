"""Threats to others."""

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("threat")
SOURCE = "R196: a threat to others or staff is paged"


def threat(case: GateInput) -> Hold | None:
    """Hold every reply to a message with a threat to others or to staff."""
    if case.findings.threat.flag:
        return Hold(RULE, "the message threatens others or staff", SOURCE, Verdict.ESCALATED)
    return None
