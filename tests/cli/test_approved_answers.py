"""Approved answers as an operator meets them: imported, refused with a line, listed, and understood by `answer --kb`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Shell

ANSWER = (
    "---\nkind: approved_answer\ntitle: Price of parking\naudience: public\nlanguage: en\napproved_for_auto: true\n"
    "owner: facilities\napproved_by: Head of facilities\nintent: directions_parking\n"
    "questions:\n  - How much is parking?\n---\nParking costs {parking_hour} for each hour.\n"
)
PAGE = (
    "---\ntitle: Parking\naudience: public\nlanguage: en\napproved_for_auto: true\n---\nParking is behind the house.\n"
)


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "price.md").write_text(ANSWER, encoding="utf-8")
    (folder / "parking.md").write_text(PAGE, encoding="utf-8")
    (folder / "facts.yaml").write_text("parking_hour: {type: price, value: $3}\n", encoding="utf-8")
    return folder


def test_an_import_publishes_it_a_changed_value_replaces_it_and_a_bad_one_takes_it_out_with_a_line(
    clinic_shell: Shell, kb: Path
) -> None:
    command = ("knowledge", "import", str(kb), "--desk", "patient")
    assert "2 versions published, 0 retired" in clinic_shell(*command).out
    listed = clinic_shell("knowledge", "list", "--desk", "patient").out.splitlines()
    assert [line.startswith("price.md@") for line in listed if line.endswith("approved answer")] == [True]

    (kb / "facts.yaml").write_text("parking_hour: {type: price, value: $4}\n", encoding="utf-8")
    assert "1 versions published, 1 retired, 1 unchanged" in clinic_shell(*command).out

    (kb / "facts.yaml").write_text("parking_hour: {type: price, value: four}\n", encoding="utf-8")
    refused = clinic_shell(*command, code=1).out
    assert "0 versions published, 1 retired, 1 unchanged" in refused
    assert "not published: facts.yaml: parking_hour: not a price" in refused
    assert "not published: price.md: the slot {parking_hour} cannot be filled" in refused


def test_the_batch_command_answers_with_it_and_cites_its_spans(kb: Path) -> None:
    lines = [{"id": "price", "text": "How much is parking?"}, {"id": "slot", "text": "How much is {parking_hour}?"}]
    done = subprocess.run(
        [sys.executable, "-m", "vouchsafe.cli.main", "answer", "--kb", str(kb), "--on", "2026-03-02"],
        input="\n".join(json.dumps(line) for line in lines),
        capture_output=True,
        text=True,
        check=False,
    )
    printed: dict[str, dict[str, Any]] = {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}

    assert printed["price"]["route"] == "auto", done.stderr
    (citation,) = printed["price"]["citations"]
    text = "Parking costs $3 for each hour."
    assert (citation["document"], citation["sentence"]) == ("price.md", text)
    assert text[citation["start"] : citation["end"]] == text
    assert "{" not in (printed["slot"]["draft"] or "")
