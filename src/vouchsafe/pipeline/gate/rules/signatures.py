"""Signatures under a person's reply."""

from vouchsafe.domain.message import Author
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("signatures")
SOURCE = "Design section 3: the pack says how many signatures a held reply needs"


def signatures(case: GateInput) -> Hold | None:
    """Hold a person's reply until enough different people have signed it."""
    if case.author is Author.PERSON and len({signer.user for signer in case.signers}) < case.pack.signatures:
        return Hold(RULE, f"needs the signatures of {case.pack.signatures} people", SOURCE)
    return None
