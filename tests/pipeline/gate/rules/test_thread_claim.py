"""Whoever may not belong to a conversation is not answered by the AI alone."""

import pytest

from vouchsafe.pipeline.gate.rules.thread_claim import thread_claim
from vouchsafe.testing.builders import a_gate_input, understood


@pytest.mark.parametrize(
    ("problems", "held"),
    [((), False), (("claims_thread",), True), (("new_sender",), True), (("broken_header",), False)],
)
def test_a_claim_to_a_conversation_is_held(*, problems: tuple[str, ...], held: bool) -> None:
    assert (thread_claim(a_gate_input(understood(problems=problems))) is not None) is held
