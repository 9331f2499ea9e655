"""No sentence of substance leaves without a citation that supports it."""

from dataclasses import replace

import pytest

from vouchsafe.domain.draft import Origin, Sentence
from vouchsafe.domain.states import Part
from vouchsafe.domain.text import Span
from vouchsafe.pipeline.gate.rules.source import source
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.testing.builders import SAYS, a_gate_input, draft, drafted, grounded, hits, passage, phrase, quotation

PAGE = f"{SAYS} The laboratory opens at 7:00."
TRUE = quotation(source=passage(PAGE))
assert TRUE.citation is not None
CITED = TRUE.citation
MODEL = Origin.MODEL


@pytest.mark.parametrize(
    ("sentence", "held"),
    [
        (TRUE, False),
        (Sentence(our_words(SAYS.replace(" ", "  ")), Origin.VERBATIM, CITED), False),  # only white space differs
        (Sentence(our_words("Monday to Friday we are open 8:00 to 17:30."), MODEL, CITED), False),
        (Sentence(our_words("Monday to Friday we are open."), MODEL, CITED, supported=False), True),
        (Sentence(our_words(SAYS), Origin.VERBATIM, None), True),
        (Sentence(our_words(SAYS), Origin.TEMPLATE, None), True),
        (Sentence(our_words(SAYS.replace("17:30", "19:30")), Origin.VERBATIM, CITED), True),
        (quotation("It is free.", passage("It is free.", path="elsewhere.md")), True),  # not among the hits
        (Sentence(our_words(SAYS), MODEL, quotation("not on the page").citation), True),  # an empty span
        (
            Sentence(
                our_words(SAYS), Origin.VERBATIM, type(CITED)(CITED.document, CITED.version, 1, Span(900, 950), "")
            ),
            True,
        ),
        (Sentence(our_words("A person wrote this."), Origin.PERSON, None), True),
    ],
)
def test_a_sentence_without_support_is_held(sentence: Sentence, *, held: bool) -> None:
    before = grounded(found=hits(passage(PAGE)))
    # A page with more text is a page with another span, not another version: builders keep the version fixed.
    case = a_gate_input(drafted(before, draft(sentence)))

    assert (source(case) is not None) is held


def test_one_unsupported_sentence_among_good_ones_is_enough() -> None:
    written = draft(quotation(), Sentence(our_words("Parking is free."), Origin.TEMPLATE), quotation())

    assert source(a_gate_input(drafted(written=written))) is not None


def test_a_passage_found_for_one_of_several_questions_counts() -> None:
    parking = passage("Parking is free.", path="parking.md")
    before = replace(grounded(), parts=(Part(our_words("Is parking free?"), hits(parking)),))

    case = a_gate_input(drafted(before, draft(quotation(), quotation("Parking is free.", parking))))

    assert source(case) is None


def test_approved_phrases_need_no_source() -> None:
    assert source(a_gate_input(drafted(written=draft(quotation(), phrase("Hello,"))))) is None
