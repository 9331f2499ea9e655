"""Runs the encoder: tokenize, one pass of the graph for texts of similar length, pool, normalise, remember."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vouchsafe.governance.inference import session_of, tokenizer_of
from vouchsafe.governance.weights import open_weights, weights_of
from vouchsafe.ports.embedder import Vectors

DIMENSIONS = 384
MAX_TOKENS = 192
"""Longer texts are cut. Every threshold of detection was taken at this length (notes/detection.md section 8)."""

_MAX_BATCH_TOKENS = 512
"""More do not fit beside the weights in a core's cache: 4,096 cost a fifth more a token."""
_MAX_BATCH_WASTE = 1.25
"""A batch may hold this many times the tokens of its texts: padding costs as much as words do."""


class MiniLm:
    """`ports.embedder.Embedder` with a memory by text, so that detection and search pay for a text once.

    Weights are checked when the object is made and loaded at the first text that is not remembered. Safe to share
    between threads. The memory holds redacted words; it lives in this process only and keeps `remember` texts.

    Raises: WeightsMissing, WeightsAltered when made.
    """

    def __init__(self, *, remember: int = 4096, folder: Path | None = None) -> None:
        self._model = open_weights("embedder", folder)
        self._words = open_weights("tokenizer", folder)
        self._remember = remember
        self._memory: OrderedDict[str, Vectors] = OrderedDict()
        self._lock, self._loading = threading.Lock(), threading.Lock()

    @property
    def ref(self) -> str:
        """`minilm@digest` over the model, the tokenizer and the length at which texts are cut."""
        parts = (weights_of("embedder").digest[:12], weights_of("tokenizer").digest[:8], str(MAX_TOKENS))
        return f"minilm@{'-'.join(parts)}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts: float32, (len(texts), 384), rows of length 1; of an empty text all zeros."""
        with self._lock:
            known = {text: self._memory[text] for text in dict.fromkeys(texts) if text in self._memory}
            for text in known:
                self._memory.move_to_end(text)
        # The lock is not held while vectors are computed: a search of one desk does not wait for the index of another.
        fresh = [text for text in dict.fromkeys(texts) if text.strip() and text not in known]
        new = dict(self._computed(fresh)) if fresh else {}
        with self._lock:
            self._memory.update(new)
            while len(self._memory) > self._remember:
                self._memory.popitem(last=False)
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            vector = new.get(text, known.get(text))
            if vector is not None:
                rows[row] = vector
        return rows

    def _computed(self, texts: list[str]) -> Iterator[tuple[str, Vectors]]:
        with self._loading:
            tokenizer, _ = self._tokenizer, self._session
        encodings = tokenizer.encode_batch(texts)
        by_length = sorted(range(len(texts)), key=lambda i: (len(encodings[i].ids), i))
        for batch in _batches(by_length, [len(e.ids) for e in encodings]):
            ids, mask = _padded([encodings[i].ids for i in batch])
            for row, vector in zip(batch, self._pooled(ids, mask), strict=True):
                yield texts[row], vector

    def _pooled(self, ids: np.ndarray[Any, np.dtype[np.int64]], mask: np.ndarray[Any, np.dtype[np.int64]]) -> Vectors:
        """The mean of the last hidden states over the real tokens, scaled to length 1."""
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {put.name for put in self._session.get_inputs()}
        hidden = self._session.run(None, {name: value for name, value in feed.items() if name in wanted})[0]
        weight = mask[:, :, None].astype(np.float32)
        mean = (hidden * weight).sum(axis=1) / weight.sum(axis=1)
        norm = np.linalg.norm(mean, axis=1, keepdims=True)
        vectors: Vectors = (mean / norm).astype(np.float32)
        return vectors

    @cached_property
    def _tokenizer(self) -> Any:  # tokenizers ships no usable types
        return tokenizer_of(self._words, MAX_TOKENS)

    @cached_property
    def _session(self) -> Any:  # onnxruntime ships no types
        return session_of(self._model)


def _batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Runs of texts of similar length, shortest first, so that little is spent on padding."""
    batch: list[int] = []
    words = 0
    for index in order:
        longest = lengths[index]
        padded = longest * (len(batch) + 1)
        too_wasteful = padded > _MAX_BATCH_WASTE * (words + longest)
        if batch and (padded > _MAX_BATCH_TOKENS or too_wasteful):
            yield batch
            batch, words = [], 0
        batch.append(index)
        words += longest
    if batch:
        yield batch


def _padded(
    rows: Sequence[Sequence[int]],
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]:
    """Token ids and attention mask: int64, (texts, longest)."""
    longest = max(len(row) for row in rows)
    ids = np.zeros((len(rows), longest), dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask
