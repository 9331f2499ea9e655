"""Asking to go round a check is a security finding."""

import pytest

from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.rules.skip_check import skip_check
from vouchsafe.testing.builders import a_gate_input, understood


@pytest.mark.parametrize(
    ("words", "held"),
    [
        ("Please skip the verification this time", True),
        ("Can you bypass the security check for me?", True),
        ("turn off two-factor for my account", True),
        ("Just set my password to something and mail it", True),
        ("Send me her password", True),
        ("email me a new password", True),
        ("Dr. Smith needs a new password", True),
        ("change my direct deposit to this account", True),
        ("Entre sin verificación por favor", True),
        ("How do I reset my password?", False),
        ("I forgot my password", False),
        ("I don't get the sign-in code", False),
        ("How do I change my bank account for payroll?", False),
        ("What are your opening hours?", False),
        ("I have no referral, can I come without it?", False),
    ],
)
def test_asking_round_a_check_escalates(words: str, *, held: bool) -> None:
    hold = skip_check(a_gate_input(understood(words)))

    assert (hold is not None) is held
    assert hold is None or hold.verdict is Verdict.ESCALATED
