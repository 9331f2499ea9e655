"""Shapes of questions and of passages."""

import pytest

from vouchsafe.pipeline.retrieve.answering import OFFERS, offered, wanted


@pytest.mark.parametrize(
    ("query", "yes_or_no", "when"),
    [
        ("Can I park overnight?", True, False),
        ("What if I lost it, can I get a new card?", True, False),
        ("If I lost it, can I get a new card?", True, False),
        ("Parking: Is it free?", True, False),
        ("I can park there. Where is it?", False, False),  # only the question counts
        ("How long does a copy take?", False, True),
        ("opening hours", False, True),
        ("Canned food", False, False),
        ("¿Puedo pagar con tarjeta?", True, False),
        ("¿A qué hora abren?", False, True),
        ("", False, False),
    ],
)
def test_a_question_says_what_shape_of_answer_it_wants(query: str, *, yes_or_no: bool, when: bool) -> None:
    asked = wanted(query)

    assert (asked.yes_or_no, asked.when) == (yes_or_no, when)


@pytest.mark.parametrize(
    ("text", "shape", "least"),
    [
        ("Yes. You can park overnight.", "says", 1.0),
        ("It depends on the ward.", "says", 1.0),
        ("Sí, con tarjeta.", "says", 1.0),
        ("Can I park?\nIs it free?", "asks", 1.0),
        ("A copy takes 5 working days, in a month with 2 weeks of holidays.", "times", 1.0),
        ("Bring:\n- a card\n- a form\n- a pen\n- a photo", "listed", 1.0),
    ],
)
def test_a_passage_shows_what_it_offers(text: str, shape: str, least: float) -> None:
    assert offered(text)[OFFERS.index(shape)] >= least


@pytest.mark.parametrize("text", ["", "Nobody is there.", "Yesterday it was closed.", "Norma writes to you."])
def test_a_word_that_only_begins_like_a_no_is_none(text: str) -> None:
    assert offered(text)[OFFERS.index("says")] == 0.0
