"""The support check: what an embedding cannot see, words can."""

from collections.abc import Sequence

import numpy as np
import pytest

from vouchsafe.pipeline.draft.support import check, is_verbatim
from vouchsafe.ports.embedder import Vectors

SOURCE = (
    "You must bring a photo card to the front desk. A copy on paper costs $5 for the first 20 pages. "
    "You can pay online within 30 days. Do not pay at the desk. Visits are not moved on holidays.\n- Ask Dr. Okafor."
)


class SameForAll:
    """An encoder that finds everything alike: the rules have to do the work alone."""

    ref = "same@1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), 384), dtype=np.float32)
        rows[:, 0] = 1.0
        return rows


@pytest.mark.parametrize(
    "sentence",
    [
        "You can pay online within 30 days.",
        "You can pay  online\nwithin 30 days.",
        "You can pay online within 30 days",
        "You can pay online within 30 days. Do not pay at the desk.",
        "Ask Dr. Okafor.",
    ],
)
def test_whole_sentences_of_a_source_are_always_supported(sentence: str) -> None:
    verdict = check(sentence, [SOURCE], SameForAll())

    assert (verdict.supported, verdict.score, verdict.reasons) == (True, 1.0, ())


def test_quotes_and_dashes_may_be_of_another_kind() -> None:
    assert is_verbatim("Say 'hello' - it's fine.", "Say ‘hello’ – it’s fine.")


def test_a_part_of_a_sentence_is_not_verbatim() -> None:
    assert not is_verbatim("Pay at the desk.", SOURCE)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("You can pay online within 60 days.", "a number is not"),
        ("You can pay online within 30 weeks.", "another unit"),
        ("You can not pay online within 30 days.", "yes or no"),
        ("Pay at the desk.", "yes or no"),
        ("Visits are moved on holidays.", "yes or no"),
        ("You may bring a photo card to the front desk.", "must be and what may be"),
        ("You can pay by mail within 30 days.", "a word differs"),
        ("You can pay online within 30 days at the Northgate desk.", "a name is not"),
        ("The cafeteria serves breakfast to visitors all morning.", "too little"),
    ],
)
def test_what_changes_the_meaning_is_not_supported_and_says_why(sentence: str, reason: str) -> None:
    verdict = check(sentence, [SOURCE], SameForAll())

    assert not verdict.supported
    assert verdict.score < 0.5
    assert any(reason in said for said in verdict.reasons)


def test_the_same_said_in_other_words_may_pass() -> None:
    assert check("Within 30 days, you can pay online.", [SOURCE], SameForAll()).supported


@pytest.mark.parametrize(("sentence", "sources"), [("", [SOURCE]), ("...", [SOURCE]), ("You can pay online.", [])])
def test_nothing_supports_nothing(sentence: str, sources: list[str]) -> None:
    verdict = check(sentence, sources, SameForAll())

    assert (verdict.supported, verdict.score) == (False, 0.0)
