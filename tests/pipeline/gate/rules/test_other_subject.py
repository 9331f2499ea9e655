"""A value in a draft comes from this conversation or from a cited passage."""

import pytest

from vouchsafe.domain.ids import UserId
from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.decision import decide_for_person
from vouchsafe.pipeline.gate.input import Signer, gate_input
from vouchsafe.pipeline.gate.rules.other_subject import other_subject
from vouchsafe.testing.builders import (
    a_gate_input,
    draft,
    drafted,
    grounded,
    hits,
    passage,
    quotation,
    the_pack,
    token,
    understood,
    uuid,
)


@pytest.mark.parametrize(
    ("page", "sentence", "held"),
    [
        ("Call (555) 555-0142 on weekdays.", "Call (555) 555-0142 on weekdays.", False),
        ("We are closed on 12/25/2026.", "We are closed on 12/25/2026.", False),
        ("Write to desk@clinic.example.", "Write to desk@clinic.example.", False),
        ("Call us on weekdays.", "Call (555) 555-0199 on weekdays.", True),
        ("Write to us.", "Write to ada@mail.example.", True),
        ("Your number.", "Your number is 123-45-6789.", True),
        ("Your record.", "Your record is MRN-0012345.", True),
        ("Born.", "Born on 4/17/1980.", True),
        ("Born.", "Born on April 17, 1980.", True),
        ("Nació.", "Nació el 17 de abril de 1980.", True),
        ("We are open from 8:00 to 17:30.", "We are open from 8:00 to 17:30.", False),
    ],
)
def test_a_value_of_unknown_origin_is_held(page: str, sentence: str, *, held: bool) -> None:
    cited = passage(page)
    said = quotation(sentence, cited)

    case = a_gate_input(drafted(grounded(found=hits(cited)), draft(said)))

    assert (other_subject(case) is not None) is held


@pytest.mark.parametrize(("placeholder", "held"), [("[NAME_1]", False), ("[NAME_2]", True), ("[DATE_1]", True)])
def test_a_token_of_another_conversation_is_held(placeholder: str, *, held: bool) -> None:
    before = grounded(understood(tokens=(token("[NAME_1]"),)))

    case = a_gate_input(drafted(before, draft(quotation(f"Hello {placeholder}."))))

    assert (other_subject(case) is not None) is held


@pytest.mark.parametrize(("found", "held"), [("Maria Sample", True), ("Friday", False)])
def test_what_the_redactor_found_in_the_draft_must_be_cited(found: str, *, held: bool) -> None:
    assert (other_subject(a_gate_input(found=(found,))) is not None) is held


@pytest.mark.parametrize(
    ("text", "found", "held"),
    [
        ("Your visit is on 3/14/2026, call (555) 555-0177.", (), False),  # people know dates that no page has
        ("Your number is 123-45-6789.", (), True),
        ("Hello [NAME_7]", (), True),
        ("Ask for Maria Sample.", ("Maria Sample",), True),
    ],
)
def test_people_are_held_to_other_subjects_values_only(text: str, found: tuple[str, ...], *, held: bool) -> None:
    case = gate_input(drafted(), the_pack(), person_text=text, found=found)

    assert (other_subject(case) is not None) is held


@pytest.mark.parametrize("kind", ["SSN", "CREDENTIAL"])
def test_what_no_answer_needs_is_not_written_back_by_the_machine_nor_by_a_person(kind: str) -> None:
    value = f"[{kind}_1]"
    before = grounded(understood(tokens=(token(value),)))

    by_machine = a_gate_input(drafted(before, draft(quotation(f"You sent {value}."))))
    by_person = gate_input(drafted(before), the_pack(), person_text=f"You sent {value}.")

    assert other_subject(by_machine) is not None
    assert other_subject(by_person) is not None


def test_a_value_of_another_subject_cannot_be_signed_through() -> None:
    before = grounded(understood(tokens=(token("[NAME_1]"),)))
    signer = Signer(UserId(uuid(77)), clinician=True)
    case = gate_input(
        drafted(before),
        the_pack(),
        person_text="Ask for Maria Sample.",
        found=("Maria Sample",),
        signers=(signer, signer),
    )

    assert decide_for_person(case).verdict is not Verdict.APPROVED
