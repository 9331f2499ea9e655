"""The allow-list: a message is routine only if it is close to known examples of a routine intent.

Recognised = mean cosine of the two nearest examples at or over the cut, no counter-example nearer, and a margin over
every intent that is handled more carefully. Source: notes/detection.md section 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vouchsafe.domain.finding import IntentMatch, Neighbour
from vouchsafe.domain.pack import MODE_ORDER, Intent, Mode, least
from vouchsafe.pipeline.detect.normalise import plain
from vouchsafe.ports.embedder import Embedder, Vectors

CUT = 0.60
CUT_WITH_MANY = 0.55
CUT_PLAIN = 0.45
"""For a message that reads least like those that need a person (`PLAIN` in detectors.py): the heads carry the weight
that a nearer example carries elsewhere."""
COUNTER_NEAR = 0.50
"""A counter-example less near than this says nothing."""
MANY = 20
"""An intent with so many examples of its own is known well enough for the lower cut."""
MARGIN = 0.02
"""How much nearer an intent must be than one that is handled more carefully."""
SENTENCE_BONUS = 0.15
"""A single sentence may lift a message's score by so much: greetings and reasons thin a short question out."""


@dataclass(frozen=True, slots=True)
class _Known:
    intent: Intent
    examples: Vectors
    counter: Vectors
    cut: float

    def score(self, vector: Vectors) -> float:
        """Mean cosine of the two nearest examples; of the only one where there is one."""
        cosines = np.sort(self.examples @ vector)[-2:]
        return float(cosines.mean())

    def refused(self, vector: Vectors) -> bool:
        """Whether a counter-example is near, and nearer than every example."""
        if not len(self.counter):
            return False
        nearest = float((self.counter @ vector).max())
        return nearest >= COUNTER_NEAR and nearest > float((self.examples @ vector).max())


class Intents:
    """The examples of a desk's intents as vectors.

    An intent whose examples would let one of `risky` through (vectors of shipped clinical and crisis examples) is
    taken as `copilot` at most; `demoted` gives, for each of those, the row of `risky` that comes nearest.
    """

    def __init__(self, intents: Sequence[Intent], embedder: Embedder, risky: Vectors) -> None:
        known = [_known(intent, embedder) for intent in intents if intent.examples]
        self.demoted = {one.intent.name: row for one in known if (row := _let_through(one, risky)) is not None}
        self._known = [self._held(one) for one in known]

    @property
    def modes(self) -> Mapping[str, Mode]:
        """How far each intent may go, after the check against risky examples."""
        return {one.intent.name: one.intent.mode for one in self._known}

    def match(self, whole: Vectors, sentences: Vectors, *, plainly_routine: bool = False) -> IntentMatch:
        """The routine intent of a message. `whole` (384,), `sentences` (n, 384) without courtesies.

        `plainly_routine` lowers the cut to `CUT_PLAIN`.
        """
        if not self._known or not whole.any():
            return IntentMatch(None, 0.0, 0.0)
        ranked = sorted(((self._score(one, whole, sentences), one) for one in self._known), key=_best_first)
        (score, best), others = ranked[0], ranked[1:]
        margin = score - others[0][0] if others else score
        careful = [s for s, one in others if _more_careful(one.intent, best.intent)]
        recognised = (
            score >= (min(best.cut, CUT_PLAIN) if plainly_routine else best.cut)
            and not best.refused(whole)
            and not any(best.refused(row) for row in sentences)
            and all(score - s >= MARGIN for s in careful)
        )
        return IntentMatch(
            name=best.intent.name if recognised else None,
            score=round(score, 4),
            margin=round(margin, 4),
            nearest=_nearest(best, whole, sentences),
        )

    def _score(self, one: _Known, whole: Vectors, sentences: Vectors) -> float:
        of_all = one.score(whole)
        of_one = max((one.score(row) for row in sentences), default=of_all)
        return max(of_all, min(of_one, of_all + SENTENCE_BONUS))

    def _held(self, one: _Known) -> _Known:
        if one.intent.name not in self.demoted:
            return one
        return replace(one, intent=replace(one.intent, mode=least(one.intent.mode, Mode.COPILOT)))


def _known(intent: Intent, embedder: Embedder) -> _Known:
    return _Known(
        intent=intent,
        examples=embedder.embed([plain(text) for text in intent.examples]),
        counter=embedder.embed([plain(text) for text in intent.counter_examples]),
        cut=CUT_WITH_MANY if len(intent.examples) >= MANY else CUT,
    )


def _let_through(one: _Known, risky: Vectors) -> int | None:
    """The number of the risky row that the intent is most like, among those it would be taken for; None for none."""
    taken = [number for number, row in enumerate(risky) if one.score(row) >= one.cut and not one.refused(row)]
    return max(taken, key=lambda number: one.score(risky[number]), default=None)


def _best_first(ranked: tuple[float, _Known]) -> tuple[float, str]:
    return -ranked[0], ranked[1].intent.name


def _more_careful(other: Intent, best: Intent) -> bool:
    """Whether taking `best` for `other` would let the AI go further than it may."""
    return (
        MODE_ORDER.index(other.mode) < MODE_ORDER.index(best.mode)
        or other.level > best.level
        or (other.self_service_only and not best.self_service_only)
    )


def _nearest(one: _Known, whole: Vectors, sentences: Vectors) -> tuple[Neighbour, ...]:
    rows = np.vstack([whole[None, :], sentences])
    cosines = (one.examples @ rows.T).max(axis=1)
    order = np.argsort(-cosines, kind="stable")[:2]
    return tuple(Neighbour(one.intent.examples[i], round(float(cosines[i]), 4)) for i in order)
