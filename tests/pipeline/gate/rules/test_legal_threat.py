"""Legal words hold the reply."""

import pytest

from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.rules.legal_threat import legal_threat
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(
    ("flags", "intent", "held"),
    [
        (("legal_threat",), "opening_hours", True),
        (("legal_threat", "crisis"), "opening_hours", True),
        (("legal_threat",), None, True),
        (("crisis",), "opening_hours", False),
        ((), "opening_hours", False),
    ],
)
def test_it_holds_when_flagged_whatever_the_intent(flags: tuple[str, ...], intent: str | None, *, held: bool) -> None:
    case = a_gate_input(understood(says=findings(*flags, intent=intent)))

    assert (legal_threat(case) is not None) is held


def test_its_verdict_is_escalated() -> None:
    hold = legal_threat(a_gate_input(understood(says=findings("legal_threat"))))

    assert hold is not None
    assert hold.verdict is Verdict.ESCALATED
