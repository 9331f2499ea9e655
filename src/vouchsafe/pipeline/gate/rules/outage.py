"""Outages that affect care."""

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("outage")
SOURCE = "R188: a care-affecting outage is never answered automatically"


def outage(case: GateInput) -> Hold | None:
    """Hold every reply to a report of an outage that affects care."""
    if case.findings.outage.flag:
        return Hold(RULE, "an outage or a device fault affects care", SOURCE, Verdict.ESCALATED)
    return None
