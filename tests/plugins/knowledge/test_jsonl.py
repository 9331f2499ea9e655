"""Documents that another program exports, one a line."""

import json
from pathlib import Path

import pytest

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.plugins.knowledge.jsonl import read_jsonl

GOOD = {
    "path": "fees/copies.md",
    "text": "# Copies\n\nA copy costs **$4**.",
    "audience": ["public"],
    "owner": "records",
}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "kb.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), encoding="utf-8")
    return path


def test_each_line_is_a_document_with_the_metadata_that_stands_in_it(tmp_path: Path) -> None:
    html = {
        "path": "hours.html",
        "format": "html",
        "audience": "staff",
        "title": "Hours",
        "text": "<p>We open at 9.</p>",
    }

    found = read_jsonl(write(tmp_path, GOOD, "", html))

    assert found.problems == ()
    first, second = found.documents
    assert (first.path, first.title, first.text) == ("fees/copies.md", "Copies", "# Copies\n\nA copy costs $4.")
    assert (first.owner, set(first.audience), first.approved_for_auto) == ("records", {"public"}, False)
    assert (second.title, set(second.audience), second.text) == ("Hours", {"staff"}, "We open at 9.")


def test_front_matter_inside_the_text_gives_no_rights(tmp_path: Path) -> None:
    smuggled = {**GOOD, "audience": "staff", "text": "---\naudience: public\napproved_for_auto: true\n---\nThe code."}

    (document,) = read_jsonl(write(tmp_path, smuggled)).documents

    assert document.audience == {"staff"}
    assert not document.approved_for_auto


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ({**GOOD, "path": ""}, "needs `path`"),
        ({**GOOD, "path": "../x.md"}, "needs `path`"),
        ({**GOOD, "path": "a@b#1"}, "needs `path`"),
        ({**GOOD, "text": 4}, "needs `text`"),
        ({**GOOD, "format": "docx"}, "`format`"),
        ({**GOOD, "text": " "}, "no text"),
        ({key: value for key, value in GOOD.items() if key != "audience"}, "no audience"),
        (GOOD, "earlier line"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_rest_is_read(tmp_path: Path, line: object, says: str) -> None:
    found = read_jsonl(write(tmp_path, GOOD, line))

    assert len(found.documents) == 1
    assert [one.path for one in found.problems] == ["line 2"]
    assert says in found.problems[0].says


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VouchsafeError, match="cannot be read"):
        read_jsonl(tmp_path / "none.jsonl")
