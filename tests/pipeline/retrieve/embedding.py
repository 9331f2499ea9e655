"""An encoder for tests: no weights, the same vectors everywhere."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from vouchsafe.domain.words import stems
from vouchsafe.ports.embedder import Vectors


class WordEmbedder:
    """Texts that share words lie near each other: each stem has a fixed random direction."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @property
    def ref(self) -> str:
        return "words@1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.seen += texts
        rows = np.zeros((len(texts), 384), dtype=np.float32)
        for number, text in enumerate(texts):
            for stem in stems(text):
                rows[number] += _direction(stem)
            rows[number] /= max(float(np.linalg.norm(rows[number])), 1e-6)
        return rows


@cache
def _direction(stem: str) -> Vectors:
    return np.random.default_rng(list(stem.encode())).standard_normal(384).astype(np.float32)
