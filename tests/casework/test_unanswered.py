"""Questions without a source are found in the message as they stand there, and nothing else is touched."""

import pytest

from vouchsafe.casework.unanswered import pieces

ASKED = "Hello. When do you open?\nAnd is there a\nbus that stops there? Thanks"


@pytest.mark.parametrize(
    ("unanswered", "marked"),
    [
        ((), []),
        (("When do you open?",), ["When do you open?"]),
        (("And is there a bus that stops there?",), ["And is there a\nbus that stops there?"]),
        (
            ("When do you open?\nAnd is there a bus that stops there?",),
            ["When do you open?", "And is there a\nbus that stops there?"],
        ),
        (("Do you sell (blue) cups?",), []),
        (("When", "When do you open?"), ["When do you open?"]),
    ],
)
def test_a_question_is_marked_where_it_stands(unanswered: tuple[str, ...], marked: list[str]) -> None:
    found = pieces(ASKED, unanswered)

    assert [one.text for one in found if one.open] == marked
    assert "".join(one.text for one in found) == ASKED


def test_a_message_without_words_has_no_pieces() -> None:
    assert pieces("", ("When do you open?",)) == ()
