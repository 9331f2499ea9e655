"""Learned heads: logistic regressions on sentence vectors, with thresholds from leaving sources out.

`data/detect/heads.npz` holds weights and example vectors, `manifest.json` their hashes, thresholds and where they came
from. Heads count only together with the encoder they were trained on: another one is refused.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.finding import Neighbour
from vouchsafe.ports.embedder import Vectors

Scores = NDArray[np.float64]


class HeadsUnfit(VouchsafeError):
    """The shipped heads are altered, or were trained on another encoder than the one in use."""


@dataclass(frozen=True, slots=True)
class Head:
    """One logistic regression. `threshold` in (0, 1): at or over it, less the dead band, the head speaks.

    The message head has two: from `threshold` on it speaks unless the message is strongly recognised as routine, from
    `firm` on always. Others have one.
    """

    name: str
    weights: Vectors
    bias: float
    threshold: float
    firm: float

    def scores(self, vectors: Vectors) -> Scores:
        """Scores in [0, 1] of vectors (n, 384), rounded to 4 decimals so that they can be replayed."""
        logits = vectors.astype(np.float64) @ self.weights.astype(np.float64) + self.bias
        scores: Scores = np.round(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), 4)
        return scores


@dataclass(frozen=True, slots=True)
class Heads:
    """All heads of one training run, and the examples of our own that explanations name."""

    by_name: Mapping[str, Head]
    examples: Mapping[str, tuple[str, ...]]
    """By kind: clinical, crisis, dispute, human, injection, routine."""
    vectors: Mapping[str, Vectors]
    """By kind: vectors of the examples, (n, 384)."""
    dead_band: float
    digest: str
    """SHA-256 over manifest, weights and examples."""

    def nearest(self, kind: str, vector: Vectors, count: int = 2) -> tuple[Neighbour, ...]:
        """The examples of a kind nearest to a vector, nearest first."""
        cosines = self.vectors[kind] @ vector
        order = np.argsort(-cosines, kind="stable")[:count]
        return tuple(Neighbour(self.examples[kind][i], round(float(cosines[i]), 4)) for i in order)


def load_heads(encoder: str, folder: Path | None = None) -> Heads:
    """The shipped heads, or those of a folder, checked against their manifest.

    `encoder` is the `ref` of the embedder in use. Raises: HeadsUnfit.
    """
    heads, trained_on = _checked(folder)
    if trained_on != encoder:
        raise HeadsUnfit(f"the heads were trained on {trained_on}, the encoder in use is {encoder}; train them again")
    return heads


@cache
def _checked(own: Path | None) -> tuple[Heads, str]:
    folder = own if own is not None else resources.files("vouchsafe").joinpath("data/detect")
    manifest_bytes = folder.joinpath("manifest.json").read_bytes()
    weights = folder.joinpath("heads.npz").read_bytes()
    example_bytes = folder.joinpath("examples.yaml").read_bytes()
    manifest = json.loads(manifest_bytes)
    if hashlib.sha256(weights).hexdigest() != manifest["heads_sha256"]:
        raise HeadsUnfit("data/detect/heads.npz is not the file that its manifest names; train the heads again")
    if hashlib.sha256(example_bytes).hexdigest() != manifest["examples_sha256"]:
        raise HeadsUnfit("data/detect/examples.yaml changed after the heads were trained; train them again")
    digest = hashlib.sha256(manifest_bytes + weights + example_bytes).hexdigest()
    return _built(manifest, weights, yaml.safe_load(example_bytes), digest), str(manifest["encoder"])


def _built(manifest: Mapping[str, object], weights: bytes, examples: Mapping[str, list[str]], digest: str) -> Heads:
    limits = manifest["heads"]
    assert isinstance(limits, dict), "the manifest is ours and its hash was recorded"
    with np.load(io.BytesIO(weights), allow_pickle=False) as arrays:
        by_name = {
            name: Head(
                name=name,
                weights=arrays[f"{name}_weights"].astype(np.float32),
                bias=float(arrays[f"{name}_bias"]),
                threshold=float(limit["threshold"]),
                firm=float(limit.get("firm", limit["threshold"])),
            )
            for name, limit in limits.items()
        }
        vectors = {kind: arrays[f"examples_{kind}"].astype(np.float32) for kind in examples}
    return Heads(
        by_name=by_name,
        examples={kind: tuple(texts) for kind, texts in examples.items()},
        vectors=vectors,
        dead_band=float(str(manifest["dead_band"])),
        digest=digest,
    )
