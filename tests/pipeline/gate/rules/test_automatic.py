"""Automatic messages are never answered."""

import pytest

from vouchsafe.pipeline.gate.rules.automatic import automatic
from vouchsafe.testing.builders import a_gate_input, understood


@pytest.mark.parametrize("sent_by_machine", [True, False])
def test_a_bounce_or_an_auto_reply_is_held(*, sent_by_machine: bool) -> None:
    case = a_gate_input(understood(automatic=sent_by_machine))

    assert (automatic(case) is not None) is sent_by_machine
