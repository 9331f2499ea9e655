"""Exact search in process: BM25 and cosine over the passages that the scope may read, and only those.

What a reader may not see has no influence: rows outside the scope are taken away before anything is scored, and
document frequencies count permitted passages only, so that no score tells about hidden ones.
"""

import hashlib
import io
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vouchsafe.domain.passage import Document, Hit, Hits, Passage, Scope
from vouchsafe.domain.text import SafeText
from vouchsafe.domain.words import stems, without_tokens
from vouchsafe.pipeline.retrieve.calibration import Calibration, shipped
from vouchsafe.pipeline.retrieve.passages import cut, indexed_text, text_hash
from vouchsafe.ports.embedder import Embedder, Vectors

K1, B = 1.2, 0.75
"""BM25's usual constants; fixed by hand, not tuned."""
LEXICAL, DENSE = 0.3, 0.7
"""Weights of BM25 (as a share of the query's best) and cosine; see training/retrieval for the figures."""
_REMEMBERED_SCOPES = 8

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Postings:
    """Where a term stands: row numbers and how often. int64 (n,), float32 (n,)."""

    rows: Rows
    counts: Floats


@dataclass(frozen=True, slots=True)
class _View:
    """The permitted rows: `rows` int64 (n,), ascending; `place` int64 (all rows,), -1 outside the scope."""

    rows: Rows
    place: Rows
    vectors: Vectors
    norms: Floats
    """BM25's length norm of each permitted row."""


