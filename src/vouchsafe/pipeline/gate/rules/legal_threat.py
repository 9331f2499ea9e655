"""Legal threats."""

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("legal_threat")
SOURCE = "R12, R17: legal words are answered by a person"


def legal_threat(case: GateInput) -> Hold | None:
    """Hold replies to someone who speaks of lawyers or courts."""
    if case.findings.legal_threat.flag:
        return Hold(RULE, "the contact speaks of legal steps", SOURCE, Verdict.ESCALATED)
    return None
