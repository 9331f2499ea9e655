"""Nothing binding leaves unless operations authorised it in advance."""

from dataclasses import replace

import pytest

from vouchsafe.domain.draft import Origin, Sentence
from vouchsafe.domain.pack import Remedy
from vouchsafe.pipeline.gate.rules.commitments import commitments
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.testing.builders import (
    a_gate_input,
    draft,
    drafted,
    grounded,
    hits,
    passage,
    phrase,
    quotation,
    the_pack,
)

PERSONAL = [
    "We will refund your payment.",
    "Your refund has been approved.",
    "I have waived the fee.",
    "You will receive a full refund.",
    "Your balance will be written off.",
    "We guarantee a place.",
    "I promise you an answer.",
    "We can make an exception for you and waive your late fee.",
    "It was our mistake.",
    "Su reembolso ha sido aprobado.",
]
RULES = [
    "Refunds are paid within 10 working days to the same card.",
    "The front desk will call you within 2 working days.",
    "The no-show fee can be waived once a year.",
    "Your form will be ready by Friday.",
]
HARMLESS = [
    "The clinic is open Monday to Friday from 8:00 to 17:30.",
    "You can pay online, by phone or at the front desk.",
    "You will find the form in the portal.",
    "The late cancellation fee is $35.",
]


@pytest.mark.parametrize("sentence", PERSONAL)
def test_a_commitment_to_this_contact_is_held_even_where_a_page_says_so(sentence: str) -> None:
    page = passage(sentence)
    case = a_gate_input(drafted(grounded(found=hits(page)), draft(quotation(sentence, page))))

    assert commitments(case) is not None


@pytest.mark.parametrize("sentence", RULES)
@pytest.mark.parametrize(
    ("origin", "approved", "held"),
    [(Origin.VERBATIM, True, False), (Origin.VERBATIM, False, True), (Origin.MODEL, True, True)],
)
def test_a_rule_is_quoted_from_an_approved_page_or_not_said(
    sentence: str, origin: Origin, *, approved: bool, held: bool
) -> None:
    page = passage(sentence, approved_for_auto=approved)
    case = a_gate_input(drafted(grounded(found=hits(page)), draft(quotation(sentence, page, origin=origin))))

    assert (commitments(case) is not None) is held


@pytest.mark.parametrize("sentence", HARMLESS)
def test_a_fact_is_no_commitment(sentence: str) -> None:
    case = a_gate_input(drafted(written=draft(Sentence(our_words(sentence), Origin.MODEL))))

    assert commitments(case) is None


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("We have waived your no-show fee of $35 this once.", False),
        ("We have waived your no-show fee of $350 this once.", True),
        ("We have waived your no-show fee.", True),
    ],
)
def test_a_remedy_is_said_in_the_packs_words_with_its_limit(said: str, *, held: bool) -> None:
    remedy = Remedy("no_show", "We have waived your no-show fee of $35 this once.", "35 USD, once a year")
    pack = replace(the_pack(), remedies=(remedy,))

    case = a_gate_input(drafted(written=draft(quotation(), phrase(said))), pack)

    assert (commitments(case) is not None) is held
