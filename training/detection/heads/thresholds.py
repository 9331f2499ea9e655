"""Train the words beside the network, calibrate their sum and set thresholds on sources left out (see ../README.md).

Usage: python training/detection/heads/thresholds.py --rows FILE --folds DIR --out DIR

`--folds` holds what `fit.py --fold N` wrote. Writes `words.npz`, `thresholds.json` and, for `left_out.py`,
`left_out.npz`. Prints, for every label, what the head finds alone and together with the
rules in messages whose source it did not see.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[1]))

from material import (
    DEVELOPMENT,
    FOLDS,
    HERE,
    KINDS,
    LABELS,
    LIVES,
    NEEDS_PERSON,
    SEED,
    SMALL_TALK,
    WRITER,
    Row,
    digest,
    files,
    folds_of,
    rows_of,
)

from vouchsafe.governance.weights import weights_of
from vouchsafe.pipeline.detect import rules
from vouchsafe.pipeline.detect.lexical import BUCKETS, features
from vouchsafe.pipeline.detect.normalise import canonical
from vouchsafe.pipeline.detect.reading import read

WORDS_C = 3.0


@dataclass(frozen=True, slots=True)
class Allowed:
    """Shares of harmless rows, left out, that may reach the threshold of a head."""

    routine: float
    lookalikes: float
    others: float
    """Of rows that mean something else; for heads that page, of those that mean nothing to page for."""


PAGED = ("emergent", "crisis", "threat", "safeguarding", "outage")
ALLOWED = {
    **dict.fromkeys(LABELS, Allowed(0.02, 0.15, 0.15)),
    **dict.fromkeys(PAGED, Allowed(0.02, 0.15, 0.2)),
    **dict.fromkeys(LIVES, Allowed(0.02, 0.15, 0.25)),
    "clinical": Allowed(0.06, 0.25, 1.0),
    "injection": Allowed(0.005, 0.08, 0.05),
    NEEDS_PERSON: Allowed(0.25, 0.6, 1.0),
}


FIRM = Allowed(0.002, 0.02, 0.05)
"""The same for the threshold from which a finding is sure: somebody is paged."""


def main() -> None:
    """Read the folds, fit the words, print the table, write the manifest without the hash of the network."""
    args = _arguments()
    rows = rows_of(args.rows)
    folds = np.array(folds_of(rows))
    logits = left_out(args.folds, len(rows))
    seen, rarity = words_of(rows)
    weights = np.zeros((len(LABELS), BUCKETS), dtype=np.float16)
    heads, tables = {}, {}
    fired = by_rules(rows)
    for column, label in enumerate(LABELS):
        answers = np.array([row.answer(label) for row in rows])
        for fold in range(FOLDS):
            by_words = fit_words(seen[folds != fold], answers[folds != fold])
            logits[folds == fold, column] += by_words.decision_function(seen[folds == fold])
        slope, shift = calibration(logits[:, column], answers, rows)
        logits[:, column] = slope * logits[:, column] + shift
        scores = _sigmoid(logits[:, column])
        words = fit_words(seen, answers)
        weights[column] = slope * words.coef_[0]
        # The constant of the words goes to the network's own.
        shift += slope * float(words.intercept_[0])
        threshold = threshold_of(label, rows, scores, ALLOWED[label])
        firm = max(threshold, threshold_of(label, rows, scores, FIRM))
        heads[label] = {
            "slope": slope,
            "shift": shift,
            "threshold": round(threshold, 4),
            "firm": round(firm, 4),
        }
        tables[label] = table(label, rows, scores >= threshold, fired[label])
        tables[label]["sure"] = _share(((scores >= firm) | fired[label])[hands(rows) & (answers == 1)])
        print(label, round(threshold, 3), round(firm, 3), json.dumps(tables[label]), flush=True)
    manifest = {
        "format": 1,
        "labels": list(LABELS),
        "tokenizer": weights_of("tokenizer").digest,
        "seed": SEED,
        "data": {
            "rows": digest([args.rows]),
            "development": digest([HERE / "written.jsonl"]),
            "writers": digest(files("writers")),
            "own": digest(files("own")),
        },
        "heads": heads,
        "left_out": tables,
    }
    args.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(args.out / "words.npz", weights=weights, rarity=rarity.astype(np.float16))
    np.savez(args.out / "left_out.npz", logits=logits)
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (args.out / "thresholds.json").write_text(text, encoding="ascii")


def words_of(rows: Sequence[Row]) -> tuple[csr_matrix, np.ndarray]:
    """Hashed words of the first window of every row, (rows, BUCKETS), and how rare each bucket is."""
    texts = [read([row.text], (), ()).windows[0].text for row in rows]
    counts = np.bincount(np.concatenate([features(text).buckets for text in texts]), minlength=BUCKETS)
    rarity = (np.log((1 + len(rows)) / (1 + counts)) + 1).astype(np.float16).astype(np.float64)
    found = [features(text, rarity) for text in texts]
    starts = np.cumsum([0, *(len(one.buckets) for one in found)])
    columns = np.concatenate([one.buckets for one in found])
    values = np.concatenate([one.values for one in found])
    return csr_matrix((values, columns, starts), shape=(len(rows), BUCKETS)), rarity


def fit_words(seen: csr_matrix, answers: np.ndarray) -> LogisticRegression:
    """A balanced logistic regression on the rows that teach the label."""
    model = LogisticRegression(C=WORDS_C, class_weight="balanced", solver="liblinear", random_state=SEED)
    return model.fit(seen[answers >= 0], answers[answers >= 0])


def left_out(folder: Path, count: int) -> np.ndarray:
    """Logits of every row by the network that did not see its source, (rows, labels)."""
    logits = np.full((count, len(LABELS)), np.nan)
    for fold in range(FOLDS):
        with np.load(folder / f"fold{fold}.npz", allow_pickle=False) as kept:
            logits[kept["rows"]] = kept["logits"]
    if np.isnan(logits).any():
        raise ValueError("the folds do not cover the rows: train them again")
    return logits


def by_rules(rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Whether the rules of a label speak, for rows written for this project; others count as silent."""
    texts = [canonical(row.text) if row.ours else None for row in rows]
    return {
        label: np.array(
            [text is not None and any(True for _ in rules.matches(FAMILIES.get(label, ()), text)) for text in texts]
        )
        for label in LABELS
    }


