"""An attempt to steer holds the reply."""

import pytest

from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.rules.injection import injection
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(
    ("flags", "intent", "held"),
    [
        (("injection",), "opening_hours", True),
        (("injection", "crisis"), "opening_hours", True),
        (("injection",), None, True),
        (("crisis",), "opening_hours", False),
        ((), "opening_hours", False),
    ],
)
def test_it_holds_when_flagged_whatever_the_intent(flags: tuple[str, ...], intent: str | None, *, held: bool) -> None:
    case = a_gate_input(understood(says=findings(*flags, intent=intent)))

    assert (injection(case) is not None) is held


def test_its_verdict_is_awaiting_human() -> None:
    hold = injection(a_gate_input(understood(says=findings("injection"))))

    assert hold is not None
    assert hold.verdict is Verdict.AWAITING_HUMAN
