"""How much of a sentence its sources say: a logistic model over shares of words, likeness and cosine."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from vouchsafe.pipeline.draft.support import rules
from vouchsafe.pipeline.draft.support.evidence import Evidence, likeness, same
from vouchsafe.pipeline.draft.support.said import SELF, taken_apart
from vouchsafe.ports.embedder import Embedder

FEATURES = (
    "coverage",
    "share",
    "worst_share",
    "missing",
    "likeness",
    "pairs",
    "cosine",
    "cosine_whole",
    "writer",
    "first_person",
    "polarity",
    "modality",
    "certainty",
    "names",
    "facts",
    "other",
    "question",
    "only_question",
)
"""Order of the features. Shares and cosines in [0, 1], then 1.0 where something speaks against.

`coverage`: words of meaning of the whole text found anywhere in the sources; `share`: those of its statements found in
the sentence that each is held against; `worst_share`: the least of these; `missing`: how many are not found, of at most
six; `pairs`: neighbouring words that are neighbours in the sources.
"""
_MOST_MISSING = 6


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model over `FEATURES`, fitted by `training/support/measure.py fit`; 0.5 is its threshold."""

    weights: tuple[float, ...]
    intercept: float

    def score(self, found: Sequence[float]) -> float:
        """In [0, 1], higher means better supported."""
        total = self.intercept + sum(w * x for w, x in zip(self.weights, found, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))


@lru_cache(maxsize=1)
def shipped() -> Model:
    """The model in `data/draft/support.json`. Raises: ValueError where it was fitted for other features."""
    loaded = json.loads(files("vouchsafe.data").joinpath("draft", "support.json").read_bytes())
    if tuple(loaded["features"]) != FEATURES:
        raise ValueError("the support model was fitted for other features; run training/support/measure.py fit again")
    return Model(tuple(float(w) for w in loaded["weights"]), float(loaded["intercept"]))


def features(
    text: str, held: Sequence[Evidence], said: Sequence[str], embedder: Embedder, *, asks: bool, states: bool
) -> tuple[float, ...]:
    """The features of a text in the order of `FEATURES`.

    `held`: its parts with their evidence; `said`: the sources' sentences; `asks`: it holds a question to the reader;
    `states`: it holds anything else.
    """
    against = {fires for evidence in held for _, fires in rules.RULES if fires(evidence)}
    missing = sum(len(evidence.missing) for evidence in held)
    wanted = sum(len(evidence.pairs) for evidence in held)
    whole, everything = taken_apart(text), taken_apart(" ".join(said))
    there = [any(same(word, other, whole) for other in everything.content) for word in whole.content]
    vectors = embedder.embed([text, " ".join(evidence.part.text for evidence in held), *said])
    cosines = vectors[2:] @ vectors[:2].T
    return (
        sum(there) / len(there) if there else 0.0,
        1.0 - missing / wanted if wanted else 0.0,
        min(evidence.share for evidence in held),
        min(missing, _MOST_MISSING) / _MOST_MISSING,
        max(likeness(evidence.part, evidence.source) for evidence in held),
        _shared_pairs(held),
        max(0.0, float(cosines[:, 1].max())),
        max(0.0, float(cosines[:, 0].max())),
        float(rules.about_the_writer in against),
        float(whole.has(SELF)),
        float(rules.yes_or_no in against),
        float(rules.must_or_may in against),
        float(rules.certainty in against),
        float(rules.foreign_names in against),
        float(rules.foreign_facts in against),
        float(bool(against & _OTHERS)),
        float(asks),
        float(asks and not states),
    )


_OTHERS = frozenset(
    {
        rules.misplaced_facts,
        rules.exchanged,
        rules.other_unit,
        rules.lost_bound,
        rules.another_subject,
        rules.other_roles,
        rules.repeated,
        rules.lost_limit,
        rules.new_limit,
        rules.altered_copy,
    }
)


def _shared_pairs(held: Sequence[Evidence]) -> float:
    """The share of neighbouring words of meaning that are neighbours, in this order, in the source too."""
    shared = total = 0
    for evidence in held:
        theirs = set(pairwise(word.key for word in evidence.source.content))
        mine = list(pairwise(word.key for word in evidence.part.content))
        shared += sum(pair in theirs for pair in mine)
        total += len(mine)
    return shared / total if total else min(evidence.share for evidence in held)
