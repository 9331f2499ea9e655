"""Sentences: abbreviations, decimals, times and lists."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchsafe.domain.sentences import qualifies_previous, sentence_spans, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We open at 8:00 a.m. and close at 5 p.m. every day. Call us.", ("We open at 8:00 a.m. and close at 5 p.m. every day.", "Call us.")),
        ("We close at 5 p.m. Visitors leave then.", ("We close at 5 p.m.", "Visitors leave then.")),
        ("We open at 8 a.m. Monday through Friday.", ("We open at 8 a.m. Monday through Friday.",)),
        ("Ask Dr. Okafor. He knows.", ("Ask Dr. Okafor.", "He knows.")),
        ("It costs $3.50. That is all.", ("It costs $3.50.", "That is all.")),
        ("We are at 12 Main St. The door is green.", ("We are at 12 Main St.", "The door is green.")),
        ("Go to St. Brigid hall.", ("Go to St. Brigid hall.",)),
        ("Use form No. 5 for this. No. We cannot.", ("Use form No. 5 for this.", "No.", "We cannot.")),
        ("Bring cards, e.g. Medicare. Then sign.", ("Bring cards, e.g. Medicare.", "Then sign.")),
        ("Bring:\n- a card\n- a list. Keep it short.\n1. Sign", ("Bring:", "- a card", "- a list.", "Keep it short.", "1. Sign")),
        ("# Hours\nWe open at 8.", ("# Hours", "We open at 8.")),
        ("This line of a mail was broken by the program\nthat sent it. Sorry!", ("This line of a mail was broken by the program\nthat sent it.", "Sorry!")),
        ("Opening hours\nMonday 8 to 5", ("Opening hours", "Monday 8 to 5")),
        ("¿Cuándo abren? Abrimos a las 8. ¡Gracias!", ("¿Cuándo abren?", "Abrimos a las 8.", "¡Gracias!")),
        ("La Dra. Pérez atiende. Llame antes.", ("La Dra. Pérez atiende.", "Llame antes.")),
        ("Really?! Yes.", ("Really?!", "Yes.")),
        ('She said "Come in." Then we went.', ('She said "Come in."', "Then we went.")),
        ("", ()),
        (" \n\t ", ()),
        ("no stop at all", ("no stop at all",)),
    ],
)  # fmt: skip
def test_sentences_are_cut_where_a_reader_would_cut_them(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=st.sampled_from("aB.!? \n-#1)d$é"), max_size=80))
def test_no_character_but_white_space_is_lost(text: str) -> None:
    spans = sentence_spans(text)

    assert "".join("".join(text[s.start : s.end].split()) for s in spans) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(spans))


@pytest.mark.parametrize(
    ("sentence", "qualifies"),
    [
        ("Except on holidays.", True),
        ("Unless you paid before, the fee applies.", True),
        ("Note: bring a card.", True),
        ("- Exception: children.", True),
        ("Salvo los domingos.", True),
        ("Notebooks are allowed.", False),
        ("We are open.", False),
    ],
)
def test_a_sentence_that_limits_the_one_before_is_recognised(sentence: str, *, qualifies: bool) -> None:
    assert qualifies_previous(sentence) is qualifies
