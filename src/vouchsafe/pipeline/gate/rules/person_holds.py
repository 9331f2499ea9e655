"""A person has joined."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("person_holds")
SOURCE = "Design section 3: after a person has joined, the AI is silent"


def person_holds(case: GateInput) -> Hold | None:
    """Hold the automatic reply while a person holds the conversation."""
    if case.circumstances.person_holds is not None:
        return Hold(RULE, "a person holds the conversation", SOURCE)
    return None
