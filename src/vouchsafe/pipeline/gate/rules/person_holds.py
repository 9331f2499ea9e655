"""A person has joined."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("person_holds")
SOURCE = "Design section 3: after a person has joined, the AI is silent"


def person_holds(case: GateInput) -> Hold | None:
    """Hold the automatic reply from the time a person joins until that person gives the conversation back."""
    if case.circumstances.person_holds is not None:
        return Hold(RULE, "a person holds the conversation", SOURCE)
    if case.circumstances.person_joined:
        return Hold(RULE, "a person has answered here and has not given the conversation back", SOURCE)
    return None
