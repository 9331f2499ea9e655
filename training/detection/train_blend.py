"""Train the blended heads: one for every label, on sentence vectors and on words (see README.md beside this file).

Usage: python training/detection/train_blend.py --data DIR [--out DIR] [--cache DIR]

Rows: `written.jsonl` (development messages of another hand than the rules), `own/*.txt` (ours), and outside clinical
and administrative rows of DIR. Thresholds come from scores of rows that a head did not see: five folds of the
development and own rows, and every outside source left out in one of them. Seeded.
"""

import argparse
import hashlib
import io
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from vouchsafe.domain.finding import Vulnerability
from vouchsafe.governance.packs import SHIPPED, load_pack
from vouchsafe.pipeline.detect import rules
from vouchsafe.pipeline.detect.lexical import BUCKETS, features
from vouchsafe.pipeline.detect.normalise import canonical
from vouchsafe.pipeline.detect.reading import read, scored, without_greeting
from vouchsafe.plugins.embedders.minilm import MiniLm

SEED = 20261121
FOLDS = 5
HERE = Path(__file__).parent
SHIPPED_FOLDER = HERE.parents[1] / "src" / "vouchsafe" / "data" / "detect"
DEVELOPMENT, OWN = "development", "own"
OUTSIDE_EACH = 700
"""So many rows of one outside source at most: they are clean and many, and would drown the others."""
VECTOR_C, WORDS_C = 1.0, 3.0
LIFT = 0.3
"""How much of the head "needs a person" every other head carries. Fixed by hand on development rows left out: more
finds more and tells the labels apart less (at 0.6 a question about a medicine was taken for an emergency)."""
SENTENCE_WEIGHT = 0.3
"""Of a single sentence of a harmless message, beside the message with 1."""
NEEDS_PERSON = "needs_person"

KINDS = tuple(kind.value for kind in Vulnerability)
LABELS = (
    "clinical", "emergent", "crisis", "threat", "dispute", "complaint", "legal_threat", "human_request", "outage",
    "injection", *KINDS, NEEDS_PERSON,
)  # fmt: skip
ALSO = {"clinical": {"emergent", "crisis"}}
"""A crisis and an emergency are clinical, whether or not the row says so."""

_LIVES = {"financial", "health", "life_event", "language", "accessibility", "capability"}
UNSURE: dict[str, set[str]] = {
    "clinical": {"safeguarding", "complaint", "outage", "threat", "human_request", *_LIVES},
    "emergent": {"crisis", "safeguarding", "outage"},
    "crisis": {"safeguarding"},
    "threat": {"legal_threat"},
    "safeguarding": {"threat", "crisis"},
    "dispute": {"complaint", "legal_threat", "financial"},
    "complaint": {"dispute", "legal_threat", "accessibility", "safeguarding"},
    "legal_threat": {"dispute", "complaint"},
    "human_request": {"language", "capability", "accessibility"},
    "outage": {"emergent"},
    **dict.fromkeys(_LIVES, _LIVES | {"crisis", "safeguarding", "clinical"}),
}
"""Own rows carry one label each; where they may well mean another, they teach that other head nothing."""

NOT_LABELLED = {
    "Banking77": {"dispute", "complaint", "financial", "human_request", "injection", "outage", NEEDS_PERSON},
    "RasaHQ/helpdesk-assistant": {"human_request", "outage", NEEDS_PERSON},
    "CLINC150": {NEEDS_PERSON},
    "VA.gov content": {"dispute", "legal_threat", *_LIVES},
    "HealthCare.gov 2013 content": {"dispute", *_LIVES},
}
"""Administrative sources that hold these things without a label."""
TITLES = frozenset({"MedQuAD"})
"""Titles of health pages: clinical, and neither urgent nor anybody's own case."""
SMALL_TALK = frozenset({"Banking77", "CLINC150"})
"""Far from a clinic's inbox: twice as many of these rows may reach a threshold."""


FIRM = 0.003
"""Share of all harmless rows, look-alikes too, that may reach the firm threshold of a head."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Shares of harmless rows that may reach the threshold of a head."""

    routine: float
    lookalikes: float
    others: float
    """Of development rows that mean something else; for heads that page, of those that mean nothing to page for."""


