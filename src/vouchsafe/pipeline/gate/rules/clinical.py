"""Clinical context."""

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("clinical")
SOURCE = "R18, R20, R141: a clinical context goes to clinicians"


def clinical(case: GateInput) -> Hold | None:
    """Hold every reply to a message with a clinical context."""
    if case.findings.clinical.flag:
        return Hold(RULE, "the message has a clinical context", SOURCE, Verdict.ESCALATED)
    return None
