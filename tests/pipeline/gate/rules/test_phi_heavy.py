"""A message heavy with personal data goes to a person."""

import pytest

from vouchsafe.pipeline.gate.rules.phi_heavy import phi_heavy
from vouchsafe.testing.builders import a_gate_input, understood


@pytest.mark.parametrize(
    ("words", "held"),
    [
        ("My name is [NAME_1], call me at [PHONE_1]. When do you open?", False),
        ("[NAME_1] [PHONE_1] [EMAIL_1] [DATE_1] [MRN_1] hours?", False),
        ("My social is [SSN_1]", True),
        ("my password is [CREDENTIAL_1]", True),
        (" ".join(f"[NAME_{n}]" for n in range(1, 9)), True),
        (" ".join("[NAME_1]" for _ in range(20)), False),  # one value, said often
    ],
)
def test_many_values_or_one_heavy_value_hold(words: str, *, held: bool) -> None:
    assert (phi_heavy(a_gate_input(understood(words))) is not None) is held
