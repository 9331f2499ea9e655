"""`vouchsafe search`: the formats of design section 10, over a real folder."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DOCUMENTS = {
    "parking.md": "---\ntitle: Parking\naudience: public\nlanguage: en\n---\n# Parking\n\nThe garage costs $4 per day. Except on holidays.\n",
    "staff/doors.md": "---\ntitle: Doors\naudience: staff\nlanguage: en\n---\n# Doors\n\nThe garage door code is changed every month.\n",
    "old.md": "---\ntitle: Parking\naudience: public\nlanguage: en\neffective_to: 2025-12-31\n---\n# Parking\n\nThe garage costs $3 per day.\n",
    "broken.md": "---\naudience: pubic\n---\nThe garage is secret.\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kb")
    for name, content in DOCUMENTS.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return root


def search(
    kb: Path, *lines: object, on: str = "2026-03-02", options: tuple[str, ...] = ()
) -> tuple[list[Any], int, str]:
    given = "\n".join(json.dumps(line) for line in lines)
    command = [sys.executable, "-m", "vouchsafe.cli.main", "search", "--kb", str(kb), "--on", on, *options]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode, done.stderr


def test_lines_come_back_in_order_with_hits_and_a_bad_line_stands_in_its_place(kb: Path) -> None:
    lines, code, errors = search(
        kb,
        {"id": "a", "query": "How much does the garage cost? I am John Smith."},
        {"id": "b"},
        {"id": "c", "query": "door code of the garage", "audience": ["staff"]},
        {"id": "d", "query": "garage", "audience": []},
    )

    assert [line["id"] for line in lines] == ["a", "b", "c", "d"]
    assert code == 1
    assert "broken.md" in errors
    first, bad, staff, nobody = lines
    assert "error" not in first, first
    assert set(first) == {"id", "hits", "confidence", "abstain"}
    (hit,) = first["hits"]
    assert set(hit) == {"document", "passage", "score", "text"}
    assert hit["document"] == "parking.md"
    assert hit["text"] == "The garage costs $4 per day. Except on holidays."
    assert set(bad) == {"id", "error"}
    assert [h["document"] for h in staff["hits"]] == ["staff/doors.md"]
    assert (nobody["hits"], nobody["abstain"]) == ([], True)


def test_the_day_decides_which_version_is_found_and_vectors_are_kept(kb: Path, tmp_path: Path) -> None:
    kept = tmp_path / "vectors.npz"

    for _ in range(2):
        lines, code, _ = search(
            kb, {"id": 1, "query": "garage cost"}, on="2025-06-01", options=("--vectors", str(kept))
        )
        assert code == 0
        assert {h["document"] for h in lines[0]["hits"]} == {"old.md", "parking.md"}

    assert kept.stat().st_size > 0


def test_a_folder_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    _, code, errors = search(tmp_path / "missing", {"id": 1, "query": "x"})

    assert code == 2
    assert "is not a folder" in errors
    assert "Traceback" not in errors


def test_a_folder_gets_a_threshold_of_its_own_or_hears_why_not(kb: Path, tmp_path: Path) -> None:
    own = tmp_path / "calibration.json"
    command = [sys.executable, "-m", "vouchsafe.cli.main", "search", "calibrate", "--kb", str(kb), "--out", str(own)]
    asked = "\n".join(
        json.dumps({"id": n, "query": "What does parking cost?", "document": "parking.md"}) for n in (1, 2)
    )

    few = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    _, code, errors = search(kb, {"id": 1, "query": "x"}, options=("--calibration", str(kb / "parking.md")))

    assert few.returncode != 0
    assert "2 questions about 1 documents of this folder are too few" in few.stderr
    assert not own.exists()
    assert code != 0
    assert "is no calibration" in errors


def test_a_threshold_made_for_a_folder_is_read_by_a_search(tmp_path: Path) -> None:
    pages = {
        "parking": "The garage costs four dollars a day.",
        "records": "Copies of charts are ready after five days.",
        "meals": "Breakfast is served warm at seven.",
        "library": "Books are lent for three weeks.",
        "shuttle": "A bus leaves every half hour.",
    }
    (tmp_path / "kb").mkdir()
    for name, says in pages.items():
        page = f"---\ntitle: {name}\naudience: public\nlanguage: en\n---\n{says}\n"
        (tmp_path / "kb" / f"{name}.md").write_text(page, encoding="utf-8")
    questions = [
        {"id": f"{name}{n}", "query": f"{start} {says.lower().rstrip('.')}?", "document": f"{name}.md"}
        for name, says in pages.items()
        for n, start in enumerate(("Is it true that", "Do you know whether", "Could it be that", "Somebody said that"))
    ]
    own = tmp_path / "calibration.json"
    made = subprocess.run(
        [sys.executable, "-m", "vouchsafe.cli.main", "search", "calibrate", "--kb", str(tmp_path / "kb"), "--out", str(own)],
        input="\n".join(json.dumps(one) for one in questions),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    (line,), code, _ = search(
        tmp_path / "kb", {"id": 1, "query": "What does the garage cost a day?"}, options=("--calibration", str(own))
    )

    assert made.returncode == 0, made.stderr
    assert "20 questions about 5 documents" in made.stderr
    assert json.loads(own.read_text())["measured"]["questions"] == 20
    assert code == 0
    assert line["hits"][0]["document"] == "parking.md"
