"""How sure a search may be: features of its best hits, and the constants that turn them into a probability."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

FEATURES = ("top_cosine", "mean_of_five", "idf_share", "bm25_share", "mean_score")
"""Order of the features. Cosines in [-1, 1]; shares in [0, 1]; the mean score of the five best, at most 1. Query
length is left out on purpose: it tells kinds of test questions apart, not answerable ones. That the query's rarest word
is missing added nothing beside `idf_share`."""

UNREADABLE = "unreadable"
"""In place of a digest, where what a desk keeps is no calibration of this version."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model over `FEATURES`, fitted by `training/retrieval/measure.py fit`."""

    weights: tuple[float, ...]
    intercept: float
    threshold: float
    """Confidence under which a search abstains."""
    digest: str
    """First 12 hex digits of the SHA-256 of the file."""

    def confidence(self, features: Sequence[float]) -> float:
        """Probability in [0, 1] that the hits hold an answer. Shape: one value per feature."""
        total = self.intercept + sum(w * x for w, x in zip(self.weights, features, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))


def parse(content: bytes) -> Calibration:
    """The constants in a calibration file. Raises: ValueError where they do not fit `FEATURES`."""
    loaded = json.loads(content)
    if tuple(loaded["features"]) != FEATURES or len(loaded["weights"]) != len(FEATURES):
        raise ValueError("the calibration was fitted for other features; run training/retrieval/measure.py fit again")
    weights = tuple(float(weight) for weight in loaded["weights"])
    intercept, threshold = float(loaded["intercept"]), float(loaded["threshold"])
    if not all(math.isfinite(one) for one in (*weights, intercept, threshold)):
        raise ValueError("a calibration holds numbers only; nothing is smaller than what is no number")
    return Calibration(
        weights=weights,
        intercept=intercept,
        threshold=threshold,
        digest=hashlib.sha256(content).hexdigest()[:12],
    )


def kept(content: str) -> Calibration:
    """The constants that a desk keeps; the shipped ones where it keeps none.

    What this version cannot read abstains always: a threshold that somebody raised is not lowered by an upgrade.
    """
    if not content:
        return shipped()
    try:
        return parse(content.encode())
    except (ValueError, KeyError, TypeError):
        return replace(shipped(), threshold=math.inf, digest=UNREADABLE)


@lru_cache(maxsize=1)
def shipped() -> Calibration:
    """The calibration in `data/retrieve/calibration.json`."""
    return parse(files("vouchsafe.data").joinpath("retrieve", "calibration.json").read_bytes())
