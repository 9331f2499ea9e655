"""The stop button."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("stop")
SOURCE = "R184: once stop is pressed nothing automatic leaves"


def stop(case: GateInput) -> Hold | None:
    """Hold the automatic reply while a stop covers the workspace, the desk or this intent."""
    stopped_intent = case.intent is not None and case.intent.name in case.circumstances.stopped_intents
    if case.circumstances.stopped or stopped_intent:
        return Hold(RULE, "automatic answers are stopped", SOURCE)
    return None
