"""A newer message supersedes the case."""

import pytest

from vouchsafe.pipeline.gate.rules.newer_message import newer_message
from vouchsafe.testing.builders import a_gate_input, circumstances, understood


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"newer_message": True}, True),
        ({}, False),
    ],
)
def test_a_newer_message_holds_the_reply(changes: dict[str, object], *, held: bool) -> None:
    case = a_gate_input(understood(circumstances=circumstances(**changes)))

    assert (newer_message(case) is not None) is held
