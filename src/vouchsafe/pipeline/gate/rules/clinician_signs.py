"""Who may sign a clinical case."""

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("clinician_signs")
SOURCE = "R178: only a clinician signs a reply to a case with a clinical or crisis finding"


def clinician_signs(case: GateInput) -> Hold | None:
    """Hold every reply to a clinical or crisis case, now or earlier in the conversation, that no clinician signed."""
    earlier = case.circumstances.sticky
    clinical = case.findings.clinical.flag or case.findings.crisis.flag or earlier.clinical or earlier.crisis
    if clinical and not any(signer.clinician for signer in case.signers):
        return Hold(RULE, "a clinician has to sign this reply", SOURCE, Verdict.ESCALATED)
    return None
