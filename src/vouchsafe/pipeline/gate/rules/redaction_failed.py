"""Redaction that did not finish."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("redaction_failed")
SOURCE = "Design section 7: redaction is fail-closed"


def redaction_failed(case: GateInput) -> Hold | None:
    """Hold where some part of the message could not be redacted."""
    if case.redaction_failed:
        return Hold(RULE, "a part of the message could not be redacted", SOURCE)
    return None
