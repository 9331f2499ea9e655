"""Complaints."""

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("complaint")
SOURCE = "R12: a formal complaint goes straight to a person"


def complaint(case: GateInput) -> Hold | None:
    """Hold replies to someone who complains."""
    if case.findings.complaint.flag:
        return Hold(RULE, "the contact complains", SOURCE, Verdict.ESCALATED)
    return None
