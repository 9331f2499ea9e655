"""Age against a promise: never early, never silent, never a negative time."""

from datetime import UTC, datetime, timedelta

import pytest

from vouchsafe.casework.promise import in_words, promise

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "share", "late", "soon", "words"),
    [
        (-5, 0.0, False, False, "due in 45 min"),
        (0, 0.0, False, False, "due in 40 min"),
        (29, 0.725, False, False, "due in 11 min"),
        (30, 0.75, False, True, "due in 10 min"),
        (40, 1.0, True, False, "late by 0 s"),
        (130, 1.0, True, False, "late by 1 h"),
    ],
)
def test_a_promise_of_forty_minutes(minutes: int, *, share: float, late: bool, soon: bool, words: str) -> None:
    found = promise(NOON, NOON + timedelta(minutes=40), NOON + timedelta(minutes=minutes))

    assert found.share == pytest.approx(share)
    assert (found.late, found.soon, found.words) == (late, soon, words)


def test_without_a_promise_nothing_is_late() -> None:
    assert promise(NOON, None, NOON + timedelta(days=9)).words == ""
    assert not promise(NOON, NOON, NOON).late


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
    ],
)
def test_a_length_in_its_largest_whole_unit(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
