"""Nothing leaves with a slot that nobody filled."""

import pytest

from vouchsafe.domain.message import Author
from vouchsafe.pipeline.gate.input import gate_input
from vouchsafe.pipeline.gate.rules import PERSON_RULES
from vouchsafe.pipeline.gate.rules.open_slot import RULE, open_slot
from vouchsafe.testing.builders import a_gate_input, draft, drafted, grounded, hits, passage, quotation, the_pack


@pytest.mark.parametrize(
    ("words", "held"),
    [
        ("Call (555) 555-0100.", False),
        ("Call {clinic_phone}.", True),
        ("Call {Clinic-Phone}.", True),
        ("The set {1, 2} has spaces.", False),
        ("A brace { alone.", False),
        ("Empty {}.", False),
    ],
)
def test_a_quotation_with_an_open_slot_is_held(words: str, *, held: bool) -> None:
    source = passage(words)
    case = a_gate_input(drafted(grounded(found=hits(source)), draft(quotation(words, source))))

    assert (open_slot(case) is not None) is held


def test_a_person_who_typed_one_is_told_too() -> None:
    case = gate_input(drafted(), the_pack(), person_text="Please call {clinic_phone}.")

    assert case.author is Author.PERSON
    assert open_slot(case) is not None


def test_it_binds_people_too() -> None:
    assert RULE in {rule.id for rule in PERSON_RULES}
