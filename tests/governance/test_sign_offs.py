"""No desk drafts for or answers real patients before nine papers are signed (R200)."""

from datetime import date

import pytest
import yaml

from vouchsafe.domain.pack import Mode
from vouchsafe.governance.sign_offs import NEEDED, NotSigned, blank, needs_sign_offs, read_sign_offs

TODAY = date(2026, 3, 2)


def signed(**changes: object) -> str:
    rows: dict[str, object] = {
        paper: {"by": "A. Example, compliance", "day": date(2026, 3, 1), "kept": f"folder 4, {paper}"}
        for paper in NEEDED
    }
    return yaml.safe_dump(rows | changes)


def test_nine_signed_papers_are_taken_in_their_order() -> None:
    found = read_sign_offs(signed(), TODAY)

    assert [one.paper for one in found] == list(NEEDED)
    assert len(found) == 9


@pytest.mark.parametrize("paper", NEEDED)
def test_each_paper_is_missed_by_name(paper: str) -> None:
    with pytest.raises(NotSigned, match=paper):
        read_sign_offs(signed(**{paper: None}), TODAY)


@pytest.mark.parametrize(
    "row",
    [
        {"by": "", "day": date(2026, 3, 1), "kept": "here"},
        {"by": "A", "day": date(2026, 3, 3), "kept": "here"},
        {"by": "A", "day": "soon", "kept": "here"},
        {"by": "A", "day": date(2026, 3, 1), "kept": " "},
        ["A"],
    ],
    ids=["nobody", "tomorrow", "no day", "nowhere", "not an entry"],
)
def test_an_entry_that_says_too_little_counts_as_not_signed(row: object) -> None:
    with pytest.raises(NotSigned, match="stop_test"):
        read_sign_offs(signed(stop_test=row), TODAY)


@pytest.mark.parametrize("content", ["", "- a\n- b", "a: [", blank()])
def test_an_empty_broken_or_blank_file_signs_nothing(content: str) -> None:
    with pytest.raises(NotSigned):
        read_sign_offs(content, TODAY)


def test_only_a_step_up_to_copilot_or_auto_waits_for_papers() -> None:
    waits = {(a, b) for a in Mode for b in Mode if needs_sign_offs(a, b)}

    assert waits == {
        (Mode.OFF, Mode.COPILOT),
        (Mode.OFF, Mode.AUTO),
        (Mode.SHADOW, Mode.COPILOT),
        (Mode.SHADOW, Mode.AUTO),
        (Mode.COPILOT, Mode.AUTO),
    }
