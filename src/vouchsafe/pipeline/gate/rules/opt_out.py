"""Consent."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("opt_out")
SOURCE = "R195, 45 CFR 164.522(b): the contact's choice outranks ours"


def opt_out(case: GateInput) -> Hold | None:
    """Hold the automatic reply to someone who asked for none."""
    if case.circumstances.contact_opted_out:
        return Hold(RULE, "the contact asked for no automatic answers", SOURCE)
    return None
