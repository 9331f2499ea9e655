"""How sure a measured rate is."""

import random
from collections.abc import Callable, Sequence
from math import sqrt
from typing import TypeVar

_Z = 1.959964
"""Two-sided 95 % of the normal distribution."""
_DRAWS = 400
_Row = TypeVar("_Row")


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The two-sided 95 % interval of a share, by Wilson's score; (0, 1) where there is nothing to count."""
    if not of:
        return 0.0, 1.0
    share, square = hits / of, _Z * _Z / of
    middle = (share + square / 2) / (1 + square)
    half = _Z * sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def resampled(
    rows: Sequence[_Row], part: Callable[[_Row], int], whole: Callable[[_Row], int], seed: int = 7
) -> tuple[float, float]:
    """The 95 % interval of a share of characters or words, whose messages are drawn again: they are not independent."""
    if not rows:
        return 0.0, 1.0
    chance, shares = random.Random(seed), []  # noqa: S311  # no secret; the same interval each time
    for _ in range(_DRAWS):
        drawn = chance.choices(rows, k=len(rows))
        total = sum(map(whole, drawn))
        shares.append(sum(map(part, drawn)) / total if total else 0.0)
    shares.sort()
    return shares[int(_DRAWS * 0.025)], shares[int(_DRAWS * 0.975)]
