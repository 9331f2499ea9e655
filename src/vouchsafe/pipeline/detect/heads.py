"""Learned heads: a network of our own reads a message once and scores every label; a sum over its words adds to that.

`data/detect/heads.onnx` holds the network, `words.npz` the weights of hashed words, `heads.json` their hashes,
thresholds and where they came from. In the network each label has its own attention over the words, so that one
sentence in a long message is not drowned by the others. It knows what is meant; the words know how it is said. The sum
of both logits finds more in messages of strangers than either (training/detection/README.md).
"""

import hashlib
import io
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.governance.inference import session_of, tokenizer_of
from vouchsafe.governance.weights import open_weights, weights_of
from vouchsafe.pipeline.detect.lexical import features

NEEDS_PERSON = "needs_person"
"""Not a finding: a message that reads like those that need a person is not recognised as routine."""
DEAD_BAND = 0.01
"""So much under a threshold counts as over it: sums differ a little between kinds of processors."""
MAX_TOKENS = 192
"""Longer windows are cut; `reading` cuts messages into windows that fit."""


class HeadsUnfit(VouchsafeError):
    """The shipped heads are altered, or were trained with another tokenizer than the one in use."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the heads say of one window, labels in the order of `Heads.labels`.

    `scores` (labels,) in [0, 1], rounded to 4 decimals to be replayed; `said` (tokens, labels) is what each token
    added to the logit; `places` (tokens, 2) is where it stands in the window.
    """

    scores: NDArray[np.float64]
    said: NDArray[np.float32]
    places: NDArray[np.int64]

    def loudest(self, label: int, spans: Sequence[tuple[int, int]]) -> int | None:
        """The number of the span of the window whose words added most to a label; None where none holds a word."""
        added = [
            float(self.said[(self.places[:, 0] >= start) & (self.places[:, 1] <= end), label].sum()) if end > start
            else -np.inf
            for start, end in spans
        ]  # fmt: skip
        return int(np.argmax(added)) if added and max(added) > -np.inf else None


@dataclass(frozen=True, slots=True)
class Words:
    """Weights of hashed words: `weights` (labels, BUCKETS), `rarity` (BUCKETS,)."""

    weights: NDArray[np.float32]
    rarity: NDArray[np.float64]

    def logits(self, text: str) -> NDArray[np.float64]:
        """What the words of a text add to each label, (labels,)."""
        seen = features(text, self.rarity)
        added: NDArray[np.float64] = self.weights[:, seen.buckets].astype(np.float64) @ seen.values
        return added


class Heads:
    """Network and words with their thresholds. Safe to share between threads."""

    def __init__(self, manifest: Mapping[str, Any], network: bytes, words: Words, digest: str) -> None:
        self._words = words
        self.labels: tuple[str, ...] = tuple(manifest["labels"])
        self.thresholds: Mapping[str, float] = {
            label: float(head["threshold"]) for label, head in manifest["heads"].items()
        }
        self.firm: Mapping[str, float] = {label: float(head["firm"]) for label, head in manifest["heads"].items()}
        """From here on a finding is sure: next to no harmless row of a source left out scored so high."""
        self.digest = digest
        """SHA-256 over manifest, network and words."""
        self._network = network
        self._lock = threading.Lock()
        self._session: Any = None  # onnxruntime ships no types
        self._tokenizer: Any = None

    def judge(self, window: str) -> Judged:
        """Read one window, alone: a batch would change the scale of its int8 sums."""
        self._load()
        tokens = self._tokenizer.encode(window)
        ids = np.array([tokens.ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        by_network, said = self._session.run(["logits", "said"], feed)
        logits = by_network[0].astype(np.float64) + self._words.logits(window)
        scores = np.round(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), 4)
        return Judged(scores, said[0], np.array(tokens.offsets, dtype=np.int64))

    def _load(self) -> None:
        """Build the session at the first text."""
        with self._lock:
            if self._session is not None:
                return
            self._tokenizer = tokenizer_of(open_weights("tokenizer"), MAX_TOKENS)
            self._session = session_of(self._network)
            self._network = b""


def load_heads(folder: Path | None = None) -> Heads:
    """The shipped heads, or those of a folder, checked against their manifest. Raises: HeadsUnfit."""
    return _checked(folder)


@cache
def _checked(own: Path | None) -> Heads:
    folder = own if own is not None else resources.files("vouchsafe").joinpath("data/detect")
    manifest_bytes = folder.joinpath("heads.json").read_bytes()
    manifest = json.loads(manifest_bytes)
    content = {name: folder.joinpath(name).read_bytes() for name in ("heads.onnx", "words.npz")}
    for name, found in content.items():
        if hashlib.sha256(found).hexdigest() != manifest["sha256"][name]:
            raise HeadsUnfit(f"data/detect/{name} is not the file that heads.json names; train the heads again")
    if manifest["tokenizer"] != weights_of("tokenizer").digest:
        raise HeadsUnfit("the heads were trained with another tokenizer than the one in use; train them again")
    with np.load(io.BytesIO(content["words.npz"]), allow_pickle=False) as arrays:
        words = Words(arrays["weights"].astype(np.float32), arrays["rarity"].astype(np.float64))
    digest = hashlib.sha256(manifest_bytes + content["heads.onnx"] + content["words.npz"]).hexdigest()
    return Heads(manifest, content["heads.onnx"], words, digest)
