"""Only a clinician signs a clinical case."""

import pytest

from vouchsafe.domain.states import Sticky
from vouchsafe.pipeline.gate.input import Signer
from vouchsafe.pipeline.gate.rules.clinician_signs import clinician_signs
from vouchsafe.testing.builders import a_gate_input, circumstances, findings, signer, understood

AGENT, CLINICIAN = signer(1), signer(2, clinician=True)


@pytest.mark.parametrize(
    ("flags", "earlier", "signers", "held"),
    [
        (("clinical",), Sticky(), (), True),
        (("clinical",), Sticky(), (AGENT,), True),
        (("clinical",), Sticky(), (CLINICIAN,), False),
        (("crisis",), Sticky(), (AGENT,), True),
        (("crisis",), Sticky(), (AGENT, CLINICIAN), False),
        ((), Sticky(clinical=True), (AGENT,), True),
        ((), Sticky(crisis=True), (AGENT,), True),
        (("dispute",), Sticky(), (AGENT,), False),
        ((), Sticky(), (), False),
    ],
)
def test_a_clinical_case_waits_for_a_clinician(
    flags: tuple[str, ...], earlier: Sticky, signers: tuple[Signer, ...], *, held: bool
) -> None:
    message = understood(says=findings(*flags), circumstances=circumstances(sticky=earlier))

    assert (clinician_signs(a_gate_input(message, signers=signers)) is not None) is held
