"""Redaction is fail-closed."""

import pytest

from vouchsafe.pipeline.gate.rules.redaction_failed import redaction_failed
from vouchsafe.testing.builders import a_gate_input, understood


@pytest.mark.parametrize("failed", [True, False])
def test_a_message_that_was_not_redacted_to_the_end_is_held(*, failed: bool) -> None:
    assert (redaction_failed(a_gate_input(understood(failed=failed))) is not None) is failed
