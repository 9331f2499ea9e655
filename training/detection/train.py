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
from vouchsafe.pipeline.detect.normalise import plain
from vouchsafe.plugins.embedders.minilm import MiniLm

SEED = 20261121
JOINED = 1500
WRITTEN = "written here"
OWN = "own examples"
WEIGHT = {WRITTEN: 3.0, OWN: 3.0}
DEAD_BAND = 0.01
SHIPPED_FOLDER = Path(__file__).parents[2] / "src" / "vouchsafe" / "data" / "detect"

# What each head is held to on scores of sources it was not trained on.
CLINICAL_RECALL = 0.995
"""Caution: the threshold under which at most this share of clinical messages falls."""
CLINICAL_FALSE = {"clinical_message": 0.04, "clinical_sentence": 0.02}
OTHER_FALSE = {"injection": 0.005, "dispute": 0.01, "human": 0.005, "crisis": 0.002}


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text; `hard` marks administrative words that sound like care."""

    text: str
    label: int
    source: str
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Trained:
    """A head with what leaving sources out said about it."""

    weights: np.ndarray
    bias: float
    threshold: float
    caution: float | None
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

    def _seen(self, text: str) -> str:
        if text not in self._read:
            words = text
            if self.redactor is not None:
                words = self.redactor.redact([text]).parts[0].text.value
            self._read[text] = plain(words)
        return self._read[text]


def train(name: str, rows: Sequence[Row], space: Space) -> Trained:
    """Fit a head on all rows, with thresholds from scores of rows whose source was left out."""
    joined = joined_mails(rows) if name == "clinical_message" else []
    vectors = {row.text: vector for row, vector in zip(rows, space.vectors([r.text for r in rows]), strict=True)}
    left_out = np.zeros(len(rows))
    for source in sorted({row.source for row in rows} - {OWN}):
        inside = [row for row in rows if row.source != source]
        made = joined_mails(inside) if joined else []
        model = fit([*inside, *made], vectors, space)
        held = [i for i, row in enumerate(rows) if row.source == source]
        left_out[held] = scores(model, np.stack([vectors[rows[i].text] for i in held]))
        print(f"{name}: left out {source}, {len(held)} rows", flush=True)
    measured = [i for i, row in enumerate(rows) if row.source != OWN]
    labels = np.array([rows[i].label for i in measured])
    threshold, caution = thresholds(name, left_out[measured], labels, [rows[i] for i in measured])
    model = fit([*rows, *joined], vectors, space)
    table = by_source([rows[i] for i in measured], left_out[measured], threshold, caution)
    for line in table:
        print(f"{name}: {line}", flush=True)
    return Trained(model.coef_[0].astype(np.float32), float(model.intercept_[0]), threshold, caution, table)


def fit(rows: Sequence[Row], vectors: dict[str, np.ndarray], space: Space) -> LogisticRegression:
    """Balanced logistic regression, C = 20; written and own rows weigh three times."""
    missing = [row.text for row in rows if row.text not in vectors]
    if missing:
        vectors.update(zip(missing, space.vectors(missing), strict=True))
    model = LogisticRegression(C=20.0, class_weight="balanced", max_iter=400, random_state=SEED)
    model.fit(
        np.stack([vectors[row.text] for row in rows]),
        [row.label for row in rows],
        sample_weight=[WEIGHT.get(row.source, 1.0) for row in rows],
    )
    return model


def scores(model: LogisticRegression, vectors: np.ndarray) -> np.ndarray:
    """Scores in [0, 1], rounded as the shipped head rounds them."""
    return np.round(model.predict_proba(vectors)[:, 1], 4)


def thresholds(name: str, got: np.ndarray, labels: np.ndarray, rows: Sequence[Row]) -> tuple[float, float | None]:
    """The threshold at the allowed share of false alarms, and for clinical heads the one at the recall wanted."""
    negatives = np.sort(got[labels == 0])
    if name not in CLINICAL_FALSE:
        return _over(negatives, OTHER_FALSE[name]), None
    threshold = _over(negatives, CLINICAL_FALSE[name])
    positives = np.sort(got[(labels == 1) & np.array([row.source != WRITTEN for row in rows])])
    caution = float(positives[int((1 - CLINICAL_RECALL) * len(positives))])
    return threshold, min(caution, threshold)


def _over(negatives: np.ndarray, share: float) -> float:
    """The smallest threshold that at most this share of negatives reaches, not under 0.3."""
    at = float(negatives[int((1 - share) * len(negatives))])
    return round(min(max(at, 0.3), 0.99), 4)


def by_source(rows: Sequence[Row], got: np.ndarray, threshold: float, caution: float | None) -> list[dict[str, Any]]:
    """Recall and false alarms of each source, scored by a head that saw none of it."""
    table = []
    for source in sorted({row.source for row in rows}):
        here = [i for i, row in enumerate(rows) if row.source == source]
        positive = np.array([got[i] for i in here if rows[i].label == 1])
        negative = np.array([got[i] for i in here if rows[i].label == 0])
        line: dict[str, Any] = {"source": source, "positives": len(positive), "negatives": len(negative)}
        for key, limit in (("threshold", threshold), ("caution", caution)):
            if limit is not None:
                line[f"recall_at_{key}"] = _share(positive, limit)
                line[f"false_at_{key}"] = _share(negative, limit)
        table.append(line)
    return table


def _share(values: np.ndarray, limit: float) -> float | None:
    return round(float((values >= limit - DEAD_BAND).mean()), 4) if len(values) else None


def joined_mails(rows: Sequence[Row]) -> list[Row]:
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
        mails.append(Row(" ".join(_ended(p.text) for p in parts), int(clinical), "joined"))
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
        "heads": {
            name: {"threshold": head.threshold} | ({"caution": head.caution} if head.caution is not None else {})
            for name, head in heads.items()
        },
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
