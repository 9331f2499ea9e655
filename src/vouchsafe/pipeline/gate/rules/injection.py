"""Instructions hidden in messages."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("injection")
SOURCE = "R18: inbound text never gains authority"


def injection(case: GateInput) -> Hold | None:
    """Hold the automatic reply where the message tries to steer the system."""
    if case.findings.injection.flag:
        return Hold(RULE, "the message tries to steer the system", SOURCE)
    return None
