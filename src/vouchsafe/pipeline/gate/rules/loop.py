"""Loop protection."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("loop")
SOURCE = "R176, RFC 3834: loop protection"


def loop(case: GateInput) -> Hold | None:
    """Hold once the conversation has had its automatic replies of the day."""
    if case.circumstances.auto_replies_today >= case.pack.auto_replies_per_day:
        return Hold(RULE, "the conversation has had its automatic replies for today", SOURCE)
    return None
