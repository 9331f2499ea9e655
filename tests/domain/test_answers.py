"""Approved answers: every slot filled from the desk's facts, exactly, or the answer is refused."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vouchsafe.domain.answers import BadAnswer, Slot, approved, filled, open_slot, pieces, with_slots
from vouchsafe.domain.facts import Facts, SlotType, fact_of
from vouchsafe.domain.text import Span

FACTS = Facts(
    {
        "clinic_phone": fact_of("clinic_phone", "phone", "(555) 555-0100"),
        "hour": fact_of("hour", "price", "$3"),
        "garage": fact_of("garage", "text", {"en": "the garage"}),
    },
    {"day": "not a price with its currency, such as $3 or 3.50 EUR"},
)
NAMES = tuple(FACTS.known)


def signed_off(template: str = "Call {clinic_phone}.", **changes: object) -> str:
    """The words of an answer, sound unless the test says otherwise."""
    about: dict[str, object] = {
        "title": "Calling us",
        "approved_by": "front desk",
        "questions": ("How do I call you?",),
        "intent": "contact",
        "facts": FACTS,
        "language": "en",
        **changes,
    }
    text, _ = approved(template, **about)  # type: ignore[arg-type]  # one table for all cases
    return text


def test_slots_are_filled_and_their_places_kept() -> None:
    text, slots = filled("Parking costs {hour}. Call {clinic_phone}.", FACTS, "en")

    assert text == "Parking costs $3. Call (555) 555-0100."
    assert slots == (Slot("hour", SlotType.PRICE, Span(14, 16)), Slot("clinic_phone", SlotType.PHONE, Span(23, 37)))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.text(st.characters(blacklist_characters="{}")), st.sampled_from(NAMES))),
    st.text(st.characters(blacklist_characters="{}")),
)
def test_filling_is_exact_and_can_be_undone(parts: list[tuple[str, str]], end: str) -> None:
    template = "".join(f"{words}{{{name}}}" for words, name in parts) + end

    text, slots = filled(template, FACTS, "en")

    assert "{" not in text
    assert [slot.name for slot in slots] == [name for _, name in parts]
    for slot in slots:
        assert text[slot.span.start : slot.span.end] == FACTS.known[slot.name].says("en")
    assert with_slots(text, slots) == template
    assert "".join(piece for piece, _ in pieces(text, slots)) == text


@settings(deadline=None)
@given(st.text(st.sampled_from("{}ab_ .!:0[]"), max_size=40))
def test_whatever_is_written_no_brace_is_ever_left(template: str) -> None:
    facts = Facts({name: fact_of(name, "text", "x") for name in ("a", "b", "ab")})
    try:
        text, _ = filled(template, facts, "en")
    except BadAnswer:
        return

    assert not re.search(r"[{}]", text)
    assert not open_slot(text)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("Call {doctor_phone}.", "unknown slot {doctor_phone}; facts.yaml has no fact of that name"),
        ("It costs {day}.", "{day} cannot be filled: facts.yaml: not a price"),
        ("Dear {contact.name},", "a brace that is no slot"),
        ("Call {clinic_phone!r}.", "a brace that is no slot"),
        ("Call {Clinic_Phone}.", "a brace that is no slot"),
        ("Call {0} or {}.", "a brace that is no slot"),
        ("{__class__}", "a brace that is no slot"),
        ("{{clinic_phone}}", "a brace that is no slot"),
        ("Call {clinic_phone", "a brace that is no slot"),
        ("Hello [NAME_1], call us.", "the form of a placeholder"),
        ("# Calling\n\nCall us.", "take its headings out"),
        ("word " * 121, "longer than 120 words"),
    ],
)
def test_an_answer_that_cannot_be_filled_whole_is_refused_with_the_reason(template: str, says: str) -> None:
    with pytest.raises(BadAnswer, match=re.escape(says)):
        signed_off(template)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"approved_by": ""}, "who signed it off"),
        ({"title": ""}, "needs a `title`"),
        ({"title": "Call {clinic_phone}"}, "needs a `title`"),
        ({"questions": (), "intent": None}, "nothing says what it answers"),
        ({"questions": ("Can I call {clinic_phone}?",)}, "an example question is one line"),
        ({"questions": ("x" * 151,)}, "an example question is one line"),
        ({"questions": ("How?",) * 9}, "more than 8 example questions"),
        ({"language": "es", "template": "En {garage}."}, "{garage} has no value in the language es"),
        (
            {"facts": Facts(refused={"": "not UTF-8 text"})},
            "{clinic_phone} cannot be filled: facts.yaml: not UTF-8 text",
        ),
    ],
)
def test_an_answer_that_does_not_say_what_it_must_is_refused(changes: Mapping[str, object], says: str) -> None:
    with pytest.raises(BadAnswer, match=re.escape(says)):
        signed_off(**changes)  # type: ignore[arg-type]  # one table for all cases


def test_an_answer_without_slots_and_facts_is_as_good() -> None:
    assert signed_off("Call us.", facts=Facts()) == "Call us."
