"""Words of the operator are safe as they stand, unless they imitate a token badly."""

import pytest

from vouchsafe.pipeline.redact.fixed import ReservedWords, our_words


@pytest.mark.parametrize("text", ["We open at 8.", "Dear [NAME_1], we open at 8.", "Name: [Name], date: [Date]"])
def test_fixed_words_and_exact_tokens_pass(text: str) -> None:
    assert our_words(text).value == text


@pytest.mark.parametrize("text", ["Dear [name 1]", "see DATE_3"])
def test_a_bent_token_is_refused(text: str) -> None:
    with pytest.raises(ReservedWords):
        our_words(text)