class Index:
    """Satisfies `ports.knowledge.Searcher` over documents that do not change; a changed document needs a new index."""

    def __init__(
        self, passages: tuple[Passage, ...], vectors: Vectors, embedder: Embedder, calibration: Calibration
    ) -> None:
        """Use `build`. `vectors`: float32, (passages, 384), rows of length 1, in the order of `passages`."""
        self._passages = passages
        self._vectors = vectors
        self._embedder = embedder
        self._calibration = calibration
        self._postings, self._lengths = _invert(passages)
        self._codes = sorted({_code(passage.document) for passage in passages})
        self._views: OrderedDict[tuple[Scope, str | None], _View] = OrderedDict()
        self._lock = threading.Lock()
        named = "\n".join([embedder.ref, calibration.digest, *(f"{p.name} {text_hash(p)}" for p in passages)])
        self._ref = f"knowledge@{hashlib.sha256(named.encode()).hexdigest()[:16]}"

    @classmethod
    def build(
        cls,
        documents: Iterable[Document],
        embedder: Embedder,
        vectors: Mapping[str, Vectors] | None = None,
        *,
        calibration: Calibration | None = None,
    ) -> "Index":
        """Cut the documents into passages and index them.

        `vectors` holds float32 (384,) rows by `passages.text_hash`, made by the same embedder; passages found there
        are not embedded again.
        """
        passages = sorted((p for document in documents for p in cut(document)), key=_order)
        known = vectors or {}
        keys = [text_hash(passage) for passage in passages]
        missing = [number for number, key in enumerate(keys) if key not in known]
        matrix = np.zeros((len(passages), 384), dtype=np.float32)
        if missing:
            matrix[missing] = embedder.embed([indexed_text(passages[number]) for number in missing])
        for number, key in enumerate(keys):
            if key in known:
                matrix[number] = known[key]
        return cls(tuple(passages), matrix, embedder, calibration or shipped())

    @property
    def ref(self) -> str:
        """`knowledge@digest` over passages, embedder and calibration."""
        return self._ref

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Every passage, whoever may read it; for import reports and vectors, never for a reader."""
        return self._passages

    @property
    def vectors(self) -> dict[str, Vectors]:
        """Each passage's vector by `passages.text_hash`, to be kept beside the documents."""
        return {text_hash(p): self._vectors[number] for number, p in enumerate(self._passages)}

    def search(self, scope: Scope, query: SafeText, *, k: int = 8, language: str | None = None) -> Hits:
        """The passages that answer best among those the scope may read, best first.

        `language` (BCP 47) narrows to passages of that language; it never widens. An empty query, an empty scope and a
        query about nothing here give no hits and abstain.
        """
        scored = self._score(scope, query, language, max(k, 1))
        if scored is None or k < 1:
            return Hits((), 0.0, abstain=True, index=self._ref)
        hits = [Hit(self._passages[scored.view.rows[place]], float(scored.scores[place])) for place in scored.order[:k]]
        confidence = self._calibration.confidence(scored.features)
        # Checked once more where it counts, should the masking above ever be wrong.
        permitted = tuple(hit for hit in hits if scope.may_read(hit.passage.document))
        abstain = confidence < self._calibration.threshold or len(permitted) < len(hits)
        return Hits(permitted, confidence, abstain=abstain, index=self._ref)

    def features(self, scope: Scope, query: SafeText) -> tuple[float, ...] | None:
        """What the calibration sees of a search, in the order of `calibration.FEATURES`; None without hits."""
        scored = self._score(scope, query, None, 1)
        return None if scored is None else scored.features

    def _score(self, scope: Scope, query: SafeText, language: str | None, k: int) -> "_Scored | None":
        # One space between words: the encoder does not see breaks, and remembers what detection asked it for.
        words = " ".join(without_tokens(query.value).split())
        view = self._view(scope, language)
        if not words or not view.rows.size:
            return None
        terms = {code: self._query_terms(words, code, view) for code in self._codes}
        lexical = np.zeros(view.rows.size, dtype=np.float32)
        for listed in terms.values():
            for term in listed:
                self._add_bm25(lexical, term, view)
        cosines = view.vectors @ self._embedder.embed([words])[0]
        best = float(lexical.max())
        scores = LEXICAL * (lexical / best if best > 0 else lexical) + DENSE * np.clip(cosines, 0.0, 1.0)
        order = _best_first(scores, k)
        top = int(order[0])
        row = int(view.rows[top])
        of_top = terms[_code(self._passages[row].document)]
        features = (*_cosine_features(cosines), *_word_features(of_top, row, float(lexical[top])))
        return _Scored(view, scores, order, features)

    def _query_terms(self, words: str, code: str, view: _View) -> list["_Term"]:
        """The query's stems in one language, each once, weighed over the permitted passages."""
        found = []
        for stem in dict.fromkeys(stems(words, code)):
            postings = self._postings.get((code, stem), _NOWHERE)
            places = view.place[postings.rows]
            inside = places >= 0
            frequency = int(inside.sum())
            idf = float(np.log(1.0 + (view.rows.size - frequency + 0.5) / (frequency + 0.5)))
            found.append(_Term(idf, places[inside], postings.counts[inside], postings.rows[inside]))
        return found

    @staticmethod
    def _add_bm25(into: Floats, term: "_Term", view: _View) -> None:
        norm = view.norms[term.places]
        into[term.places] += term.idf * term.counts * (K1 + 1) / (term.counts + norm)

    def _view(self, scope: Scope, language: str | None) -> _View:
        key = (scope, language[:2].lower() if language else None)
        with self._lock:
            view = self._views.get(key)
        if view is not None:
            return view
        view = self._make_view(*key)
        with self._lock:
            self._views[key] = view
            while len(self._views) > _REMEMBERED_SCOPES:
                self._views.popitem(last=False)
        return view

    def _make_view(self, scope: Scope, code: str | None) -> _View:
        readable: dict[int, bool] = {}
        permitted = []
        for row, passage in enumerate(self._passages):
            document = passage.document
            if id(document) not in readable:
                readable[id(document)] = scope.may_read(document) and code in (None, _code(document))
            if readable[id(document)]:
                permitted.append(row)
        rows = np.array(permitted, dtype=np.int64)
        place = np.full(len(self._passages), -1, dtype=np.int64)
        place[rows] = np.arange(rows.size)
        lengths = self._lengths[rows]
        mean = float(lengths.mean()) if rows.size else 1.0
        vectors = self._vectors if rows.size == len(self._passages) else self._vectors[rows]
        return _View(rows, place, vectors, (K1 * (1 - B + B * lengths / max(mean, 1.0))).astype(np.float32))


