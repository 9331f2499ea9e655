"""Questions that are alike, put together: what no source answers, most asked first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.knowledge import Gap

ALIKE = 0.5
"""Cosine of a question with the middle of a group; set by hand on the questions of `tests/governance`."""
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One question without a source. `query` is redacted."""

    case: CaseId
    at: datetime
    query: str


def gaps(questions: Sequence[Unanswered], vectors: NDArray[np.float32], alike: float = ALIKE) -> tuple[Gap, ...]:
    """Groups of like questions, the largest first. `vectors`: float32 (questions, 384), rows of length 1.

    Each question joins the group whose middle is nearest, if near enough, in the order given; the same input gives the
    same groups.
    """
    members: list[list[int]] = []
    sums = np.zeros((0, vectors.shape[1]), dtype=np.float32)
    for number, vector in enumerate(vectors):
        if members:
            middles = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
            cosines = middles @ vector
            best = int(np.argmax(cosines))
            if cosines[best] >= alike:
                members[best].append(number)
                sums[best] += vector
                continue
        members.append([number])
        sums = np.vstack([sums, vector[None, :]])
    found = [_gap([questions[one] for one in group], vectors[group] @ sums[at]) for at, group in enumerate(members)]
    return tuple(sorted(found, key=lambda gap: (-gap.count, gap.examples)))


def _gap(questions: Sequence[Unanswered], nearness: NDArray[np.float32]) -> Gap:
    order = np.argsort(-nearness, kind="stable")
    examples = dict.fromkeys(questions[int(one)].query for one in order)
    return Gap(
        count=len(questions),
        first=min(one.at for one in questions),
        last=max(one.at for one in questions),
        examples=tuple(examples)[:_EXAMPLES],
        cases=tuple(dict.fromkeys(one.case for one in questions)),
    )
