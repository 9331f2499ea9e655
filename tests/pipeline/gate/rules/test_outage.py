"""An outage that affects care holds the reply."""

import pytest

from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.rules.outage import outage
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(
    ("flags", "intent", "held"),
    [
        (("outage",), "opening_hours", True),
        (("outage", "crisis"), "opening_hours", True),
        (("outage",), None, True),
        (("crisis",), "opening_hours", False),
        ((), "opening_hours", False),
    ],
)
def test_it_holds_when_flagged_whatever_the_intent(flags: tuple[str, ...], intent: str | None, *, held: bool) -> None:
    case = a_gate_input(understood(says=findings(*flags, intent=intent)))

    assert (outage(case) is not None) is held


def test_its_verdict_is_escalated() -> None:
    hold = outage(a_gate_input(understood(says=findings("outage"))))

    assert hold is not None
    assert hold.verdict is Verdict.ESCALATED
