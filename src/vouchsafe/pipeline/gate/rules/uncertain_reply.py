"""An earlier reply may or may not have left."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("uncertain_reply")
SOURCE = "Design section 3: an uncertain hand-over is shown to a person and nothing is sent twice"


def uncertain_reply(case: GateInput) -> Hold | None:
    """Hold the automatic reply in a conversation where nobody knows whether the last one arrived."""
    if case.circumstances.uncertain_reply:
        return Hold(RULE, "an earlier reply may have been sent", SOURCE)
    return None
