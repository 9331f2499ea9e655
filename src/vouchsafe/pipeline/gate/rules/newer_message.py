"""A newer message."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("newer_message")
SOURCE = "Design section 3: a newer message supersedes the case"


def newer_message(case: GateInput) -> Hold | None:
    """Hold where the contact has written again since."""
    if case.circumstances.newer_message:
        return Hold(RULE, "the contact has written again", SOURCE)
    return None
