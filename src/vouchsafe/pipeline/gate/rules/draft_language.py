"""Language of the draft."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput, primary

RULE = RuleId("draft_language")
SOURCE = "45 CFR 92.201: machine translation is reviewed by a person"


def draft_language(case: GateInput) -> Hold | None:
    """Hold where the draft is not in the language of the message."""
    if case.draft_language is not None and primary(case.draft_language) != primary(case.findings.language):
        return Hold(RULE, "the draft is not in the language of the message", SOURCE)
    return None