PAGED = ("emergent", "crisis", "threat", "safeguarding", "outage")
FALSE = {
    **dict.fromkeys(LABELS, Allowed(0.02, 0.1, 0.15)),
    **dict.fromkeys(PAGED, Allowed(0.007, 0.1, 0.15)),
    "crisis": Allowed(0.01, 0.12, 0.11),
    "clinical": Allowed(0.1, 0.25, 1.0),
    "injection": Allowed(0.01, 0.08, 0.05),
    NEEDS_PERSON: Allowed(0.3, 0.5, 1.0),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One text with its labels. `lookalike` marks what only sounds like a label."""

    text: str
    labels: frozenset[str]
    source: str
    lookalike: bool = False

    def answer(self, label: str) -> int:
        """1 means the label, 0 does not, -1 teaches nothing about it."""
        if label == NEEDS_PERSON:
            return int(bool(self.labels))
        if self.labels & ({label} | ALSO.get(label, set())):
            return 1
        if label in NOT_LABELLED.get(self.source, ()):
            return -1
        if self.source in TITLES:
            return -1 if label in _LIVES else 0
        outside = self.source not in {DEVELOPMENT, OWN}
        if outside and self.labels:
            # Outside clinical rows say nothing about how urgent they are or who wrote them.
            return 0 if label in {"threat", "dispute", "complaint", "legal_threat", "outage", "injection"} else -1
        return -1 if self.source == OWN and self.labels & UNSURE.get(label, set()) else 0


@dataclass(frozen=True, slots=True)
class Units:
    """Features of a row: first the windows of the whole message, so many as `windows`, then its sentences."""

    vectors: np.ndarray
    words: csr_matrix
    windows: int


def main() -> None:
    """Train every head and write the two files."""
    args = _arguments()
    rows = [*development(), *own(), *outside(args.data / "clinical.jsonl")]
    space = Space(rows, args.cache)
    folds = folds_of(rows)
    person = judged(NEEDS_PERSON, rows, space, folds)
    heads = {NEEDS_PERSON: train(NEEDS_PERSON, rows, space, person)}
    for label in LABELS[:-1]:
        one = lifted(label, rows, space, judged(label, rows, space, folds), person)
        heads[label] = train(label, rows, space, one)
    write(args.out, heads, space, args.data)


class Space:
    """Features of all rows. `cache` keeps vectors by text between runs (private: it holds the texts)."""

    def __init__(self, rows: Sequence[Row], cache: Path | None) -> None:
        self.embedder = MiniLm(remember=16)
        cut = [_units(row.text) for row in rows]
        everything = list(dict.fromkeys(text for whole, alone in cut for text in (*whole, *alone)))
        vectors = self._vectors(everything, cache)
        seen = [features(whole[0]).buckets for whole, _ in cut]
        counts = np.bincount(np.concatenate(seen), minlength=BUCKETS)
        self.rarity = (np.log((1 + len(rows)) / (1 + counts)) + 1).astype(np.float16).astype(np.float64)
        words = {text: features(text, self.rarity) for text in everything}
        self.units = [
            Units(
                np.stack([vectors[text] for text in (*whole, *alone)]),
                _sparse([words[text] for text in (*whole, *alone)]),
                len(whole),
            )
            for whole, alone in cut
        ]
        # A long message teaches with each of its windows, a harmless one with each of its sentences besides.
        taught = [one.windows if row.labels else len(one.vectors) for row, one in zip(rows, self.units, strict=True)]
        self.row_of = np.concatenate([np.full(count, number) for number, count in enumerate(taught)])
        self.weight = np.concatenate(
            [
                np.where(np.arange(count) < one.windows, 1.0, SENTENCE_WEIGHT)
                for count, one in zip(taught, self.units, strict=True)
            ]
        )
        self.vectors = np.concatenate([one.vectors[:count] for count, one in zip(taught, self.units, strict=True)])
        self.words = vstack([one.words[:count] for count, one in zip(taught, self.units, strict=True)]).tocsr()

    def _vectors(self, texts: Sequence[str], cache: Path | None) -> dict[str, np.ndarray]:
        kept: dict[str, np.ndarray] = {}
        file = cache / "blend.npz" if cache else None
        if file and file.exists():
            with np.load(file, allow_pickle=False) as saved:
                kept = dict(zip(json.loads(bytes(saved["texts"]).decode()), saved["vectors"], strict=True))
        new = [text for text in texts if text not in kept]
        for start in range(0, len(new), 500):
            part = new[start : start + 500]
            kept.update(zip(part, self.embedder.embed(part), strict=True))
        if file and new:
            file.parent.mkdir(parents=True, exist_ok=True)
            packed = np.frombuffer(json.dumps(list(kept)).encode(), dtype=np.uint8)
            np.savez(file, texts=packed, vectors=np.stack(list(kept.values())))
        return kept


@dataclass(frozen=True, slots=True)
class Fitted:
    """A head: score = sigmoid(vector . `vector` + words . `words` + `bias`)."""

    vector: np.ndarray
    words: np.ndarray
    bias: float

    def logits(self, units: Units) -> np.ndarray:
        """Of the whole message and its sentences."""
        return units.vectors @ self.vector + units.words @ self.words + self.bias


@dataclass(frozen=True, slots=True)
class Trained:
    """A head with its thresholds in (0, 1) and what it showed on rows it did not see."""

    head: Fitted
    threshold: float
    sentence: float
    firm: float
    """Over it the head speaks even of what is strongly recognised as routine."""
    table: dict[str, Any]


def fit(label: str, rows: Sequence[Row], space: Space, chosen: np.ndarray) -> Fitted:
    """Two balanced logistic regressions, on vectors and on words; the head adds their logits."""
    places = np.flatnonzero(np.isin(space.row_of, chosen))
    answers = np.array([rows[i].answer(label) for i in space.row_of[places]])
    chosen, answers = places[answers >= 0], answers[answers >= 0]
    by_vector = LogisticRegression(C=VECTOR_C, class_weight="balanced", solver="newton-cholesky")
    weight = space.weight[chosen]
    by_vector.fit(space.vectors[chosen], answers, sample_weight=weight)
    by_words = LogisticRegression(C=WORDS_C, class_weight="balanced", solver="liblinear", random_state=SEED)
    by_words.fit(space.words[chosen], answers, sample_weight=weight)
    bias = float(by_vector.intercept_[0] + by_words.intercept_[0])
    return Fitted(by_vector.coef_[0], by_words.coef_[0], bias)


@dataclass(frozen=True, slots=True)
class Judged:
    """A head fitted on all rows, and the logits of every row's units by heads that did not see the row. Calibrated."""

    head: Fitted
    left_out: list[np.ndarray]


def judged(label: str, rows: Sequence[Row], space: Space, folds: np.ndarray) -> Judged:
    """Fit on all rows and, for scores of rows left out, on all folds but one."""
    left_out: list[np.ndarray] = [np.zeros(0)] * len(rows)
    for fold in range(FOLDS):
        head = fit(label, rows, space, np.flatnonzero(folds != fold))
        for i in np.flatnonzero(folds == fold):
            left_out[i] = head.logits(space.units[i])
    return calibrated(label, rows, space, Judged(fit(label, rows, space, np.arange(len(rows))), left_out))


def calibrated(label: str, rows: Sequence[Row], space: Space, one: Judged) -> Judged:
    """Platt's slope and shift on messages left out: what a head says of strangers is too sure of itself."""
    answers = np.array([row.answer(label) for row in rows])
    whole = np.array([logits[: units.windows].max() for logits, units in zip(one.left_out, space.units, strict=True)])
    slope, shift = _calibration(whole[answers >= 0], answers[answers >= 0])
    head = Fitted(slope * one.head.vector, slope * one.head.words, slope * one.head.bias + shift)
    return Judged(head, [slope * logits + shift for logits in one.left_out])


def lifted(label: str, rows: Sequence[Row], space: Space, own: Judged, person: Judged) -> Judged:
    """The head of a label plus a part of the head that tells messages that need a person from harmless ones.

    That one learned from ten times as many rows. Both are linear, so their sum is one head again.
    """
    head = Fitted(
        own.head.vector + LIFT * person.head.vector,
        own.head.words + LIFT * person.head.words,
        own.head.bias + LIFT * person.head.bias,
    )
    left_out = [mine + LIFT * other for mine, other in zip(own.left_out, person.left_out, strict=True)]
    return calibrated(label, rows, space, Judged(head, left_out))


def train(label: str, rows: Sequence[Row], space: Space, one: Judged) -> Trained:
    """Set thresholds on scores of rows left out."""
    whole, best = np.zeros(len(rows)), np.zeros(len(rows))
    for i, units in enumerate(space.units):
        logits = one.left_out[i]
        whole[i] = _sigmoid(logits[: units.windows].max())
        best[i] = _sigmoid(logits[units.windows :].max()) if len(logits) > units.windows else 0.0
    threshold, sentence = thresholds(label, rows, whole, best)
    harmless = np.array([not row.labels and row.answer(label) == 0 for row in rows])
    firm = max(_reached_by(np.maximum(whole, best)[harmless], FIRM), sentence)
    table = _table(label, rows, (whole >= threshold) | (best >= sentence))
    print(label, round(threshold, 3), round(sentence, 3), json.dumps(table), flush=True)
    return Trained(one.head, threshold, sentence, firm, table)


def thresholds(label: str, rows: Sequence[Row], whole: np.ndarray, best: np.ndarray) -> tuple[float, float]:
    """For messages and for sentences: the strictest that some group of harmless rows asks for."""
    allowed = FALSE[label]
    harmless = np.array([not row.labels and row.answer(label) == 0 and row.source != OWN for row in rows])
    lookalike = harmless & np.array([row.lookalike for row in rows])
    small_talk = harmless & np.array([row.source in SMALL_TALK for row in rows])
    groups = (
        (lookalike, allowed.lookalikes),
        (_others(label, rows), allowed.others),
        (small_talk, allowed.routine * 2),
        (harmless & ~lookalike & ~small_talk, allowed.routine),
    )
    threshold = max(_reached_by(whole[here], share) for here, share in groups if here.any())
    sentence = max(_reached_by(best[here], share / 2) for here, share in groups if here.any())
    return threshold, max(sentence, threshold)


def _others(label: str, rows: Sequence[Row]) -> np.ndarray:
    """Development rows that mean something else than this label."""
    page = frozenset(PAGED) if label in PAGED else frozenset()
    return np.array(
        [
            row.source == DEVELOPMENT and bool(row.labels) and row.answer(label) == 0 and not row.labels & page
            for row in rows
        ]
    )


def _table(label: str, rows: Sequence[Row], over: np.ndarray) -> dict[str, Any]:
    """What head and rules find in development rows, and what the head says of harmless rows, by source left out."""
    family = RULES.get(label, ())
    fired = np.array(
        [row.source == DEVELOPMENT and any(True for _ in rules.matches(family, canonical(row.text))) for row in rows]
    )
    meant = np.array([row.source == DEVELOPMENT and row.answer(label) == 1 for row in rows])
    others = _others(label, rows)
    line: dict[str, Any] = {
        "n": int(meant.sum()),
        "found_by_rules": _share(fired[meant]),
        "found_by_head": _share(over[meant]),
        "found": _share((fired | over)[meant]),
        "others": _share((fired | over)[others]),
    }
    harmless = np.array([not row.labels for row in rows])
    for name in sorted({row.source for row in rows} - {OWN}):
        here = harmless & np.array([row.source == name for row in rows])
        if name == DEVELOPMENT:
            look = np.array([row.lookalike for row in rows])
            line["false look-alikes"] = _share((fired | over)[here & look])
            line["false routine"] = _share((fired | over)[here & ~look])
        elif here.any():
            line[f"false {name}"] = _share(over[here])
    return line


def _of_kind(family: Iterable[rules.Rule], kind: str) -> tuple[rules.Rule, ...]:
    return tuple(rule for rule in family if rule.kind == kind)


RULES: dict[str, tuple[rules.Rule, ...]] = {
    "clinical": (*rules.CLINICAL, *rules.CRISIS),
    "emergent": _of_kind(rules.CLINICAL, "urgent"),
    "crisis": rules.CRISIS,
    "threat": rules.THREAT,
    "dispute": rules.DISPUTE,
    "complaint": rules.COMPLAINT,
    "legal_threat": rules.LEGAL,
    "human_request": rules.HUMAN,
    "outage": rules.OUTAGE,
    "injection": rules.INJECTION,
    **{kind: _of_kind(rules.VULNERABILITY, kind) for kind in KINDS},
}


def development() -> list[Row]:
    """The development messages; those of a topic without a label are its look-alikes."""
    found = []
    for line in (HERE / "written.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        lookalike = not row["labels"] and not re.match(r"dev-routine", row["id"])
        found.append(Row(row["text"], frozenset(row["labels"]), DEVELOPMENT, lookalike))
    return found


def own() -> list[Row]:
    """Rows of ours: a line is a message, a line with # names the labels of those below. Pack examples are harmless."""
    found = []
    for file in sorted((HERE / "own").glob("*.txt")):
        labels: frozenset[str] = frozenset()
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                labels = frozenset(line[1:].split())
            elif line:
                found.append(Row(line, labels, OWN))
    examples = [text for name in SHIPPED for intent in load_pack(name=name).intents for text in intent.examples]
    return [*found, *(Row(text, frozenset(), OWN) for text in examples)]


def outside(file: Path) -> list[Row]:
    """Clinical and administrative rows of others, at most so many of a source and kind, drawn with the seed."""
    groups: dict[tuple[str, int], list[Row]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        label = row["labels"].get("clinical")
        if label is not None:
            labels = frozenset({"clinical"}) if label else frozenset()
            groups.setdefault((row["source"], label), []).append(Row(row["text"], labels, row["source"]))
    dice = random.Random(SEED)
    return [row for key in sorted(groups) for row in dice.sample(groups[key], min(OUTSIDE_EACH, len(groups[key])))]


def folds_of(rows: Sequence[Row]) -> np.ndarray:
    """Development and own rows by chance, outside rows by source."""
    dice = np.random.default_rng(SEED)
    sources = sorted({row.source for row in rows} - {DEVELOPMENT, OWN})
    by_chance = dice.integers(0, FOLDS, len(rows))
    return np.array(
        [chance if row.source in {DEVELOPMENT, OWN} else sources.index(row.source) % FOLDS
         for row, chance in zip(rows, by_chance, strict=True)]
    )  # fmt: skip


def _units(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Windows of the message, and the sentences that heads judge alone, as the detector cuts them."""
    reading = read([text], (), ())
    return reading.windows, tuple(without_greeting(one.text) for one in scored(reading.sentences))


def _sparse(rows: Sequence[Any]) -> csr_matrix:
    starts = np.cumsum([0, *(len(row.buckets) for row in rows)])
    columns, values = np.concatenate([r.buckets for r in rows]), np.concatenate([r.values for r in rows])
    return csr_matrix((values, columns, starts), shape=(len(rows), BUCKETS))


def _calibration(logits: np.ndarray, answers: np.ndarray) -> tuple[float, float]:
    model = LogisticRegression(C=1e6, class_weight="balanced", solver="newton-cholesky").fit(logits[:, None], answers)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _reached_by(scores: np.ndarray, share: float) -> float:
    """The threshold over which at most this share of the scores lies, not under 0.2."""
    at = float(np.sort(scores)[::-1][min(int(share * len(scores)), len(scores) - 1)])
    return min(max(at + 0.001, 0.2), 0.995)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))


def _share(values: np.ndarray) -> float:
    return round(float(values.mean()), 4) if len(values) else 0.0


def write(out: Path, heads: dict[str, Trained], space: Space, data: Path) -> None:
    """Write `blend.npz` and `blend.json`, which names its hash and everything that went in."""
    arrays: dict[str, Any] = {"rarity": space.rarity.astype(np.float16)}
    for label, one in heads.items():
        arrays[f"{label}_vector"] = one.head.vector.astype(np.float32)
        arrays[f"{label}_words"] = one.head.words.astype(np.float16)
        arrays[f"{label}_bias"] = np.float64(one.head.bias)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    (out / "blend.npz").write_bytes(buffer.getvalue())
    own_files = sorted((HERE / "own").glob("*.txt"))
    manifest = {
        "format": 1,
        "encoder": space.embedder.ref,
        "seed": SEED,
        "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        "data": {
            "clinical": _digest([data / "clinical.jsonl"]),
            "development": _digest([HERE / "written.jsonl"]),
            "own": _digest(own_files),
        },
        "heads": {
            label: {
                "threshold": round(one.threshold, 4),
                "sentence": round(one.sentence, 4),
                "firm": round(one.firm, 4),
            }
            for label, one in heads.items()
        },
        "left_out": {label: one.table for label, one in heads.items()},
    }
    (out / "blend.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="ascii")


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"\n".join(file.read_bytes() for file in files)).hexdigest()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with clinical.jsonl")
    parser.add_argument("--out", type=Path, default=SHIPPED_FOLDER, help="where the two files go")
    parser.add_argument("--cache", type=Path, help="folder for vectors between runs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
