"""Words: folded, stemmed, without tokens."""

import pytest

from vouchsafe.domain.words import stems, without_tokens, words


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("appointments", "appointment", "en"),
        ("billing", "billed", "en"),
        ("policies", "policy", "en"),
        ("cancellation", "cancellations", "en"),
        ("visiting", "visits", "en"),
        ("citas", "cita", "es"),
        ("pagar", "pagos", "es"),
        ("CITACIÓN", "citaciones", "es"),
    ],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str, language: str) -> None:
    assert stems(one, language) == stems(other, language) != []


def test_numbers_keep_their_digits() -> None:
    assert words("Open 8:00 to 17:30, costs $3.50") == ["open", "8:00", "to", "17:30", "costs", "3.50"]


def test_function_words_are_left_out() -> None:
    assert stems("How do I pay the bill?") == ["pai", "bill"]


def test_tokens_of_redaction_are_not_words() -> None:
    assert words(without_tokens("I am [NAME_1], call [PHONE_12] [sic]")) == ["i", "am", "call", "sic"]
