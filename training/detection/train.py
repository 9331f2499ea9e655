"""Train the heads of detection and write `heads.npz` and `manifest.json` (see README.md beside this file).

Usage: python training/detection/train.py --data DIR [--out DIR] [--no-redaction] [--cache DIR]

Everything is seeded; the same data and packages give the same files on the same kind of processor.
"""

import argparse
import hashlib
import io
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression

from vouchsafe.governance.packs import SHIPPED, load_pack
from vouchsafe.pipeline.detect import rules
from vouchsafe.pipeline.detect.normalise import canonical, plain
from vouchsafe.plugins.embedders.minilm import MiniLm

SEED = 20261121
JOINED = 1500
WRITTEN = "written here"
OWN = "own examples"
WEIGHT = {WRITTEN: 3.0, OWN: 3.0}
DEAD_BAND = 0.01
SHIPPED_FOLDER = Path(__file__).parents[2] / "src" / "vouchsafe" / "data" / "detect"

# What each head is held to on scores of sources it was not trained on.
FOUND = {"threshold": 0.97, "caution": 0.995}
"""The message head: share of clinical messages that it or a rule finds. Between the two thresholds a message is
clinical unless it is recognised as routine."""
FIRM = 0.02
"""The message head: share of negatives over its third threshold, which no recognition as routine moves."""
FALSE = {"clinical_sentence": 0.01, "injection": 0.005, "dispute": 0.003, "human": 0.005, "crisis": 0.002}
"""Other heads: share of negatives that may reach the threshold; rules carry these tasks (notes/detection.md 5)."""
RULES = {
    "clinical_message": (*rules.CLINICAL, *rules.CRISIS),
    "clinical_sentence": (*rules.CLINICAL, *rules.CRISIS),
    "injection": rules.INJECTION,
    "dispute": (*rules.DISPUTE, *rules.COMPLAINT, *rules.LEGAL),
    "human": rules.HUMAN,
    "crisis": rules.CRISIS,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text; `hard` marks administrative words that sound like care."""

    text: str
    label: int
    source: str
    hard: bool = False
    ingredients: frozenset[str] = frozenset()
    """Of a joined mail: the sources of its parts. It is left out with any of them."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A head with what leaving sources out said about it."""

    weights: np.ndarray
    bias: float
    threshold: float
    more: dict[str, float]
    """Of the message head: `caution` and `firm`."""
    table: list[dict[str, Any]]


def main() -> None:
    """Train every head and write the files."""
    args = _arguments()
    files = {
        name: args.data / f"{name}.jsonl"
        for name in ("clinical", "injection", "dispute", "human", "crisis", "written_here")
    }
    examples = yaml.safe_load((SHIPPED_FOLDER / "examples.yaml").read_text(encoding="utf-8"))
    space = Space(redacted=not args.no_redaction, cache=args.cache)
    rows = [*clinical_rows(files, examples)]
    for name in ("injection", "dispute", "human", "crisis"):
        rows += other_rows(name, files, examples)
    space.prepare([row.text for row in _once(rows)])
    heads = {
        name: train(name, rows, space)
        for name, rows in (
            ("clinical_message", clinical_rows(files, examples)),
            ("clinical_sentence", clinical_rows(files, examples)),
            ("injection", other_rows("injection", files, examples)),
            ("dispute", other_rows("dispute", files, examples)),
            ("human", other_rows("human", files, examples)),
            ("crisis", other_rows("crisis", files, examples)),
        )
    }
    write(args.out, heads, examples, files, space)


class Space:
    """Vectors of texts, as the shipped detector would see them: redacted, tokens as plain words.

    `cache` is a folder where redacted words and vectors are kept between runs; it holds texts, so keep it private.
    """

    def __init__(self, *, redacted: bool, cache: Path | None) -> None:
        self.embedder = MiniLm(remember=200_000)
        self.redactor: Any = None
        self._read: dict[str, str] = {}
        self._vectors: dict[str, np.ndarray] = {}
        if redacted:
            from vouchsafe.pipeline.redact import Redactor
            from vouchsafe.plugins.ner.spacy_md import SpacyMd

            self.redactor = Redactor(SpacyMd())
        self._cache = cache / f"{'redacted' if redacted else 'plain'}.npz" if cache else None
        if self._cache and self._cache.exists():
            with np.load(self._cache, allow_pickle=False) as kept:
                texts = json.loads(bytes(kept["texts"]).decode())
                self._read = dict(texts)
                self._vectors = dict(zip((read for _, read in texts), kept["vectors"], strict=True))

    def prepare(self, texts: Sequence[str]) -> None:
        """Redact and embed all texts, in slices so that one sees how far it is, and keep them."""
        for start in range(0, len(texts), 1000):
            self.vectors(texts[start : start + 1000])
            print(f"prepared {min(start + 1000, len(texts))} of {len(texts)}", flush=True)
        if self._cache:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            pairs = list(self._read.items())
            packed = np.frombuffer(json.dumps(pairs).encode(), dtype=np.uint8)
            np.savez(self._cache, texts=packed, vectors=np.stack([self._vectors[read] for _, read in pairs]))

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """float32, (len(texts), 384)."""
        read = [self._seen(text) for text in texts]
        new = [one for one in dict.fromkeys(read) if one not in self._vectors]
        self._vectors.update(zip(new, self.embedder.embed(new), strict=True))
        return np.stack([self._vectors[one] for one in read])

    def join(self, ended: Sequence[str], texts: Sequence[str]) -> str:
        """One mail of several texts; it is read as its parts are, each redacted by itself."""
        mail = " ".join(ended)
        self._read.setdefault(mail, " ".join(_ended(self._seen(text)) for text in texts))
        return mail

    def read(self, text: str) -> str:
        """The redacted text as rules see it."""
        return self._seen(text)

    def _seen(self, text: str) -> str:
        if text not in self._read:
            words = text
            if self.redactor is not None:
                words = self.redactor.redact([text]).parts[0].text.value
            self._read[text] = plain(words)
        return self._read[text]


def train(name: str, rows: Sequence[Row], space: Space) -> Trained:
    """Fit a head on all rows, with thresholds from scores of rows whose source was left out."""
    joined = joined_mails(rows, space) if name == "clinical_message" else []
    everything = [*rows, *joined]
    vectors = space.vectors([row.text for row in everything])
    left_out = np.zeros(len(rows))
    for source in sorted({row.source for row in rows} - {OWN}):
        inside = [i for i, row in enumerate(everything) if row.source != source and source not in row.ingredients]
        model = fit([everything[i] for i in inside], vectors[inside])
        held = [i for i, row in enumerate(rows) if row.source == source]
        left_out[held] = model.decision_function(vectors[held])
        print(f"{name}: left out {source}, {len(held)} rows", flush=True)
    measured = [i for i, row in enumerate(rows) if row.source != OWN]
    kept = [rows[i] for i in measured]
    labels = np.array([row.label for row in kept])
    slope, shift = calibration(left_out[measured], labels)
    got = sigmoid(slope * left_out[measured] + shift)
    fired = np.array([any(True for _ in rules.matches(RULES[name], canonical(space.read(row.text)))) for row in kept])
    threshold, more = thresholds(name, got, labels, fired, np.array([row.source != WRITTEN for row in kept]))
    model = fit(everything, vectors)
    table = by_source(kept, got, fired, {"": threshold, **{f"_{key}": at for key, at in more.items()}})
    for line in table:
        print(f"{name}: {line}", flush=True)
    weights = (slope * model.coef_[0]).astype(np.float32)
    return Trained(weights, float(slope * model.intercept_[0] + shift), threshold, more, table)


def calibration(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Platt's slope and shift on scores of sources left out: what a head says of strangers is too sure of itself."""
    model = LogisticRegression(C=1e6, class_weight="balanced", solver="newton-cholesky").fit(logits[:, None], labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def fit(rows: Sequence[Row], vectors: np.ndarray) -> LogisticRegression:
    """Balanced logistic regression, C = 20; written and own rows weigh three times.

    The Newton solver reaches the one optimum in seconds and without a seed.
    """
    model = LogisticRegression(C=20.0, class_weight="balanced", solver="newton-cholesky")
    model.fit(vectors, [row.label for row in rows], sample_weight=[WEIGHT.get(row.source, 1.0) for row in rows])
    return model


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Scores in [0, 1], rounded as the shipped head rounds them."""
    return np.round(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), 4)


def thresholds(
    name: str, got: np.ndarray, labels: np.ndarray, fired: np.ndarray, outside: np.ndarray
) -> tuple[float, dict[str, float]]:
    """The threshold, and for the message head `caution` and `firm`. The dead band is allowed for."""
    if name in FALSE:
        return _reached_by(got[labels == 0], FALSE[name]), {}
    positives = np.sort(np.where(fired, 1.0, got)[(labels == 1) & outside])
    at_share = {key: float(positives[int((1 - share) * len(positives))]) for key, share in FOUND.items()}
    firm = _reached_by(got[(labels == 0) & outside], FIRM)
    return round(at_share["threshold"] + DEAD_BAND, 4), {
        "caution": round(at_share["caution"] + DEAD_BAND, 4),
        "firm": max(firm, round(at_share["threshold"] + DEAD_BAND, 4)),
    }


def _reached_by(negatives: np.ndarray, share: float) -> float:
    """The threshold that this share of negatives reaches, dead band included; not under 0.3."""
    at = float(np.sort(negatives)[int((1 - share) * len(negatives))])
    return round(min(max(at, 0.3) + DEAD_BAND, 0.99), 4)


def by_source(
    rows: Sequence[Row], got: np.ndarray, fired: np.ndarray, limits: dict[str, float]
) -> list[dict[str, Any]]:
    """What the head, the rules and both find in each source and in all outside ones, by a head that saw none of it."""
    outside = [i for i, row in enumerate(rows) if row.source != WRITTEN]
    groups = {"all outside": outside, "hard outside": [i for i in outside if rows[i].hard or rows[i].label == 1]}
    for source in sorted({row.source for row in rows}):
        groups[source] = [i for i, row in enumerate(rows) if row.source == source]
    table = []
    for source, here in groups.items():
        line: dict[str, Any] = {"source": source}
        for label, word in ((1, "found"), (0, "false")):
            chosen = [i for i in here if rows[i].label == label]
            line[f"{word}_n"] = len(chosen)
            if chosen:
                line[f"{word}_by_rules"] = _share(fired[chosen])
                line[f"{word}_by_head"] = _share(got[chosen] >= limits[""] - DEAD_BAND)
                for key, limit in limits.items():
                    line[f"{word}{key}"] = _share(fired[chosen] | (got[chosen] >= limit - DEAD_BAND))
        table.append(line)
    return table


def _share(values: np.ndarray) -> float:
    return round(float(values.mean()), 4)


def joined_mails(rows: Sequence[Row], space: Space) -> list[Row]:
    """Seeded mails of two to four texts, half of them with one clinical text: they break length as a shortcut."""
    dice = random.Random(SEED)
    short = [row for row in rows if len(row.text) < 160]
    positive, negative = [r for r in short if r.label == 1], [r for r in short if r.label == 0]
    mails = []
    for number in range(JOINED):
        parts = dice.sample(negative, dice.randint(1, 3))
        clinical = number % 2 == 0
        if clinical:
            parts.insert(dice.randint(0, len(parts)), dice.choice(positive))
        else:
            parts.append(dice.choice(negative))
        text = space.join([_ended(part.text) for part in parts], [part.text for part in parts])
        mails.append(Row(text, int(clinical), "joined", ingredients=frozenset(part.source for part in parts)))
    return mails


def _ended(text: str) -> str:
    return text if text.rstrip().endswith((".", "?", "!")) else f"{text.rstrip()}."


def clinical_rows(files: dict[str, Path], examples: dict[str, list[str]]) -> list[Row]:
    """Outside rows, written rows, our examples, and the packs' examples as administrative."""
    rows = list(_labelled(files["clinical"], "clinical")) + list(_labelled(files["written_here"], "clinical"))
    rows += [Row(text, 1, OWN) for kind in ("clinical", "crisis") for text in examples[kind]]
    return _once(rows + routine_rows(examples))


def other_rows(name: str, files: dict[str, Path], examples: dict[str, list[str]]) -> list[Row]:
    """Outside rows, written rows (those without the label are negatives), and our examples."""
    rows = list(_labelled(files[name], name)) + list(_labelled(files["written_here"], name, absent=0))
    rows += [
        Row(text, int(kind == name), OWN) for kind, texts in examples.items() for text in texts if kind != "routine"
    ]
    return _once(rows + routine_rows(examples))


def routine_rows(examples: dict[str, list[str]]) -> list[Row]:
    """Routine questions of ours: examples of the shipped packs' intents."""
    packs = [text for name in SHIPPED for intent in load_pack(name=name).intents for text in intent.examples]
    return [Row(text, 0, OWN, hard=True) for text in (*examples["routine"], *packs)]


def _labelled(path: Path, key: str, absent: int | None = None) -> Iterable[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            label = row["labels"].get(key, absent)
            if label is not None:
                source = "garak" if row["source"].startswith("garak") else row["source"]
                yield Row(row["text"], int(label), source, hard=bool(row["labels"].get("hard")))


def _once(rows: Iterable[Row]) -> list[Row]:
    return list({row.text: row for row in rows}.values())


def write(
    out: Path, heads: dict[str, Trained], examples: dict[str, list[str]], files: dict[str, Path], space: Space
) -> None:
    """Write the two files; the manifest names the hash of the other and of everything that went in."""
    out.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}
    for name, head in heads.items():
        arrays[f"{name}_weights"] = head.weights
        arrays[f"{name}_bias"] = np.float64(head.bias)
    for kind, texts in examples.items():
        arrays[f"examples_{kind}"] = space.embedder.embed([plain(text) for text in texts]).astype(np.float16)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    (out / "heads.npz").write_bytes(buffer.getvalue())
    manifest = {
        "format": 1,
        "encoder": space.embedder.ref,
        "redacted": space.redactor is not None,
        "seed": SEED,
        "joined": JOINED,
        "dead_band": DEAD_BAND,
        "heads_sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        "examples_sha256": hashlib.sha256((SHIPPED_FOLDER / "examples.yaml").read_bytes()).hexdigest(),
        "data": {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()},
        "packs": {name: load_pack(name=name).digest for name in SHIPPED},
        "heads": {name: {"threshold": head.threshold} | head.more for name, head in heads.items()},
        "leave_one_source_out": {name: head.table for name, head in heads.items()},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="ascii")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with clinical.jsonl and the other files")
    parser.add_argument("--out", type=Path, default=SHIPPED_FOLDER, help="where the two files go")
    parser.add_argument("--cache", type=Path, help="folder for redacted texts and vectors between runs")
    parser.add_argument("--no-redaction", action="store_true", help="take rows as they are; the manifest says so")
    return parser.parse_args()


if __name__ == "__main__":
    main()
