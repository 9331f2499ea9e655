"""Fits the ranking of candidates and the confidence of a search. Used by measure.py, which chooses the rows."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from vouchsafe.pipeline.retrieve.ranking import AGAINST, FEATURES

Doubles = NDArray[np.float64]

PRIOR = np.array([7.0 if name == "cosine" else 0.0 for name in FEATURES])
"""Where the weights are drawn to: cosine alone."""
PULL = 1e-3
"""How strongly; of 3e-4, 1e-3 and 3e-3 the best by `measure.py choose` on the fitting half."""
SMALL_SHARE = 0.2
"""What the small set counts in the fit, so that its style is heard beside the large one's."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One answerable question: features (candidates, FEATURES), which candidates answer, and its page."""

    features: Doubles
    mixture: Doubles
    """The score that made each a candidate: what search ranked by before."""
    answers: NDArray[np.bool_]
    names: tuple[str, ...]
    """The passage each candidate belongs to in the judgements."""
    page: str
    share: float
    """What the question counts in a fit."""


def fitted(asked: Sequence[Asked], pull: float = PULL, without: frozenset[str] = frozenset()) -> Doubles:
    """Weights that put an answer first as often as they can: softmax over the candidates of a question.

    Features keep the sign of what they say (`AGAINST`), those in `without` count nothing.
    """
    usable = [one for one in asked if one.answers.any()]
    bounds = [_bound(name, without) for name in FEATURES]
    prior = np.array([0.0 if name in without else at for name, at in zip(FEATURES, PRIOR, strict=True)])
    total = sum(one.share for one in usable)

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        value, slope = 0.0, np.zeros_like(weights)
        for one in usable:
            scores = one.features @ weights
            chance = np.exp(scores - scores.max())
            chance /= chance.sum()
            right = float(chance[one.answers].sum())
            value -= one.share * float(np.log(right))
            slope += one.share * (one.features.T @ (chance - chance * one.answers / right))
        off = weights - prior
        return value / total + pull * float(off @ off), slope / total + 2 * pull * off

    found: Doubles = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def _bound(name: str, without: frozenset[str]) -> tuple[float | None, float | None]:
    if name in without:
        return 0.0, 0.0
    return (None, 0.0) if name in AGAINST else (0.0, None)


def rank(one: Asked, scores: Doubles) -> int | None:
    """The rank (from 1) of the first answer among the ten best passages; None where it is not among them."""
    order = np.argsort(-scores, kind="stable")
    best = list(dict.fromkeys(one.names[place] for place in order))[:10]
    right = {name for name, answers in zip(one.names, one.answers, strict=True) if answers}
    return next((place for place, name in enumerate(best, 1) if name in right), None)


def across_pages(asked: Sequence[Asked], fit: Callable[[Sequence[Asked]], Doubles]) -> list[int | None]:
    """Ranks under weights fitted on other pages' questions, in the order of `asked`."""
    folds = [zlib.crc32(one.page.encode()) % FOLDS for one in asked]
    weights = [fit([one for one, at in zip(asked, folds, strict=True) if at != fold]) for fold in range(FOLDS)]
    return [rank(one, one.features @ weights[fold]) for one, fold in zip(asked, folds, strict=True)]
