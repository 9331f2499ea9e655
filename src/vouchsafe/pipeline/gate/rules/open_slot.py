"""Slots that nobody filled."""

from vouchsafe.domain.answers import open_slot as has_open_slot
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("open_slot")
SOURCE = "Design section 7: approved text leaves with its slots filled, never with one open"


def open_slot(case: GateInput) -> Hold | None:
    """Hold where a slot such as {clinic_phone} would leave unfilled, whoever wrote it."""
    if any(has_open_slot(sentence.text) for sentence in case.sentences):
        return Hold(RULE, "a slot in braces is not filled", SOURCE)
    return None
