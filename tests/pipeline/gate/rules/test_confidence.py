"""A search that is not sure goes to a person."""

from dataclasses import replace

import pytest

from vouchsafe.pipeline.gate.rules.confidence import confidence
from vouchsafe.testing.builders import a_gate_input, the_pack

NOT_A_NUMBER = float("nan")


@pytest.mark.parametrize(
    ("value", "abstain", "floor", "held"),
    [
        (0.9, False, 0.5, False),
        (0.5, False, 0.5, False),
        (0.49, False, 0.5, True),
        (0.99, True, 0.0, True),
        (0.0, False, 0.0, False),
        (NOT_A_NUMBER, False, 0.0, True),
    ],
)
def test_abstaining_and_low_scores_are_held(value: float, floor: float, *, abstain: bool, held: bool) -> None:
    pack = replace(the_pack(), min_confidence=floor)

    case = a_gate_input(pack=pack, confidence=value, abstain=abstain)

    assert (confidence(case) is not None) is held
