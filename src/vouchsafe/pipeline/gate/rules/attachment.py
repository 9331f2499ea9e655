"""Attachments."""

from vouchsafe.domain.message import Readable
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("attachment")
SOURCE = "R190: an attachment not fully read as text removes automation"


def attachment(case: GateInput) -> Hold | None:
    """Hold where an attachment was not read as text from beginning to end."""
    if any(readable is not Readable.READ for readable in case.attachments):
        return Hold(RULE, "an attachment could not be read as text", SOURCE)
    return None
