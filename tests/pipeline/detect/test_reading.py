"""Messages are cut into units so that nothing is silently left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchsafe.pipeline.detect.reading import MAX_CHARACTERS, meant, names_something, read, without_greeting


def test_courtesies_and_signatures_are_not_what_is_asked() -> None:
    text = "Hi there,\n\nWhere can I park? I come by car.\n\nMany thanks\nAda Example\nSent from my phone"

    reading = read([text], [], [])

    assert [one.text for one in meant(reading.sentences)] == ["Where can I park?", "I come by car."]
    assert reading.core == "Where can I park? I come by car."


def test_a_courteous_question_is_still_a_question() -> None:
    assert [one.text for one in meant(read(["Hello, when do you open?"], [], []).sentences)] == [
        "Hello, when do you open?"
    ]


def test_sentences_stand_where_they_were_written() -> None:
    text = "First one here.\n\n- a list item\n- another"

    for one in read([text], [], []).sentences:
        assert text[one.span.start : one.span.end].split() == one.text.split()


def test_a_long_message_is_scored_in_windows_that_overlap() -> None:
    words = [f"word{number}" for number in range(300)]

    windows = read([" ".join(words)], [], []).windows

    assert {word for window in windows for word in window.text.split()} == set(words)
    assert all(len(window.text.split()) <= 120 for window in windows)


def test_quoted_lines_are_hidden_text_only_under_an_attribution() -> None:
    quoted = read(["Yes.\nOn Monday Ada wrote:\n> old words"], [], [])
    lone = read(["> 39 fever since Monday"], [], [])

    assert "old words" not in quoted.windows[0].text
    assert any("old words" in text for text in quoted.hidden)
    assert "fever" in lone.windows[0].text


def test_the_thread_is_the_last_two_turns_and_the_fresh_words() -> None:
    reading = read(["and now?"], ["one", "two", "three"], [])

    assert reading.thread == "two three and now?"
    assert [text.text for text in reading.earlier] == ["two", "three"]


def test_without_earlier_turns_there_is_no_thread() -> None:
    assert read(["hello"], [], []).thread == ""


def test_too_many_characters_are_huge() -> None:
    assert read(["a " * MAX_CHARACTERS], [], []).huge
    assert not read(["When do you open?"], [], []).huge


@given(st.lists(st.text(max_size=200), min_size=1, max_size=3))
def test_any_text_can_be_read(texts: list[str]) -> None:
    reading = read(texts, [], [])

    assert len(reading.messages) == len(texts)
    assert all(0 <= one.message < len(texts) for one in reading.sentences)


@pytest.mark.parametrize(
    "text",
    [
        "please help me i am bleeding",
        "Chest Pain",
        "Thanks for nothing, I am going to end it",
        "best to be dead",
        "hi doctor my chest hurts",
        "Dear me he is not waking up",
    ],
)
def test_a_polite_opening_never_drops_what_is_said(text: str) -> None:
    words = set(without_greeting(text).lower().split())

    assert words <= set(" ".join(one.text for one in read([text], (), ()).windows).lower().split())


@pytest.mark.parametrize(
    "text", ["Thank you so much!", "Good morning,", "Kind regards, [NAME_1]", "Have a nice day.", "Muchas gracias"]
)
def test_a_courtesy_beside_something_said_is_not_scored(text: str) -> None:
    reading = read([f"{text}\n\nWhere do I park my car?"], (), ())

    assert [one.text for one in reading.windows] == ["Where do I park my car?"]
    assert reading.core == reading.windows[0].text


def test_nothing_but_a_courtesy_is_still_read() -> None:
    assert [one.text for one in read(["Thank you so much!"], (), ()).windows] == ["Thank you so much!"]


@pytest.mark.parametrize(
    "question", ["What do I do?", "Where can I ask?", "Is that possible?", "Can you help me please?"]
)
def test_a_question_that_only_points_back_names_nothing(question: str) -> None:
    assert not names_something(question)


@pytest.mark.parametrize("question", ["Where can I park?", "Should I worry?", "Is it cancer?", "[NAME_1] or surgery?"])
def test_a_question_with_a_word_of_its_own_names_something(question: str) -> None:
    assert names_something(question)
