"""Which precedents are like a question: in process, over opened rows, apart from the passages that answer contacts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vouchsafe.domain.precedent import Precedent
from vouchsafe.domain.words import stems, without_tokens
from vouchsafe.ports.embedder import Vectors

BY_MEANING, BY_WORDS = 0.7, 0.3
"""The mixture that passages were first searched with; for precedents it was not measured."""
FLOOR = 0.45
"""Below it nothing is shown. Chosen by hand on the demo's questions; a person judges what shows."""
MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Alike:
    """A precedent and how like the question it is, in [0, 1]."""

    precedent: Precedent
    score: float


def alike(
    query: str, vector: Vectors, precedents: Sequence[Precedent], vectors: Vectors, k: int = MOST_SHOWN
) -> tuple[Alike, ...]:
    """The precedents most like a question, best first, at most `k`, each at least `FLOOR`.

    `vector`: (dimensions,), of the query; `vectors`: (precedents, dimensions), rows of length 1.
    """
    if not precedents or not without_tokens(query).strip():
        return ()
    meaning = np.clip(vectors @ vector, 0.0, 1.0)
    # A word is cut by the rules of the language that it is compared in.
    in_language = {
        code: set(stems(without_tokens(query), code)) for code in {one.wording.language for one in precedents}
    }
    found = []
    for one, cosine in zip(precedents, meaning, strict=True):
        asked = in_language[one.wording.language]
        said = set(stems(one.wording.question.value, one.wording.language)) | set(
            stems(one.wording.answer.value, one.wording.language)
        )
        shared = len(asked & said) / len(asked) if asked else 0.0
        score = BY_MEANING * float(cosine) + BY_WORDS * shared
        if score >= FLOOR:
            found.append(Alike(one, score))
    return tuple(sorted(found, key=lambda one: (-one.score, str(one.precedent.id)))[:k])
