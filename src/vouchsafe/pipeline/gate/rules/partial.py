"""Drafts that answer a part only."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import plain

RULE = RuleId("partial")
SOURCE = "R7: what has no source is answered by a person"


def partial(case: GateInput) -> Hold | None:
    """Hold where the drafter or the draft itself says that it answers only a part."""
    if case.partial or plain(case.pack.phrases.partial) in plain(case.draft_text):
        return Hold(RULE, "the draft answers only a part of the message", SOURCE)
    return None