@dataclass(frozen=True, slots=True)
class _Term:
    """One stem of the query and where it stands among the permitted rows; arrays of one length."""

    idf: float
    places: Rows
    counts: Floats
    rows: Rows


@dataclass(frozen=True, slots=True)
class _Scored:
    """A search. `scores` has one entry per permitted row, `order` the places of the best of them, best first."""

    view: _View
    scores: Floats
    order: Rows
    features: tuple[float, ...]


_NOWHERE = _Postings(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))


def vectors_to_bytes(vectors: Mapping[str, Vectors], embedder_ref: str) -> bytes:
    """Vectors by text hash as an npz file, with the encoder that made them; half precision, 0.8 KB each."""
    keys = sorted(vectors)
    rows = np.stack([vectors[key] for key in keys]) if keys else np.zeros((0, 384), dtype=np.float32)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, keys=np.array(keys), rows=rows.astype(np.float16), embedder=np.array(embedder_ref))
    return buffer.getvalue()


def vectors_from_bytes(content: bytes, embedder_ref: str) -> dict[str, Vectors]:
    """The vectors of `vectors_to_bytes`, or none where another encoder made them: then they are made anew.

    Raises: ValueError or OSError where the bytes are no such file.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as loaded:
        if str(loaded["embedder"]) != embedder_ref:
            return {}
        rows = loaded["rows"].astype(np.float32)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return dict(zip((str(key) for key in loaded["keys"]), rows, strict=True))


def _order(passage: Passage) -> tuple[str, str, int]:
    return passage.document.path, passage.document.version, passage.number


def _code(document: Document) -> str:
    return document.language[:2].lower()


def _invert(passages: tuple[Passage, ...]) -> tuple[dict[tuple[str, str], _Postings], Floats]:
    """Postings by language and stem, and each passage's length in stems."""
    gathered: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    lengths = np.zeros(len(passages), dtype=np.float32)
    for row, passage in enumerate(passages):
        code = _code(passage.document)
        counted = Counter(stems(indexed_text(passage), code))
        lengths[row] = sum(counted.values())
        for stem, count in counted.items():
            rows, counts = gathered.setdefault((code, stem), ([], []))
            rows.append(row)
            counts.append(count)
    return {
        term: _Postings(np.array(rows, dtype=np.int64), np.array(counts, dtype=np.float32))
        for term, (rows, counts) in gathered.items()
    }, lengths


def _best_first(scores: Floats, k: int) -> Rows:
    """Places of the `k` best scores; equal ones in order of place, the same every time."""
    # Everything that ties with the last one in stays until the stable sort has decided.
    last_in = np.partition(scores, -k)[-k] if scores.size > k else scores.min()
    places = np.flatnonzero(scores >= last_in)
    order: Rows = places[np.argsort(-scores[places], kind="stable")][:k]
    return order


def _cosine_features(cosines: Floats) -> tuple[float, float]:
    best = np.sort(np.partition(cosines, -5)[-5:] if cosines.size > 5 else cosines)[::-1]
    return float(best[0]), float(best.mean())


def _word_features(terms: list[_Term], row: int, bm25: float) -> tuple[float, float]:
    """The share of the query's idf found in the top passage, and its BM25 as a share of what it could be."""
    mass = sum(term.idf for term in terms)
    if not mass:
        # Function words only: nothing says that this passage is about the question.
        return 0.0, 0.0
    present = sum(term.idf for term in terms if (term.rows == row).any())
    return present / mass, bm25 / (mass * (K1 + 1))
