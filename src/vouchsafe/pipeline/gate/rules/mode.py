"""Modes of desk and intent."""

from vouchsafe.domain.pack import Mode
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("mode")
SOURCE = "Design section 3: only in auto may the gate send"


def mode(case: GateInput) -> Hold | None:
    """Hold unless both the desk and the intent are in `auto`."""
    if case.mode is not Mode.AUTO:
        return Hold(RULE, f"this kind of question is in mode {case.mode.value}", SOURCE)
    return None
