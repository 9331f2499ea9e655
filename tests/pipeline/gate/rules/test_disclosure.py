"""A reply of the AI says so and offers a person."""

import pytest

from vouchsafe.domain.draft import Draft
from vouchsafe.domain.message import Author
from vouchsafe.pipeline.gate.rules.disclosure import disclosure
from vouchsafe.testing.builders import a_gate_input, draft, drafted, phrase, quotation, the_pack

ENGLISH = the_pack().phrases_in("en")
DISCLOSES, OFFERS = phrase(ENGLISH.disclosure), phrase(ENGLISH.human_path)


@pytest.mark.parametrize(
    ("written", "held"),
    [
        (draft(), False),
        (draft(language="es"), False),
        (draft(quotation(), DISCLOSES, OFFERS, framed=False), False),
        (draft(framed=False), True),
        (draft(quotation(), OFFERS, framed=False), True),
        (draft(quotation(), DISCLOSES, framed=False), True),
    ],
)
def test_a_draft_that_hides_the_ai_or_the_person_is_held(written: Draft, *, held: bool) -> None:
    assert (disclosure(a_gate_input(drafted(written=written))) is not None) is held


def test_a_person_signs_instead() -> None:
    case = a_gate_input(drafted(written=draft(framed=False)), author=Author.PERSON)

    assert disclosure(case) is None
