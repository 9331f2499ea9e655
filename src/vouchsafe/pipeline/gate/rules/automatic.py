"""Auto-replies and bounces."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("automatic")
SOURCE = "RFC 3834: automatic messages are never answered"


def automatic(case: GateInput) -> Hold | None:
    """Hold every reply to an automatic message or a bounce."""
    if case.automatic:
        return Hold(RULE, "the message was sent by a machine", SOURCE)
    return None
