"""The export under 45 CFR 164.514(b)(2): what may stand of dates, ZIP codes and ages."""

from datetime import date

import pytest

from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.safe_harbor import exported

LIGHT = Redactor(ner=None)
ON = date(2026, 3, 2)


def export(text: str) -> str:
    return exported(LIGHT.redact([text]).parts[0], text, ON).value


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("I was seen on March 3, 2021 and paid.", "I was seen on [YEAR_2021] and paid."),
        ("My appointment is on March 3.", "My appointment is on [DATE_1]."),
        ("DOB 3/14/1961 please", "DOB [YEAR_1961] please"),
        ("DOB 3/14/1936 please", "DOB [AGED_90_OR_OVER] please"),
        ("DOB 3/14/1937 please", "DOB [YEAR_1937] please"),
    ],
)
def test_of_a_date_the_year_stays_unless_it_tells_an_age_over_89(text: str, gives: str) -> None:
    assert export(text) == gives


def test_an_age_over_89_becomes_one_class_and_others_stay() -> None:
    assert export("She is 93 years old.") == "She is [AGED_90_OR_OVER]."
    assert export("She is 84 years old.") == "She is 84 years old."


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("I live at 12 Elm Street, Springfield, OR 97477.", "[ZIP_974]."),
        # Few people: 036, and 556 with the four further digits.
        ("I live at 12 Elm Street, Walpole, NH 03608.", "[ZIP_000]."),
        ("I live at 12 Elm Street, Lutsen, MN 55612-1234.", "[ZIP_000]."),
    ],
)
def test_of_a_zip_code_three_digits_stay_where_enough_people_live(text: str, end: str) -> None:
    given = export(text)
    assert given.endswith(end)
    for word in ("Elm", "Springfield", "Walpole", "Lutsen", "97477", "03608", "55612", "1234"):
        assert word not in given


def test_names_and_numbers_are_tokens_as_ever() -> None:
    assert export("My name is Zofka Brandt, MRN 88231-Z.") == "My name is [NAME_1], MRN [MRN_1]."


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("- born in 1929\n- allergic to nuts", "- born in [AGED_90_OR_OVER]\n- allergic to nuts"),
        ("1929 was my birth year", "[AGED_90_OR_OVER] was my birth year"),
        ("- born in 1951", "- born in [YEAR_1951]"),
        ("1900 mg a day", "1900 mg a day"),
        ("Rosa Bell, 94, fell", "[NAME_1], [AGED_90_OR_OVER], fell"),
        ("my mother (94) fell", "my mother ([AGED_90_OR_OVER]) fell"),
        ("Her pulse was high (98).", "Her pulse was high (98)."),
        ("a 94-year-old", "a [AGED_90_OR_OVER]"),
    ],
)
def test_years_and_ages_beside_a_person_that_redaction_leaves_tell_no_age_over_89(text: str, gives: str) -> None:
    assert export(text) == gives


def test_a_date_that_was_masked_with_the_address_before_it_gives_its_year() -> None:
    text = "I live at 12 Elm Street, Springfield, OR 97477 March 3, 2021"
    assert export(text) == "I live at [LOCATION_1] [ZIP_974] [YEAR_2021]"
    assert export(text.replace("2021", "1931")) == "I live at [LOCATION_1] [ZIP_974] [AGED_90_OR_OVER]"
