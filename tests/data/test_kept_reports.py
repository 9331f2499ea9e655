"""The reports that docs/accuracy.md shows are of what ships."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from vouchsafe.pipeline.retrieve import calibration, ranking
from vouchsafe.plugins.embedders.minilm import MiniLm

TRAINING = Path(__file__).resolve().parents[2] / "training"


def made_of(folder: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((TRAINING / folder / "report.json").read_text(encoding="utf-8"))
    of: dict[str, Any] = content["of"]
    return of


def test_the_figures_of_search_are_of_the_ranking_and_the_calibration_that_ship() -> None:
    of = made_of("retrieval")

    assert of["ranking"] == ranking.shipped().digest
    assert of["calibration"] == calibration.shipped().digest
    assert of["encoder"] == MiniLm().ref


def test_the_figures_of_the_support_check_are_of_the_weights_that_ship() -> None:
    of = made_of("support")
    weights = files("vouchsafe.data").joinpath("draft", "support.json").read_bytes()

    assert of["weights"] == hashlib.sha256(weights).hexdigest()[:12]
    assert of["encoder"] == MiniLm().ref
