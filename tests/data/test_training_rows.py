"""The rows of ours that a shipped model was trained on are the rows that stand here, so that training gives it again."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import pytest

TRAINING = Path(__file__).resolve().parents[2] / "training"


def manifest(*path: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(files("vouchsafe").joinpath("data", *path).read_text("utf-8"))
    return found


def digest(*paths: Path) -> str:
    return hashlib.sha256(b"\n".join(path.read_bytes() for path in paths)).hexdigest()


@pytest.mark.parametrize("rows", ["written.jsonl", "tagger/rows.jsonl"])
def test_the_tagger_was_trained_on_these_rows(rows: str) -> None:
    path = TRAINING / "redaction" / rows

    assert manifest("redact", "tagger.json")["trained_on"][path.name] == digest(path)


@pytest.mark.parametrize("folder", ["writers", "own"])
def test_detection_was_trained_on_these_rows(folder: str) -> None:
    data = manifest("detect", "heads.json")["data"]

    assert data[folder] == digest(*sorted((TRAINING / "detection" / folder).glob("*.txt")))
    assert data["development"] == digest(TRAINING / "detection" / "written.jsonl")
