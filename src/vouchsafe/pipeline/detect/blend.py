"""Blended heads: one for every label, on the sentence vector and on hashed words together.

A sentence vector knows what a text is about and misses the turn of phrase; words know the phrase and miss the rest. The
sum of both logits finds far more in messages of strangers than either (training/detection/README.md). A blended head
only adds: it is joined to rules and other heads by union.
"""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vouchsafe.pipeline.detect.heads import HeadsUnfit
from vouchsafe.pipeline.detect.lexical import BUCKETS, features
from vouchsafe.ports.embedder import Vectors

NEEDS_PERSON = "needs_person"
"""Not a finding: a message that reads like those that need a person is not recognised as routine."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds in (0, 1): for a message or a window of it, for one sentence alone, and the one that always counts."""

    threshold: float
    sentence: float
    firm: float


@dataclass(frozen=True, slots=True)
class Blend:
    """All heads, in the order of labels: `vector` (labels, 384), `words` (labels, BUCKETS), `bias` (labels,)."""

    labels: tuple[str, ...]
    limits: Mapping[str, Limits]
    vector: NDArray[np.float64]
    words: NDArray[np.float32]
    bias: NDArray[np.float64]
    rarity: NDArray[np.float64]
    digest: str
    """SHA-256 over manifest and weights."""

    def scores(self, texts: Sequence[str], vectors: Vectors) -> Mapping[str, NDArray[np.float64]]:
        """By label: scores in [0, 1] of each text with its vector, rounded to 4 decimals to be replayed."""
        logits = vectors.astype(np.float64) @ self.vector.T + self.bias
        for row, text in enumerate(texts):
            seen = features(text, self.rarity)
            logits[row] += self.words[:, seen.buckets].astype(np.float64) @ seen.values
        scores = np.round(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), 4)
        return {label: scores[:, column] for column, label in enumerate(self.labels)}


def load_blend(encoder: str, folder: Path | None = None) -> Blend:
    """The shipped heads, or those of a folder. `encoder` is the `ref` of the embedder in use. Raises: HeadsUnfit."""
    blend, trained_on = _checked(folder)
    if trained_on != encoder:
        raise HeadsUnfit(f"the blended heads were trained on {trained_on}, the encoder in use is {encoder}")
    return blend


@cache
def _checked(own: Path | None) -> tuple[Blend, str]:
    folder = own if own is not None else resources.files("vouchsafe").joinpath("data/detect")
    manifest_bytes, weights = folder.joinpath("blend.json").read_bytes(), folder.joinpath("blend.npz").read_bytes()
    manifest = json.loads(manifest_bytes)
    if hashlib.sha256(weights).hexdigest() != manifest["sha256"]:
        raise HeadsUnfit("data/detect/blend.npz is not the file that blend.json names; train the blended heads again")
    labels = tuple(sorted(manifest["heads"]))
    with np.load(io.BytesIO(weights), allow_pickle=False) as arrays:
        words = np.stack([arrays[f"{label}_words"] for label in labels]).astype(np.float32)
        vector = np.stack([arrays[f"{label}_vector"] for label in labels]).astype(np.float64)
        bias = np.array([float(arrays[f"{label}_bias"]) for label in labels])
        rarity = arrays["rarity"].astype(np.float64)
    if words.shape[1] != BUCKETS:
        raise HeadsUnfit("the blended heads were trained on another number of buckets; train them again")
    return Blend(
        labels=labels,
        limits={
            label: Limits(float(limit["threshold"]), float(limit["sentence"]), float(limit["firm"]))
            for label, limit in manifest["heads"].items()
        },
        vector=vector,
        words=words,
        bias=bias,
        rarity=rarity,
        digest=hashlib.sha256(manifest_bytes + weights).hexdigest(),
    ), str(manifest["encoder"])
