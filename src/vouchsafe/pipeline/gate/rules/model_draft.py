"""Drafts by a language model."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("model_draft")
SOURCE = "Design section 9: no signed evaluation lets a language model answer alone"


def model_draft(case: GateInput) -> Hold | None:
    """Hold a draft that a language model had a hand in, be every sentence of it a quotation: it chose them."""
    if case.by_model:
        return Hold(RULE, "a language model wrote or chose the sentences", SOURCE)
    return None
