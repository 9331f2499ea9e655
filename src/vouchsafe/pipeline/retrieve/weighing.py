"""Weighs a question against the permitted passages: candidates by words and meaning, then feature by feature."""

from dataclasses import dataclass

import numpy as np

from vouchsafe.domain.words import stems
from vouchsafe.pipeline.retrieve.answering import OFFERS, wanted
from vouchsafe.pipeline.retrieve.postings import K1, Floats, Rows, Term, Worded, add_bm25, hashed_pairs, idf
from vouchsafe.pipeline.retrieve.ranking import FEATURES, Ranking
from vouchsafe.pipeline.retrieve.shelf import Shelf, View
from vouchsafe.ports.embedder import Vectors

LEXICAL, DENSE = 0.3, 0.7
"""Weights of BM25 (as a share of the query's best) and cosine in choosing candidates; fixed by hand, not tuned."""
CANDIDATES = 60
"""How many are weighed feature by feature: one that answers is among them for 96 % of va_admin's fitting half."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """The candidates, best first: `rows` of the shelf, `scores` at most 1, `features` (candidates, FEATURES)."""

    rows: Rows
    scores: Floats
    features: Floats
    mixture: Floats
    """The score that made each a candidate."""
    found: tuple[float, ...]
    """What the calibration sees, in the order of `calibration.FEATURES`."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A query against one view. `lexical` and `cosines` have one entry a permitted row."""

    shape: str
    """Its words as they were written, for the shape of the question."""
    asked: dict[str, Worded]
    terms: dict[str, list[Term]]
    lexical: Floats
    cosines: Floats
    vector: Vectors


def weigh(shelf: Shelf, view: View, ranking: Ranking, query: str, vector: Vectors, *, k: int) -> Weighed:
    """The best candidates, at least `k` where so many are permitted. The view must not be empty."""
    asked = {code: Worded(code, stems(query, code)) for code in shelf.codes}
    terms = {code: shelf.text.terms(one, view.place, view.rows.size) for code, one in asked.items()}
    lexical = np.zeros(view.rows.size, dtype=np.float32)
    for term in (one for listed in terms.values() for one in listed):
        add_bm25(lexical, term, view.norms)
    question = _Question(query, asked, terms, lexical, view.vectors @ vector, vector)
    scores = LEXICAL * share_of_best(lexical) + DENSE * np.clip(question.cosines, 0.0, 1.0)
    # In order of place, so that equal candidates keep it.
    places = np.sort(best_first(scores, max(k, CANDIDATES)))
    features = _features(shelf, view, question, places)
    final = ranking.scores(features)
    order = np.argsort(-final, kind="stable")
    found = _found(question, shelf.language[view.rows[places[order[0]]]], shelf.codes, places[order[0]], final[order])
    return Weighed(view.rows[places[order]], final[order], features[order], scores[places[order]], found)


def best_first(scores: Floats, k: int) -> Rows:
    """Places of the `k` best scores; equal ones in order of place, the same every time."""
    # Everything that ties with the last one in stays until the stable sort has decided.
    last_in = np.partition(scores, -k)[-k] if scores.size > k else scores.min()
    places = np.flatnonzero(scores >= last_in)
    order: Rows = places[np.argsort(-scores[places], kind="stable")][:k]
    return order


def share_of_best(scores: Floats) -> Floats:
    """Scores as a share of the best one; as they are where none is above 0."""
    best = float(scores.max())
    return scores / best if best > 0 else scores


def _features(shelf: Shelf, view: View, question: _Question, places: Rows) -> Floats:
    """What speaks for and against each candidate: (candidates, FEATURES), each about in [0, 1]."""
    rows = view.rows[places]
    cosines = question.cosines[places]
    shape = wanted(question.shape)
    says, asks, times, listed = (shelf.offers[rows, OFFERS.index(name)] for name in ("says", "asks", "times", "listed"))
    columns = {
        "cosine": np.clip(cosines, 0.0, 1.0),
        "centred": _centred(view, question, places),
        "page": _page(view, question)[view.pages[places]],
        "heading": _heading(shelf, view, question)[places],
        "pairs": _pairs(shelf, question, rows),
        "covered": _covered(shelf, question, places, rows),
        "yes_no": says if shape.yes_or_no else np.zeros_like(says),
        "listed": listed,
        "times": times if shape.when else np.zeros_like(times),
        "odd_yes_no": np.zeros_like(says) if shape.yes_or_no else says,
        "asks": asks,
    }
    return np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32)


def _centred(view: View, question: _Question, places: Rows) -> Floats:
    """Cosines after the mean is taken off both sides: what all passages have in common says nothing."""
    against = float(np.linalg.norm(question.vector - view.centre))
    centred: Floats = (
        question.cosines[places] - question.vector @ view.centre - view.vectors[places] @ view.centre
    ) + view.centre @ view.centre
    return np.clip(centred / (view.distances[places] * max(against, 1e-3)), 0.0, 1.0)


def _page(view: View, question: _Question) -> Floats:
    """BM25 of each page as a share of what a passage could reach; pages count permitted passages only."""
    scores = np.zeros(view.page_norms.size, dtype=np.float32)
    for terms in question.terms.values():
        mass = sum(term.idf for term in terms)
        for term in terms if mass else ():
            counts = np.bincount(view.pages[term.places], weights=term.counts, minlength=scores.size)
            weight = idf(scores.size, int(np.count_nonzero(counts))) / mass
            scores += (weight * counts / (counts + view.page_norms)).astype(np.float32)
    return scores


def _heading(shelf: Shelf, view: View, question: _Question) -> Floats:
    scores = np.zeros(view.rows.size, dtype=np.float32)
    for asked in question.asked.values():
        for term in shelf.headings.terms(asked, view.place, view.rows.size):
            add_bm25(scores, term, view.heading_norms)
    return share_of_best(scores)


def _pairs(shelf: Shelf, question: _Question, rows: Rows) -> Floats:
    hashed = {code: hashed_pairs(asked) for code, asked in question.asked.items()}
    languages = shelf.language[rows]
    shares = [
        shelf.pairs.share(int(row), hashed[shelf.codes[language]])
        for row, language in zip(rows, languages, strict=True)
    ]
    return np.array(shares, dtype=np.float32)


def _covered(shelf: Shelf, question: _Question, places: Rows, rows: Rows) -> Floats:
    """The share of the query's idf, in the passage's language, that stands in the passage."""
    covered = np.zeros(places.size, dtype=np.float32)
    languages = shelf.language[rows]
    for number, code in enumerate(shelf.codes):
        mass = sum(term.idf for term in question.terms[code])
        for term in question.terms[code] if mass else ():
            covered[term.among(places) & (languages == number)] += term.idf / mass
    return covered


def _found(question: _Question, language: int, codes: list[str], top: int, scores: Floats) -> tuple[float, ...]:
    """Features of the whole search, in the order of `calibration.FEATURES`."""
    cosines = question.cosines
    best = np.partition(cosines, -5)[-5:] if cosines.size > 5 else cosines
    terms = question.terms[codes[language]]
    mass = sum(term.idf for term in terms)
    at = np.array([top])
    # Function words only: nothing says that this passage is about the question.
    present = sum(term.idf for term in terms if term.among(at)[0]) / mass if mass else 0.0
    bm25 = float(question.lexical[top]) / (mass * (K1 + 1)) if mass else 0.0
    return float(best.max()), float(best.mean()), present, bm25, float(scores[:5].mean())
