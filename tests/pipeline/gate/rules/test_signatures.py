"""The pack says how many people sign."""

from dataclasses import replace

import pytest

from vouchsafe.domain.message import Author
from vouchsafe.pipeline.gate.input import Signer
from vouchsafe.pipeline.gate.rules.signatures import signatures
from vouchsafe.testing.builders import a_gate_input, signer, the_pack


@pytest.mark.parametrize(
    ("needed", "signers", "held"),
    [
        (1, (), True),
        (1, (signer(1),), False),
        (2, (signer(1),), True),
        (2, (signer(1), signer(1, clinician=True)), True),  # the same person twice
        (2, (signer(1), signer(2)), False),
    ],
)
def test_a_persons_reply_waits_for_enough_people(needed: int, signers: tuple[Signer, ...], *, held: bool) -> None:
    pack = replace(the_pack(), signatures=needed)

    case = a_gate_input(pack=pack, author=Author.PERSON, signers=signers)

    assert (signatures(case) is not None) is held


def test_the_ai_signs_nothing() -> None:
    assert signatures(a_gate_input()) is None
