"""Signs of abuse are paged."""

import pytest

from vouchsafe.domain.finding import Vulnerability
from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.rules.safeguarding import safeguarding
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize("kind", list(Vulnerability))
def test_only_signs_of_abuse_fire_and_they_escalate(kind: Vulnerability) -> None:
    hold = safeguarding(a_gate_input(understood(says=findings(vulnerable=[kind]))))

    assert (hold is not None) is (kind is Vulnerability.SAFEGUARDING)
    assert hold is None or hold.verdict is Verdict.ESCALATED
