"""What makes a passage the better answer: features of a candidate, and the weights that order them."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from vouchsafe.pipeline.retrieve.postings import Floats

FEATURES = (
    "cosine",
    "centred",
    "page",
    "heading",
    "pairs",
    "covered",
    "yes_no",
    "listed",
    "times",
    "odd_yes_no",
    "asks",
)
"""Order of the features. `cosine` to the query, `centred` the same after the mean of the permitted passages is taken
off, BM25 of its `heading` and of the `page` it stands on, `pairs` of neighbouring stems, idf
`covered`; then shapes (`answering.py`): begins with a yes or no where that is asked, a list, words about time where
that is asked; and what speaks against a passage: a yes or no that nobody asked for, questions instead of answers."""
AGAINST = frozenset({"odd_yes_no", "asks"})
"""Features whose weight is never positive; the others' is never negative."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """A linear model over `FEATURES`, fitted by `training/retrieval/measure.py fit`."""

    weights: tuple[float, ...]
    digest: str
    """First 12 hex digits of the SHA-256 of the file."""

    def scores(self, features: Floats) -> Floats:
        """The candidates' scores, at most 1. Shape: (candidates, features) to (candidates,)."""
        weights = np.array(self.weights, dtype=np.float32)
        best = float(weights[weights > 0].sum())
        scores: Floats = (features @ weights) / max(best, 1e-9)
        return scores


def parse(content: bytes) -> Ranking:
    """The weights in a ranking file. Raises: ValueError where they do not fit `FEATURES`."""
    loaded = json.loads(content)
    if tuple(loaded["features"]) != FEATURES or len(loaded["weights"]) != len(FEATURES):
        raise ValueError("the ranking was fitted for other features; run training/retrieval/measure.py fit again")
    return Ranking(tuple(float(weight) for weight in loaded["weights"]), hashlib.sha256(content).hexdigest()[:12])


@lru_cache(maxsize=1)
def shipped() -> Ranking:
    """The ranking in `data/retrieve/ranking.json`."""
    return parse(files("vouchsafe.data").joinpath("retrieve", "ranking.json").read_bytes())
