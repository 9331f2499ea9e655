"""Only positively recognised questions are answered alone."""

import pytest

from vouchsafe.pipeline.gate.rules.unknown_intent import unknown_intent
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(
    ("intent", "held"),
    [
        ("opening_hours", False),
        (None, True),
        ("vpn", True),  # an intent of another desk
    ],
)
def test_a_question_the_desk_does_not_know_is_held(intent: str | None, *, held: bool) -> None:
    assert (unknown_intent(a_gate_input(understood(says=findings(intent=intent)))) is not None) is held
