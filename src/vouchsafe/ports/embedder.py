"""Turns words into vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Sentence vectors. The same text gives the same vector, alone or in a batch, on one kind of CPU."""

    @property
    def ref(self) -> str:
        """`name@digest` of the weights."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts: float32, (len(texts), 384), rows of length 1."""
        ...