def calibration(logits: np.ndarray, answers: np.ndarray, rows: Sequence[Row]) -> tuple[float, float]:
    """Platt's slope and shift on rows of this project left out, both classes weighing alike."""
    here = (answers >= 0) & np.array([row.ours for row in rows])
    model = LogisticRegression(C=1e6, class_weight="balanced", solver="newton-cholesky")
    model.fit(logits[here, None], answers[here])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def threshold_of(label: str, rows: Sequence[Row], scores: np.ndarray, allowed: Allowed) -> float:
    """The strictest that some group of harmless rows asks for."""
    harmless = np.array([not row.labels and row.answer(label) == 0 for row in rows])
    lookalike = np.array([row.lookalike for row in rows])
    foreign = np.array([not row.ours for row in rows])
    small_talk = np.array([row.source in SMALL_TALK for row in rows])
    groups = (
        (harmless & lookalike, allowed.lookalikes),
        (others(label, rows), allowed.others),
        (harmless & foreign & ~small_talk, allowed.routine * 2),
        (harmless & ~foreign & ~lookalike, allowed.routine),
    )
    return max(_reached_by(scores[here], share) for here, share in groups if here.any())


def hands(rows: Sequence[Row]) -> np.ndarray:
    """Rows of the development set and of the writers."""
    return np.array([row.source == DEVELOPMENT or row.source.startswith(WRITER) for row in rows])


def others(label: str, rows: Sequence[Row]) -> np.ndarray:
    """Rows of this project that mean something else than this label."""
    page = frozenset(PAGED) if label in PAGED else frozenset()
    return np.array(
        [row.ours and bool(row.labels) and row.answer(label) == 0 and not row.labels & page for row in rows]
    )


def table(label: str, rows: Sequence[Row], over: np.ndarray, fired: np.ndarray) -> dict[str, Any]:
    """What head and rules find by source left out, and what they say of harmless rows."""
    answers = np.array([row.answer(label) for row in rows])
    written = hands(rows)
    meant = written & (answers == 1)
    lookalike = np.array([row.lookalike for row in rows])
    harmless = np.array([not row.labels for row in rows])
    line: dict[str, Any] = {
        "n": int(meant.sum()),
        "by_rules": _share(fired[meant]),
        "by_head": _share(over[meant]),
        "found": _share((fired | over)[meant]),
        "worst_source": _worst(rows, meant, fired | over),
        "others": _share((fired | over)[others(label, rows)]),
        "false_routine": _share((fired | over)[written & harmless & ~lookalike]),
        "false_routine_head": _share(over[written & harmless & ~lookalike]),
        "false_lookalikes": _share((fired | over)[written & harmless & lookalike]),
    }
    for name in sorted({row.source for row in rows if not row.ours}):
        here = np.array([row.source == name for row in rows])
        for says, wanted in (("found", 1), ("false", 0)):
            if label == "clinical" and (here & (answers == wanted)).any():
                line[f"{says} {name}"] = _share(over[here & (answers == wanted)])
    return line


def _worst(rows: Sequence[Row], meant: np.ndarray, found: np.ndarray) -> list[Any]:
    by_source = {
        name: found[meant & np.array([row.source == name for row in rows])]
        for name in sorted({row.source for row in rows})
    }
    shares = [(round(float(values.mean()), 4), name) for name, values in by_source.items() if len(values) >= 10]
    return list(min(shares)) if shares else []


def _of_kind(family: Sequence[rules.Rule], kind: str) -> tuple[rules.Rule, ...]:
    return tuple(rule for rule in family if rule.kind == kind)


FAMILIES: dict[str, tuple[rules.Rule, ...]] = {
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


def _reached_by(scores: np.ndarray, share: float) -> float:
    """The threshold over which at most this share of the scores lies, within 0.05 and 0.995."""
    at = float(np.sort(scores)[::-1][min(int(share * len(scores)), len(scores) - 1)])
    return min(max(at + 0.001, 0.05), 0.995)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))


def _share(values: np.ndarray) -> float:
    return round(float(values.mean()), 4) if len(values) else 0.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True, help="what material.py wrote")
    parser.add_argument("--folds", type=Path, required=True, help="folder with fold0.npz and so on")
    parser.add_argument("--out", type=Path, required=True, help="where the files go")
    return parser.parse_args()


if __name__ == "__main__":
    main()
