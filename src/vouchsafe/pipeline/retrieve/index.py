"""Exact search in process over the passages that the scope may read, and only those.

What a reader may not see has no influence: rows outside the scope are taken away before anything is scored, and
document frequencies, means and pages count permitted passages only, so that no score tells about hidden ones.
"""

import hashlib
import io
from collections.abc import Iterable, Mapping

import numpy as np

from vouchsafe.domain.passage import Document, Hit, Hits, Passage, Scope
from vouchsafe.domain.text import SafeText
from vouchsafe.domain.words import without_tokens
from vouchsafe.pipeline.retrieve import calibration as calibrations
from vouchsafe.pipeline.retrieve import ranking as rankings
from vouchsafe.pipeline.retrieve.calibration import Calibration
from vouchsafe.pipeline.retrieve.passages import cut, indexed_text, text_hash
from vouchsafe.pipeline.retrieve.postings import Floats
from vouchsafe.pipeline.retrieve.ranking import Ranking
from vouchsafe.pipeline.retrieve.shelf import Shelf
from vouchsafe.pipeline.retrieve.weighing import Weighed, weigh
from vouchsafe.ports.embedder import Embedder, Vectors


class Index:
    """Satisfies `ports.knowledge.Searcher` over documents that do not change; a changed document needs a new index."""

    def __init__(
        self,
        passages: tuple[Passage, ...],
        vectors: Vectors,
        embedder: Embedder,
        calibration: Calibration,
        ranking: Ranking,
    ) -> None:
        """Use `build`. `vectors`: float32, (passages, 384), rows of length 1, in the order of `passages`."""
        self._shelf = Shelf(passages, vectors)
        self._embedder = embedder
        self._calibration = calibration
        self._ranking = ranking
        made_by = [embedder.ref, ranking.digest, calibration.digest]
        named = "\n".join([*made_by, *(f"{p.name} {text_hash(p)}" for p in passages)])
        self._ref = f"knowledge@{hashlib.sha256(named.encode()).hexdigest()[:16]}"

    @classmethod
    def build(
        cls,
        documents: Iterable[Document],
        embedder: Embedder,
        vectors: Mapping[str, Vectors] | None = None,
        *,
        calibration: Calibration | None = None,
        ranking: Ranking | None = None,
    ) -> "Index":
        """Cut the documents into passages and index them.

        `vectors` holds float32 (384,) rows by `passages.text_hash`, made by the same embedder; passages found there
        are not embedded again. `calibration` and `ranking` are the shipped ones unless given.
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
        return cls(
            tuple(passages),
            matrix,
            embedder,
            calibration or calibrations.shipped(),
            ranking or rankings.shipped(),
        )

    @property
    def ref(self) -> str:
        """`knowledge@digest` over passages, embedder, ranking and calibration."""
        return self._ref

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Every passage, whoever may read it; for import reports and vectors, never for a reader."""
        return self._shelf.passages

    @property
    def vectors(self) -> dict[str, Vectors]:
        """Each passage's vector by `passages.text_hash`, to be kept beside the documents."""
        return {text_hash(p): self._shelf.vectors[number] for number, p in enumerate(self._shelf.passages)}

    def search(self, scope: Scope, query: SafeText, *, k: int = 8, language: str | None = None) -> Hits:
        """The passages that answer best among those the scope may read, best first.

        `language` (BCP 47) narrows to passages of that language; it never widens. An empty query, an empty scope and a
        query about nothing here give no hits and abstain.
        """
        weighed = self._weigh(scope, query, language, max(k, 1))
        if weighed is None or k < 1:
            return Hits((), 0.0, abstain=True, index=self._ref)
        hits = [
            Hit(self._shelf.passages[row], min(1.0, max(0.0, float(score))))
            for row, score in zip(weighed.rows[:k], weighed.scores[:k], strict=True)
        ]
        confidence = self._calibration.confidence(weighed.found)
        # Checked once more where it counts, should the masking above ever be wrong.
        permitted = tuple(hit for hit in hits if scope.may_read(hit.passage.document))
        abstain = confidence < self._calibration.threshold or len(permitted) < len(hits)
        return Hits(permitted, confidence, abstain=abstain, index=self._ref)

    def found(self, scope: Scope, query: SafeText) -> tuple[float, ...] | None:
        """What the calibration sees of a search, in the order of `calibration.FEATURES`; None without hits."""
        weighed = self._weigh(scope, query, None, 1)
        return None if weighed is None else weighed.found

    def candidates(self, scope: Scope, query: SafeText) -> tuple[tuple[Passage, ...], Floats, Floats] | None:
        """For fitting: the candidates, their features (candidates, `ranking.FEATURES`) and what made them candidates.

        None without hits.
        """
        weighed = self._weigh(scope, query, None, 1)
        if weighed is None:
            return None
        return tuple(self._shelf.passages[row] for row in weighed.rows), weighed.features, weighed.mixture

    def _weigh(self, scope: Scope, query: SafeText, language: str | None, k: int) -> Weighed | None:
        words = without_tokens(query.value)
        # One space between words: the encoder does not see breaks, and remembers what detection asked it for.
        flat = " ".join(words.split())
        view = self._shelf.view(scope, language)
        if not flat or not view.rows.size:
            return None
        return weigh(self._shelf, view, self._ranking, words, self._embedder.embed([flat])[0], k=k)


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
