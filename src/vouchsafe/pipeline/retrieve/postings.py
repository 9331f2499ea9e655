"""Words and where they stand: postings of a field, and BM25 over the rows that count."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75
"""BM25's usual constants; fixed by hand, not tuned."""

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Worded:
    """A text of one language (two letters) as its stems, in order."""

    code: str
    stems: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Postings:
    """Where a term stands: row numbers, ascending, and how often. int64 (n,), float32 (n,)."""

    rows: Rows
    counts: Floats


@dataclass(frozen=True, slots=True)
class Term:
    """One stem of a query and where it stands among the permitted rows; arrays of one length, places ascending."""

    idf: float
    places: Rows
    counts: Floats

    def among(self, places: Rows) -> NDArray[np.bool_]:
        """Which of these places hold it."""
        if not self.places.size:
            return np.zeros(places.size, dtype=np.bool_)
        at = np.minimum(np.searchsorted(self.places, places), self.places.size - 1)
        found: NDArray[np.bool_] = self.places[at] == places
        return found


class Field:
    """One field of every row, such as its text or its headings."""

    def __init__(self, worded: Sequence[Worded]) -> None:
        gathered: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
        self.lengths = np.zeros(len(worded), dtype=np.float32)
        for row, one in enumerate(worded):
            self.lengths[row] = len(one.stems)
            for stem, count in Counter(one.stems).items():
                rows, counts = gathered.setdefault((one.code, stem), ([], []))
                rows.append(row)
                counts.append(count)
        self._postings = {
            term: _Postings(np.array(rows, dtype=np.int64), np.array(counts, dtype=np.float32))
            for term, (rows, counts) in gathered.items()
        }

    def terms(self, asked: Worded, place: Rows, permitted: int) -> list[Term]:
        """The query's stems, each once, weighed over the permitted rows alone.

        `place` int64 (all rows,) gives each row's place among the `permitted` ones, -1 where it is not.
        """
        found = []
        for stem in dict.fromkeys(asked.stems):
            postings = self._postings.get((asked.code, stem), _NOWHERE)
            places = place[postings.rows]
            inside = places >= 0
            places = places[inside]
            found.append(Term(idf(permitted, places.size), places, postings.counts[inside]))
        return found


def idf(rows: int, frequency: int) -> float:
    """How much it says that a row holds a term that `frequency` of `rows` hold."""
    return float(np.log(1.0 + (rows - frequency + 0.5) / (frequency + 0.5)))


def norms(lengths: Floats) -> Floats:
    """BM25's length norm of each row."""
    mean = float(lengths.mean()) if lengths.size else 1.0
    return (K1 * (1 - B + B * lengths / max(mean, 1.0))).astype(np.float32)


def add_bm25(into: Floats, term: Term, norm: Floats) -> None:
    """Add a term's BM25 to the rows that hold it. `norm`: one entry a permitted row."""
    into[term.places] += term.idf * term.counts * (K1 + 1) / (term.counts + norm[term.places])


class Pairs:
    """Stems that stand beside each other, as sorted 32-bit hashes a row; a collision costs a little score."""

    def __init__(self, worded: Sequence[Worded]) -> None:
        found = [hashed_pairs(one) for one in worded]
        self._ends = np.cumsum([0, *(pairs.size for pairs in found)])
        self._flat = np.concatenate(found) if found else np.zeros(0, dtype=np.uint32)

    def share(self, row: int, asked: NDArray[np.uint32]) -> float:
        """How many of the asked pairs the row holds, as a share; 0 where nothing was asked."""
        own = self._flat[self._ends[row] : self._ends[row + 1]]
        if not asked.size or not own.size:
            return 0.0
        at = np.minimum(np.searchsorted(own, asked), own.size - 1)
        return np.count_nonzero(own[at] == asked) / asked.size


def hashed_pairs(one: Worded) -> NDArray[np.uint32]:
    """Each neighbouring pair of stems once, ascending."""
    pairs = zip(one.stems, one.stems[1:], strict=False)
    return np.array(sorted({crc32(f"{a} {b}".encode()) for a, b in pairs}), dtype=np.uint32)


_NOWHERE = _Postings(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
