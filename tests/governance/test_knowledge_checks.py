"""What of a desk's documents needs a person, and what does not."""

from dataclasses import replace
from datetime import date

import pytest

from vouchsafe.domain.knowledge import Doubt
from vouchsafe.domain.passage import Document
from vouchsafe.governance.knowledge_checks import questionable

TODAY = date(2026, 3, 2)
SOUND = Document(
    path="fees.md",
    version="0" * 12,
    title="Fees",
    audience=frozenset({"public"}),
    effective_from=None,
    effective_to=None,
    approved_for_auto=True,
    language="en",
    intent=None,
    owner="billing",
    review_date=date(2026, 3, 2),
    text="A copy costs $4.",
)
OTHER = replace(SOUND, path="fees-2026.md")


def doubts(*documents: Document) -> list[tuple[Doubt, str]]:
    found = questionable(documents, TODAY, frozenset({"public", "patient"}))
    return [(one.doubt, one.path) for one in found]


def test_a_document_with_owner_reader_and_dates_needs_nobody() -> None:
    assert doubts(SOUND) == []


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        (replace(SOUND, owner=""), Doubt.NO_OWNER),
        (replace(SOUND, review_date=date(2026, 3, 1)), Doubt.STALE),
        (replace(SOUND, effective_to=date(2026, 3, 1)), Doubt.EXPIRED),
        (replace(SOUND, effective_to=date(2026, 4, 1)), Doubt.EXPIRES),
        (replace(SOUND, audience=frozenset({"staff:nurses"})), Doubt.NOBODY),
        (replace(SOUND, audience=frozenset()), Doubt.NOBODY),
    ],
)
def test_each_doubt_is_named_for_its_document(changed: Document, doubt: Doubt) -> None:
    assert doubts(changed) == [(doubt, "fees.md")]


def test_an_end_that_is_still_far_needs_nobody_yet() -> None:
    assert doubts(replace(SOUND, effective_to=date(2026, 4, 2))) == []


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        (SOUND, OTHER, True),
        (replace(SOUND, effective_to=date(2026, 6, 30)), replace(OTHER, effective_from=date(2026, 6, 30)), True),
        (replace(SOUND, effective_to=date(2026, 6, 30)), replace(OTHER, effective_from=date(2026, 7, 1)), False),
        (SOUND, replace(OTHER, audience=frozenset({"patient"})), False),
        (SOUND, replace(OTHER, language="es"), False),
        (SOUND, replace(OTHER, title="Fees of the laboratory"), False),
        (SOUND, replace(SOUND, version="1" * 12), False),
    ],
)
def test_two_documents_of_one_title_are_named_where_one_reader_could_be_shown_both(
    first: Document,
    second: Document,
    overlap: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert (Doubt.OVERLAP in {doubt for doubt, _ in doubts(first, second)}) is overlap


def test_a_group_of_few_is_said_to_be_out_of_reach_until_a_code_proves_its_members() -> None:
    (named,) = questionable([replace(SOUND, audience=frozenset({"staff:nurses"}))], TODAY, frozenset({"public"}))
    (inside,) = questionable([replace(SOUND, audience=frozenset({"internal"}))], TODAY, frozenset({"public"}))

    assert "no channel asks for one yet" in named.says
    assert inside.says == "nobody who writes to this desk may read its audience (internal)"
