"""Facts of a desk: what makes a value of each type, and in which words it is sent."""

import pytest

from vouchsafe.domain.facts import BadFact, SlotType, fact_of


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "(555) 555-0100"),
        ("phone", "555-555-0100 ext. 12"),
        ("phone", "+1 555 555 0100"),
        ("phone", "+34 910 555 010"),
        ("phone", 711),
        ("url", "https://portal.clinic.example/reset"),
        ("url", "https://portal.clinic.example:8443/a/b?form=3"),
        ("price", "$3"),
        ("price", "$0.15"),
        ("price", "$1,250.00"),
        ("price", "3.50 EUR"),
        ("price", "12€"),
        ("text", "the Dune Street garage"),
        ("text", "20 percent"),
    ],
)
def test_a_value_of_its_type_is_sent_as_it_was_written(kind: str, value: object) -> None:
    assert fact_of("one", kind, value).says("en") == str(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "078-05-1120"),  # a social security number
        ("phone", "00482913"),  # a record number
        ("phone", "call us"),
        ("phone", "(555) 555-0100 or (555) 555-0101"),
        ("phone", "1961-03-12"),
        ("url", "http://portal.clinic.example/reset"),
        ("url", "https://ada:secret@portal.clinic.example/"),
        ("url", "https://intranet"),
        ("url", "javascript:alert(1)"),
        ("url", "https://portal.clinic.example/reset."),
        ("url", "https://portal.clinic.example/a b"),
        ("url", "https://[portal.clinic.example/"),
        ("url", "https://pörtal.example/"),
        ("price", 3),
        ("price", "3"),
        ("price", "about $3"),
        ("price", "$3 or more"),
        ("opening_hours", "8 to 5"),
        ("opening_hours", "Mon-Fri 18:00-8:00"),
        ("opening_hours", "Fri-Mon 8:00-18:00"),
        ("opening_hours", "Mon-Fri 8:00-18:00, Wed 8:00-12:00"),
        ("opening_hours", "Mon-Fri 8:70-18:00"),
        ("opening_hours", "Mon-Fri 8:00-25:00"),
        ("opening_hours", "Mon-Fun 8:00-18:00"),
        ("opening_hours", {"en": "Mon-Fri 8:00-18:00"}),
        ("date", "2026-02-30"),
        ("date", "tomorrow"),
        ("text", "Parking is free. Come early"),
        ("text", "ends with a full stop."),
        ("text", "# a heading"),
        ("text", "- an item"),
        ("text", "two\nlines"),
        ("text", "x" * 121),
        ("text", ""),
        ("text", None),
        ("text", True),
        ("text", ["a", "b"]),
        ("text", "{clinic_phone}"),
        ("text", "[NAME_1]"),
        ("text", "<b>bold</b>"),
        ("text", {}),
        ("text", {"english": "one"}),
        ("text", {"en": "one", "es": "uno."}),
        ("patient_name", "Ada"),  # the list of types is closed
        ("", "x"),
    ],
)
def test_anything_else_is_refused_and_the_reason_does_not_repeat_it(kind: str, value: object) -> None:
    with pytest.raises(BadFact) as refused:
        fact_of("one", kind, value)

    quoted = str(value)
    assert len(quoted) < 4 or quoted not in str(refused.value)


@pytest.mark.parametrize("name", ["", "Phone", "_phone", "9th", "a b", "a.b", "__class__", "x" * 41])
def test_a_fact_has_a_plain_name(name: str) -> None:
    with pytest.raises(BadFact):
        fact_of(name, "text", "x")


def test_hours_are_put_into_words_of_both_languages() -> None:
    hours = fact_of("hours", "opening_hours", "Mon-Fri 8:00-18:00, Sat 9:00-13:00")

    assert hours.says("en") == "Monday to Friday from 8:00 to 18:00 and Saturday from 9:00 to 13:00"
    assert hours.says("es-MX") == "de lunes a viernes de 8:00 a 18:00 y el sábado de 9:00 a 13:00"
    assert fact_of("hours", "opening_hours", "Sat 9:00 - 13:00; Sun 9:00-12:00").says("es") == (
        "el sábado de 9:00 a 13:00 y el domingo de 9:00 a 12:00"
    )
    assert fact_of("hours", "opening_hours", "Mon-Sun 0:00-24:00").says("en") == "every day from 0:00 to 24:00"


def test_a_date_is_put_into_words_of_both_languages_and_no_other() -> None:
    day = fact_of("day", "date", "2026-10-01")

    assert day.says("en-US") == "October 1, 2026"
    assert day.says("es") == "1 de octubre de 2026"
    assert day.says("fr") is None


def test_a_value_by_language_is_for_these_languages_alone() -> None:
    garage = fact_of("garage", "text", {"en": "the garage", "es": "el garaje"})

    assert (garage.says("en"), garage.says("es-MX"), garage.says("fr")) == ("the garage", "el garaje", None)
    assert garage.type is SlotType.TEXT
