"""A detector that could not judge sends the case to a person."""

import pytest

from vouchsafe.pipeline.gate.rules.detector_failed import detector_failed
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(("failed", "held"), [(("crisis",), True), (("language", "text:huge"), True), ((), False)])
def test_each_failed_detector_holds_alone(failed: tuple[str, ...], *, held: bool) -> None:
    hold = detector_failed(a_gate_input(understood(says=findings(failed=failed))))

    assert (hold is not None) is held
    assert hold is None or all(name in hold.reason for name in failed)
