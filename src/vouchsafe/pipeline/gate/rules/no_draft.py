"""No draft."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("no_draft")
SOURCE = "R7: no source, no answer"


def no_draft(case: GateInput) -> Hold | None:
    """Hold where there is nothing to send."""
    if case.why is not None or not case.substance:
        return Hold(RULE, "there is no answer from an approved source", SOURCE)
    return None
