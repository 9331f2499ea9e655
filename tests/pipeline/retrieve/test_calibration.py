"""Calibration: constants of a file, refused where they were fitted for something else."""

import json

import pytest

from vouchsafe.pipeline.retrieve.calibration import FEATURES, Calibration, parse, shipped


def test_better_hits_give_more_confidence() -> None:
    weak, strong = (shipped().confidence([value] * len(FEATURES)) for value in (0.1, 0.9))

    assert 0.0 < weak < shipped().threshold < strong < 1.0


def test_extreme_features_stay_in_range() -> None:
    steep = Calibration((1e6,) * len(FEATURES), 0.0, 0.5, "")

    assert steep.confidence([1.0] * len(FEATURES)) <= 1.0
    assert steep.confidence([-1.0] * len(FEATURES)) >= 0.0


def test_constants_for_other_features_are_refused() -> None:
    other = {"features": ["length"], "weights": [1.0], "intercept": 0.0, "threshold": 0.5}

    with pytest.raises(ValueError, match="fitted for other features"):
        parse(json.dumps(other).encode())
