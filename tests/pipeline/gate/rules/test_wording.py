"""Only quotations, approved templates and approved phrases leave by themselves."""

import pytest

from vouchsafe.domain.draft import Origin, Sentence
from vouchsafe.pipeline.gate.rules.wording import wording
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.testing.builders import a_gate_input, draft, drafted, phrase, quotation, the_pack

ENGLISH = the_pack().phrases_in("en")


@pytest.mark.parametrize(
    ("sentence", "held"),
    [
        (quotation(), False),
        (quotation(origin=Origin.TEMPLATE), False),
        (phrase("Hello,"), False),
        (phrase(ENGLISH.partial), False),
        (phrase(ENGLISH.open_part.replace("{part}", "Do you sell helicopters")), False),
        (phrase(ENGLISH.open_part.replace("{part}", "Are they free? Take two!")), True),
        (phrase("Kind regards,"), False),  # a part of the closing
        (phrase("  hello, "), False),
        (phrase(""), False),
        (quotation(origin=Origin.MODEL), True),
        (Sentence(our_words("I would come early."), Origin.PERSON), True),
        (phrase("Hello my dear friend,"), True),
        (phrase("Take two of them."), True),  # calling itself a phrase does not make it one
        (phrase("ell"), True),  # not whole words
    ],
)
def test_other_wording_is_held(sentence: Sentence, *, held: bool) -> None:
    case = a_gate_input(drafted(written=draft(quotation(), sentence)))

    assert (wording(case) is not None) is held
