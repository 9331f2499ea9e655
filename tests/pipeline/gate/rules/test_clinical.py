"""A clinical context holds the reply."""

import pytest

from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.rules.clinical import clinical
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(
    ("flags", "intent", "held"),
    [
        (("clinical",), "opening_hours", True),
        (("clinical", "crisis"), "opening_hours", True),
        (("clinical",), None, True),
        (("crisis",), "opening_hours", False),
        ((), "opening_hours", False),
    ],
)
def test_it_holds_when_flagged_whatever_the_intent(flags: tuple[str, ...], intent: str | None, *, held: bool) -> None:
    case = a_gate_input(understood(says=findings(*flags, intent=intent)))

    assert (clinical(case) is not None) is held


def test_its_verdict_is_escalated() -> None:
    hold = clinical(a_gate_input(understood(says=findings("clinical"))))

    assert hold is not None
    assert hold.verdict is Verdict.ESCALATED
