"""Modes of desk and intent."""

from vouchsafe.domain.pack import Mode
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("mode")
SOURCE = "Design section 3: only in auto may the gate send"


def mode(case: GateInput) -> Hold | None:
    """Hold unless both the desk and the intent are in `auto`."""
    if case.intent and case.intent.near_risk and case.circumstances.desk_mode is Mode.AUTO:
        says = "the examples of this kind of question let clinical or crisis words through, so a person sends"
        return Hold(RULE, says, SOURCE)
    if case.mode is not Mode.AUTO:
        return Hold(RULE, f"this kind of question is in mode {case.mode.value}", SOURCE)
    return None
