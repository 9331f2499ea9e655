"""A page that reads hard is found; what the measure cannot judge it does not."""

import pytest

from vouchsafe.governance.readability import LEAST_WORDS, reading, syllables

PLAIN = "We open at nine. You can park behind the house. Bring your card. If you are late, call the desk. " * 5
BUREAUCRATIC = (
    "Notwithstanding administrative considerations regarding the aforementioned documentation, individual "
    "representatives are encouraged to communicate prospective modifications to the appropriate organisational unit. "
) * 4
LONG = "You can park behind the house " + "and then walk to the desk " * 6 + "and wait there. "


def test_plain_words_in_short_sentences_are_not_hard() -> None:
    found = reading(PLAIN, "en-US")

    assert found
    assert found.ease > 80
    assert not found.hard


def test_long_words_are_hard_and_the_sentence_names_the_measure() -> None:
    found = reading(BUREAUCRATIC, "en")

    assert found
    assert found.ease < 10
    assert found.hard
    assert "(Flesch; 60 and more is plain, below 50 difficult)" in found.says


def test_a_long_sentence_is_hard_though_its_words_are_easy() -> None:
    found = reading(PLAIN + LONG, "en")

    assert found
    assert found.ease > 60
    assert (found.long, found.longest) == (1, 45)
    assert found.says.endswith("1 sentence has more than 30 words, the longest 45")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (BUREAUCRATIC, "es"),
        ("We open at nine.", "en"),
        ("| Price | Time |\n| Four dollars a copy of the record | two weeks |\n" * 20, "en"),
        ("# A heading of very many administrative considerations\n" * 20, "en"),
        ("", "en"),
    ],
)
def test_what_cannot_be_judged_is_not(text: str, language: str) -> None:
    assert reading(text, language) is None


def test_a_page_is_judged_from_so_many_words_on() -> None:
    assert reading("We open at nine. " * (LEAST_WORDS // 4 - 1), "en") is None
    assert reading("We open at nine. " * (LEAST_WORDS // 4), "en")


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("cat", 1), ("the", 1), ("care", 1), ("open", 2), ("table", 2), ("clinic", 2), ("walked", 1), ("wanted", 2)),
        *(("appointment", 3), ("information", 4), ("Don't", 1), ("free", 1), ("nth", 1)),
    ],
)
def test_syllables_are_counted_by_letters(word: str, count: int) -> None:
    assert syllables(word) == count
