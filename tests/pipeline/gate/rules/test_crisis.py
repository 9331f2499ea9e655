"""Signs of a crisis hold the reply."""

import pytest

from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.rules.crisis import crisis
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(
    ("flags", "intent", "held"),
    [
        (("crisis",), "opening_hours", True),
        (("crisis", "clinical"), "opening_hours", True),
        (("crisis",), None, True),
        (("clinical",), "opening_hours", False),
        ((), "opening_hours", False),
    ],
)
def test_it_holds_when_flagged_whatever_the_intent(flags: tuple[str, ...], intent: str | None, *, held: bool) -> None:
    case = a_gate_input(understood(says=findings(*flags, intent=intent)))

    assert (crisis(case) is not None) is held


def test_its_verdict_is_escalated() -> None:
    hold = crisis(a_gate_input(understood(says=findings("crisis"))))

    assert hold is not None
    assert hold.verdict is Verdict.ESCALATED
