"""Known examples of every label: what an explanation names, and what no routine intent may be near.

They were written for vouchsafe; `data/detect/examples.yaml` holds them by label.

"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np
import yaml

from vouchsafe.domain.finding import Neighbour
from vouchsafe.ports.embedder import Embedder, Vectors

RISKY = ("clinical", "crisis")
"""Kinds that no routine intent may let through."""


class Examples:
    """The examples as vectors of one embedder, by label; those of a label are embedded when it first speaks."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._texts, self.digest = _shipped()
        self._vectors: dict[str, Vectors] = {}

    @property
    def risky(self) -> Vectors:
        """Vectors (n, 384) of clinical and crisis examples."""
        return np.vstack([self._of(kind) for kind in RISKY])

    @property
    def risky_texts(self) -> tuple[str, ...]:
        """The words of `risky`, in the same order."""
        return tuple(text for kind in RISKY for text in self._texts[kind])

    def nearest(self, label: str, text: str, count: int = 2) -> tuple[Neighbour, ...]:
        """The examples of a label nearest to a text, nearest first; none where it has no examples."""
        if label not in self._texts:
            return ()
        cosines = self._of(label) @ self._embedder.embed([text])[0]
        order = np.argsort(-cosines, kind="stable")[:count]
        return tuple(Neighbour(self._texts[label][i], round(float(cosines[i]), 4)) for i in order)

    def _of(self, label: str) -> Vectors:
        if label not in self._vectors:
            self._vectors[label] = self._embedder.embed(self._texts[label])
        return self._vectors[label]


@cache
def _shipped() -> tuple[Mapping[str, tuple[str, ...]], str]:
    """The examples by label and the SHA-256 of their file."""
    raw = resources.files("vouchsafe").joinpath("data/detect/examples.yaml").read_bytes()
    return {label: tuple(texts) for label, texts in yaml.safe_load(raw).items()}, hashlib.sha256(raw).hexdigest()
