"""Loop protection: the shipped desk allows five automatic replies a day."""

import pytest

from vouchsafe.pipeline.gate.rules.loop import loop
from vouchsafe.testing.builders import a_gate_input, circumstances, understood


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"auto_replies_today": 4}, False),
        ({"auto_replies_today": 5}, True),
        ({"auto_replies_today": 6}, True),
    ],
)
def test_the_daily_number_of_automatic_replies_is_kept(changes: dict[str, object], *, held: bool) -> None:
    case = a_gate_input(understood(circumstances=circumstances(**changes)))

    assert (loop(case) is not None) is held
