"""Once stop is pressed nothing automatic leaves."""

import pytest

from vouchsafe.pipeline.gate.rules.stop import stop
from vouchsafe.testing.builders import a_gate_input, circumstances, understood


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"stopped": True}, True),
        ({"stopped_intents": frozenset({"opening_hours"})}, True),
        ({"stopped_intents": frozenset({"vpn"})}, False),
        ({}, False),
    ],
)
def test_a_stop_holds_what_it_covers(changes: dict[str, object], *, held: bool) -> None:
    case = a_gate_input(understood(circumstances=circumstances(**changes)))

    assert (stop(case) is not None) is held
