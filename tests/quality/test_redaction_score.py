"""Scores of redaction: what counts as a leak, and how sure a rate is."""

import json
from pathlib import Path

import pytest

from vouchsafe.quality.intervals import resampled, wilson
from vouchsafe.quality.labelled import BadRow, LabelledText, read_labelled, unmarked
from vouchsafe.quality.redaction_score import by_label, precision, rates, score, worst

ROW = LabelledText(
    "a", "g", "call Mary Jones at 555-0144 on friday", ((5, 15, "NAME"), (19, 27, "PHONE"), (31, 37, "OTHER"))
)


def test_marks_give_the_text_and_the_places_of_what_they_held() -> None:
    text, spans = unmarked("call {{NAME:Mary}} at {{PHONE:555\n0144}}.")
    assert text == "call Mary at 555\n0144."
    assert [(text[start:end], label) for start, end, label in spans] == [("Mary", "NAME"), ("555\n0144", "PHONE")]


def test_nothing_masked_leaks_everything_and_everything_masked_leaks_nothing() -> None:
    nothing, everything = rates([score(ROW, [])]), rates([score(ROW, [(0, len(ROW.text))])])
    assert (nothing["leak"].share, nothing["recall"].share, nothing["over"].share) == (1.0, 0.0, 0.0)
    assert (everything["leak"].share, everything["recall"].share, everything["over"].share) == (0.0, 1.0, 1.0)


def test_half_an_identifier_is_not_caught_and_its_letters_leak() -> None:
    found = score(ROW, [(5, 9), (19, 27)])
    # "Jones" of "Mary Jones" is left: 5 of 9 + 7 letters and digits.
    assert rates([found])["leak"].share == pytest.approx(5 / 16)
    assert by_label([found])["NAME"][0].share == 0.0
    assert worst([found], 3) == {"NAME": ["a"]}


def test_what_is_neutral_is_neither_a_leak_nor_too_much() -> None:
    assert rates([score(ROW, [(5, 15), (19, 27)])]) == rates([score(ROW, [(5, 15), (19, 27), (31, 37)])])


def test_a_message_without_any_label_counts_as_touched_by_any_mask() -> None:
    free = LabelledText("b", "g", "how do i pay", ())
    assert rates([score(free, []), score(free, [(4, 6)])])["touched"].share == 0.5


def test_precision_is_the_share_of_what_was_masked_that_identifies() -> None:
    # "Mary Jones" and the number are 16 letters and digits, "call" and "on" are 6; "friday" is neutral.
    found = precision([score(ROW, [(0, 15), (19, 37)])])
    assert found.share == pytest.approx(16 / 22)
    assert found.of == 22
    assert precision([score(ROW, [(5, 15), (19, 27), (31, 37)])]).share == 1.0
    assert precision([score(ROW, [])]).of == 0


def test_the_interval_of_a_share_is_wilsons() -> None:
    # Published example: 8 of 10 gives 0.490 to 0.943.
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_an_interval_over_messages_holds_the_share_and_is_the_same_each_time() -> None:
    rows = [(at % 3, 10) for at in range(60)]
    low, high = resampled(rows, lambda one: one[0], lambda one: one[1])
    assert low < 0.1 < high
    assert (low, high) == resampled(rows, lambda one: one[0], lambda one: one[1])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{not json", "not JSON"),
        ('["a"]', 'an object with a "text"'),
        ('{"id": "1"}', 'an object with a "text"'),
        ('{"text": "Mary", "spans": [{"start": 0}]}', '"spans" needs'),
        ('{"text": "Mary", "spans": 7}', '"spans" needs'),
        ('{"text": "Mary", "spans": [{"start": 0, "end": 9, "label": "NAME"}]}', "outside the text"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_not_quoted(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"text": "fine"}) + "\n\n" + line + "\n")
    with pytest.raises(BadRow, match=f"rows.jsonl, line 3: .*{why}") as caught:
        list(read_labelled(path))
    assert "Mary" not in str(caught.value)
