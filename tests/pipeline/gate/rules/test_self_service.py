"""On credentials only the published text leaves."""

import pytest

from vouchsafe.domain.draft import Origin, Sentence
from vouchsafe.pipeline.gate.rules.self_service import self_service
from vouchsafe.testing.builders import (
    a_gate_input,
    draft,
    drafted,
    findings,
    grounded,
    hits,
    passage,
    quotation,
    understood,
)

PAGE = (
    'Choose "Forgot password" on the portal\'s first page. We will reset it. Your account is locked. You can reset it.'
)


@pytest.mark.parametrize(
    ("intent", "sentence", "held"),
    [
        ("portal_password", quotation("You can reset it.", passage(PAGE)), False),
        ("portal_password", quotation("You can reset it.", passage(PAGE), origin=Origin.TEMPLATE), True),
        ("portal_password", quotation("You can reset it.", passage(PAGE), origin=Origin.MODEL), True),
        ("portal_password", quotation("We will reset it.", passage(PAGE)), True),
        ("portal_password", quotation("Your account is locked.", passage(PAGE)), True),
        ("opening_hours", quotation("We will reset it.", passage(PAGE)), False),
    ],
)
def test_promises_and_other_wording_are_held(intent: str, sentence: Sentence, *, held: bool) -> None:
    before = grounded(understood(says=findings(intent=intent)), hits(passage(PAGE)))

    assert (self_service(a_gate_input(drafted(before, draft(sentence)))) is not None) is held
