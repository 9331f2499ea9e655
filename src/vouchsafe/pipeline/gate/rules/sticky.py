"""Risks found earlier in the conversation."""

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("sticky")
SOURCE = "R178: clinical, crisis and safeguarding hold until a clinician clears them"


def sticky(case: GateInput) -> Hold | None:
    """Hold every reply in a conversation with an uncleared clinical, crisis or safeguarding finding."""
    if case.circumstances.sticky.any:
        reason = "an earlier message of this conversation showed a risk that no clinician has cleared"
        return Hold(RULE, reason, SOURCE, Verdict.ESCALATED)
    return None
