"""A threshold of a knowledge base's own: what a search may be sure of depends on what else is there to be found.

A base's own questions are asked twice: as they are, and with the whole topic that answers them taken away. The
threshold is set where most of the second kind is refused; what that costs of the first kind is measured, not hoped for.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import fmean

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.passage import Document, Scope
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.retrieve import calibration as calibrations
from vouchsafe.pipeline.retrieve.calibration import FEATURES, Calibration
from vouchsafe.pipeline.retrieve.index import Index
from vouchsafe.ports.embedder import Embedder, Vectors

LEAST_QUESTIONS, LEAST_TOPICS = 20, 5
"""Under these a rate would be a guess."""
FOLDS = 5


class TooFewQuestions(VouchsafeError):
    """A threshold cannot be measured on so little."""

    def __init__(self, questions: int, topics: int) -> None:
        super().__init__(
            f"{questions} questions about {topics} documents of this folder are too few for a threshold of its own; "
            f"give at least {LEAST_QUESTIONS} about {LEAST_TOPICS}"
        )


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question that a document of the base answers. `topic` is the document's path."""

    text: SafeText
    topic: str


@dataclass(frozen=True, slots=True)
class OwnCalibration:
    """The shipped confidence with a threshold of the base's own, and what was measured of it across topics."""

    calibration: Calibration
    questions: int
    topics: int
    wanted: float
    """The share of unanswerable questions that the threshold was to refuse."""
    refused: float
    """The share that it refused, each question judged by a threshold that other topics gave."""
    answered: float
    """The share of answerable questions that it let pass, judged the same way."""

    def to_bytes(self) -> bytes:
        """A file for `parse`, and for people to read."""
        content = {
            "features": list(FEATURES),
            "weights": list(self.calibration.weights),
            "intercept": self.calibration.intercept,
            "threshold": self.calibration.threshold,
            "measured": {
                "questions": self.questions,
                "topics": self.topics,
                "wanted": self.wanted,
                "refused": round(self.refused, 3),
                "answered": round(self.answered, 3),
            },
        }
        return (json.dumps(content, indent=1) + "\n").encode()


@dataclass(frozen=True, slots=True)
class _Judged:
    fold: int
    known: float
    """Confidence with the topic in the base."""
    missing: float
    """Confidence once it was taken away."""


def calibrated(
    documents: Iterable[Document],
    embedder: Embedder,
    questions: Sequence[OwnQuestion],
    vectors: Mapping[str, Vectors] | None = None,
    *,
    refuse: float = 0.9,
    on: date,
) -> OwnCalibration:
    """A threshold that refuses the share `refuse` of the questions whose topic is missing.

    Questions about documents that are not there, or not in force `on`, are left out. `vectors` as in `Index.build`.
    Raises: TooFewQuestions.
    """
    in_force = [document for document in documents if document.in_force(on) and document.audience]
    topics = {document.path for document in in_force}
    asked = [question for question in questions if question.topic in topics]
    count = len({question.topic for question in asked})
    if len(asked) < LEAST_QUESTIONS or count < LEAST_TOPICS:
        raise TooFewQuestions(len(asked), count)
    # What a reader may not see has no influence on a search: taking a group away is the same as taking the document
    # away, without building the index anew.
    alone = [replace(document, audience=frozenset({document.path})) for document in in_force]
    judged = _judged(Index.build(alone, embedder, vectors), asked, on)
    shipped = calibrations.shipped()
    own = replace(shipped, threshold=_threshold([one.missing for one in judged], refuse))
    verdicts = []
    for one in judged:
        threshold = _threshold([other.missing for other in judged if other.fold != one.fold], refuse)
        verdicts.append((one.missing < threshold, one.known >= threshold))
    found = OwnCalibration(
        own,
        len(asked),
        count,
        refuse,
        fmean(refused for refused, _ in verdicts),
        fmean(passed for _, passed in verdicts),
    )
    return replace(found, calibration=calibrations.parse(found.to_bytes()))


def _judged(index: Index, questions: Sequence[OwnQuestion], on: date) -> list[_Judged]:
    """Each question's confidence with its topic and without; every document is a group of its own."""
    everything = frozenset(group for passage in index.passages for group in passage.document.audience)
    asked = sorted({question.topic for question in questions})
    shipped = calibrations.shipped()
    judged = []
    for number, topic in enumerate(asked):
        scopes = [Scope(groups, Assurance.SIGNED_IN, on) for groups in (everything, everything - {topic})]
        for question in questions:
            if question.topic == topic:
                found = [index.found(scope, question.text) for scope in scopes]
                known, missing = (shipped.confidence(one) if one else 0.0 for one in found)
                judged.append(_Judged(number % FOLDS, known, missing))
    return judged


def _threshold(missing: Sequence[float], refuse: float) -> float:
    """The smallest confidence above at least this share of the unanswerable ones."""
    ordered = sorted(missing)
    return math.nextafter(ordered[min(len(ordered) - 1, math.ceil(refuse * len(ordered)) - 1)], 1.0)
