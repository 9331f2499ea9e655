"""After a reply that may have left, nothing automatic follows."""

import pytest

from vouchsafe.pipeline.gate.rules.uncertain_reply import uncertain_reply
from vouchsafe.testing.builders import a_gate_input, circumstances, understood


@pytest.mark.parametrize("uncertain", [True, False])
def test_a_conversation_with_an_uncertain_reply_waits_for_a_person(*, uncertain: bool) -> None:
    case = a_gate_input(understood(circumstances=circumstances(uncertain_reply=uncertain)))

    assert (uncertain_reply(case) is not None) is uncertain
