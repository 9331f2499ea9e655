"""Detectors that could not judge."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("detector_failed")
SOURCE = "Design section 7: an error, a time-out or an unreadable text goes to a person"


def detector_failed(case: GateInput) -> Hold | None:
    """Hold where a detector raised, timed out or could not judge."""
    if case.findings.failed:
        return Hold(RULE, f"could not be judged by: {', '.join(case.findings.failed)}", SOURCE)
    return None
