"""Words and pieces of words as hashed features: what the network blurs, the choice of words keeps.

Runs of one to three words, and pieces of three to five characters inside a word, so that typing errors and endings
share most of their features. Hashing needs no vocabulary; words of the training rows do not ship.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from vouchsafe.pipeline.detect.normalise import canonical

BUCKETS = 2**15
MOST_CHARACTERS = 20_000
"""Longer texts are read so far; the case goes to a person for its length besides."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_RUN = 3
_PIECES = (3, 4, 5)
_LONGEST_WORD = 24


@dataclass(frozen=True, slots=True)
class Features:
    """Hashed features of one text: `buckets` int64 (n,), each once, and `values` float64 (n,)."""

    buckets: NDArray[np.int64]
    values: NDArray[np.float64]


def features(text: str, rarity: NDArray[np.float64] | None = None) -> Features:
    """Features of a text in any spelling. `rarity` (BUCKETS,) weighs each bucket; None weighs all alike.

    Runs and pieces are each scaled to length 1, so that neither drowns the other in long texts.
    """
    words = _WORD.findall(canonical(text[:MOST_CHARACTERS]).text)
    merged: dict[int, float] = {}
    for kind in (_runs(words), _pieces(words)):
        counted = Counter(zlib.crc32(one.encode()) % BUCKETS for one in kind)
        weighed = {
            at: (1.0 + log(count)) * (float(rarity[at]) if rarity is not None else 1.0) for at, count in counted.items()
        }
        length = sqrt(sum(value * value for value in weighed.values())) or 1.0
        for at, value in weighed.items():
            merged[at] = merged.get(at, 0.0) + value / length
    return Features(np.fromiter(merged.keys(), dtype=np.int64), np.fromiter(merged.values(), dtype=np.float64))


def _runs(words: list[str]) -> Iterator[str]:
    for size in range(1, _RUN + 1):
        for start in range(len(words) - size + 1):
            yield "w" + " ".join(words[start : start + size])


def _pieces(words: list[str]) -> Iterator[str]:
    for word in words:
        padded = f" {word[:_LONGEST_WORD]} "
        for size in _PIECES:
            for start in range(max(1, len(padded) - size + 1)):
                yield "c" + padded[start : start + size]
