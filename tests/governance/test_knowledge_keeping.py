"""A source that nobody reads any more and a threshold that its documents outgrew are found."""

from datetime import UTC, datetime, timedelta

import pytest

from vouchsafe.governance.knowledge_keeping import Aged, Held, aged, unread

NOW = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)
MONTH = timedelta(days=30)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_a_source_is_unread_once_neither_a_read_nor_a_document_of_it_is_young_enough() -> None:
    published = {"folder": ago(200), "https://clinic.example": ago(90), "export": ago(3), "old": ago(40)}
    read = {"folder": ago(29.9), "https://clinic.example": ago(31), "gone": ago(300)}

    assert [(one.source, one.last) for one in unread(published, read, NOW, MONTH)] == [
        ("old", ago(40)),
        ("https://clinic.example", ago(31)),
    ]


def test_where_nothing_has_to_be_kept_in_step_nothing_is_unread() -> None:
    assert unread({"folder": ago(900)}, {}, NOW, timedelta()) == ()


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ([Held("a", ago(50), None), Held("b", ago(50), None)], Aged(0, 2)),
        ([Held("a", ago(50), None), Held("b", ago(1), None)], Aged(1, 1)),
        ([Held("a", ago(50), ago(2)), Held("b", ago(50), None)], Aged(1, 2)),
        # A new version in place of an old one is one change.
        ([Held("a", ago(50), ago(2)), Held("a", ago(2), None), Held("b", ago(50), None)], Aged(1, 2)),
        # What came and went before does not count.
        ([Held("a", ago(50), ago(40)), Held("b", ago(50), None)], Aged(0, 1)),
    ],
)
def test_what_changed_since_a_moment_is_counted_by_document(versions: list[Held], found: Aged) -> None:
    assert aged(versions, ago(10)) == found


@pytest.mark.parametrize(("changed", "documents", "much"), [(0, 0, False), (1, 5, False), (2, 8, True), (1, 0, True)])
def test_a_quarter_is_much(changed: int, documents: int, *, much: bool) -> None:
    assert Aged(changed, documents).much is much
