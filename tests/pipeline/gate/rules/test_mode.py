"""Only in auto may the gate send."""

import pytest

from vouchsafe.domain.pack import Mode
from vouchsafe.pipeline.gate.rules.mode import mode
from vouchsafe.testing.builders import a_gate_input, circumstances, findings, understood


@pytest.mark.parametrize(
    ("desk", "intent", "held"),
    [
        (Mode.AUTO, "opening_hours", False),
        (Mode.COPILOT, "opening_hours", True),
        (Mode.SHADOW, "opening_hours", True),
        (Mode.OFF, "opening_hours", True),
        (Mode.AUTO, "appointment_when", True),  # the pack has it in copilot
        (Mode.AUTO, None, True),
    ],
)
def test_the_more_careful_of_desk_and_intent_counts(desk: Mode, intent: str | None, *, held: bool) -> None:
    case = a_gate_input(understood(says=findings(intent=intent), circumstances=circumstances(desk_mode=desk)))

    assert (mode(case) is not None) is held
