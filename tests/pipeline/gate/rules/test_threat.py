"""A threat holds the reply."""

import pytest

from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.rules.threat import threat
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(
    ("flags", "intent", "held"),
    [
        (("threat",), "opening_hours", True),
        (("threat", "crisis"), "opening_hours", True),
        (("threat",), None, True),
        (("crisis",), "opening_hours", False),
        ((), "opening_hours", False),
    ],
)
def test_it_holds_when_flagged_whatever_the_intent(flags: tuple[str, ...], intent: str | None, *, held: bool) -> None:
    case = a_gate_input(understood(says=findings(*flags, intent=intent)))

    assert (threat(case) is not None) is held


def test_its_verdict_is_escalated() -> None:
    hold = threat(a_gate_input(understood(says=findings("threat"))))

    assert hold is not None
    assert hold.verdict is Verdict.ESCALATED
