"""Fits the abstention threshold and prints the figures of retrieval and of the support check.

    python training/retrieval/measure.py fit --data DIR       writes calibration.json and support.json under data/
    python training/retrieval/measure.py report --data DIR    prints the tables

DIR is the folder described in README.md. Queries are parted by the hash of their id: settings are taken on the half
whose first hex digit is even, figures are given for the other.
"""

import argparse
import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.passage import Document, Scope
from vouchsafe.domain.sentences import sentences
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.draft import support
from vouchsafe.pipeline.retrieve.calibration import FEATURES, Calibration
from vouchsafe.pipeline.retrieve.index import Index, vectors_from_bytes, vectors_to_bytes
from vouchsafe.plugins.embedders.minilm import MiniLm

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "src" / "vouchsafe" / "data" / "draft" / "support.json"
CALIBRATION = ROOT / "src" / "vouchsafe" / "data" / "retrieve" / "calibration.json"
SCOPE = Scope(groups=frozenset({"public"}), level=Assurance.ANONYMOUS, on=date(2026, 1, 1))
REFUSE_NEAR = 0.70
"""The share of near-topic unanswerable questions of the fitting half that the threshold refuses."""

Row = dict[str, Any]


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def fits(row: Row) -> bool:
    """Whether a row belongs to the half that settings are taken on."""
    return int(hashlib.sha256(row["id"].encode()).hexdigest()[0], 16) % 2 == 0


def documents(folder: Path) -> list[Document]:
    """One document a passage, everything public: quality figures ignore the rights."""
    return [
        Document(
            path=row["id"],
            version="0" * 12,
            title=row["title"],
            audience=frozenset({"public"}),
            effective_from=None,
            effective_to=None,
            approved_for_auto=False,
            language="en",
            intent=None,
            owner="",
            review_date=None,
            text=f"## {row['heading']}\n\n{row['text']}" if row["heading"] else row["text"],
        )
        for row in rows(folder / "passages.jsonl")
    ]


def index_of(folder: Path, embedder: MiniLm, cache: Path | None, calibration: Calibration | None = None) -> Index:
    kept = cache / f"{folder.name}.npz" if cache else None
    known = vectors_from_bytes(kept.read_bytes(), embedder.ref) if kept and kept.exists() else {}
    index = Index.build(documents(folder), embedder, known, calibration=calibration)
    if kept and len(index.vectors) != len(known):
        kept.write_bytes(vectors_to_bytes(index.vectors, embedder.ref))
    return index


def query_of(row: Row) -> SafeText:
    return SafeText(f"{row['subject']}: {row['query']}" if row["needs_subject"] else row["query"])


def ranks(index: Index, queries: list[Row]) -> list[int | None]:
    """For each answerable query the rank (from 1) of the first relevant passage among the ten best."""
    found: list[int | None] = []
    for row in queries:
        hits = index.search(SCOPE, query_of(row), k=30).hits
        order = list(dict.fromkeys(hit.passage.document.path for hit in hits))[:10]
        found.append(next((n for n, name in enumerate(order, 1) if name in set(row["relevant"])), None))
    return found


def print_ranks(name: str, found: list[int | None]) -> None:
    n = len(found)
    hit1 = sum(r == 1 for r in found) / n
    hit5 = sum(r is not None and r <= 5 for r in found) / n
    mrr = sum(1 / r for r in found if r) / n
    print(f"{name:38} n={n:4}  hit@1 {hit1:.3f}  hit@5 {hit5:.3f}  MRR@10 {mrr:.3f}")


def features_of(index: Index, queries: list[Row]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([index.features(SCOPE, query_of(row)) for row in queries], dtype=np.float64)


def fit(data: Path, cache: Path | None) -> None:
    embedder = MiniLm(remember=8192)
    # Only features are read here, so the constants that are about to be replaced must not matter.
    none_yet = Calibration(weights=(0.0,) * len(FEATURES), intercept=0.0, threshold=0.0, digest="")
    index = index_of(data / "va_admin", embedder, cache, none_yet)
    queries = [row for row in rows(data / "va_admin" / "queries.jsonl") if fits(row)]
    x, y = features_of(index, queries), np.array([row["answerable"] for row in queries])
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=10_000).fit(x, y)
    near = np.array([not row["answerable"] and row["type"] != "off-topic" for row in queries])
    threshold = float(np.quantile(model.predict_proba(x)[near, 1], REFUSE_NEAR))
    content = {
        "features": list(FEATURES),
        "weights": [round(float(w), 4) for w in model.coef_[0]],
        "intercept": round(float(model.intercept_[0]), 4),
        "threshold": round(threshold, 4),
        "fitted_on": {
            "set": "va_admin, queries whose id hashes to an even first digit",
            "queries_sha256": hashlib.sha256((data / "va_admin" / "queries.jsonl").read_bytes()).hexdigest(),
            "answerable": int(y.sum()),
            "unanswerable": int((~y).sum()),
            "refuse_near": REFUSE_NEAR,
            "embedder": embedder.ref,
        },
    }
    CALIBRATION.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(content, indent=1))
    fit_support(data, embedder)


def support_rows(data: Path, name: str) -> list[Row]:
    return rows(data / "groundedness" / name)


def said_by(row: Row) -> list[str]:
    return [one for source in row["sources"] for line in source.splitlines() for one in sentences(line)]


def fit_support(data: Path, embedder: MiniLm) -> None:
    judged = [row for row in support_rows(data, "faithdial_wow.jsonl") if fits(row)]
    x = np.array([support.features(row["answer_sentence"], said_by(row), embedder) for row in judged])
    y = np.array([row["supported"] for row in judged])
    # Balanced classes put the threshold at 0.5.
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=10_000).fit(x, y)
    content = {
        "features": list(support.FEATURES),
        "weights": [round(float(w), 4) for w in model.coef_[0]],
        "intercept": round(float(model.intercept_[0]), 4),
        "fitted_on": {
            "set": "faithdial_wow, rows whose id hashes to an even first digit",
            "supported": int(y.sum()),
            "unsupported": int((~y).sum()),
            "embedder": embedder.ref,
        },
    }
    SUPPORT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(content, indent=1))


def report_support(data: Path, embedder: MiniLm) -> None:
    judged = [row for row in support_rows(data, "faithdial_wow.jsonl") if not fits(row)]
    found = [support.check(row["answer_sentence"], row["sources"], embedder) for row in judged]
    y = np.array([row["supported"] for row in judged])
    auroc = roc_auc_score(y, [one.score for one in found])
    balanced = balanced_accuracy_score(y, [one.supported for one in found])
    print(f"support, human labels  n={len(judged):4}  AUROC {auroc:.3f}  balanced accuracy {balanced:.3f}")
    made = support_rows(data, "va_rule_made.jsonl")
    verdicts = [support.check(row["answer_sentence"], row["sources"], embedder) for row in made]
    for error in sorted({str(row["error"]) for row in made}):
        kind = [one for row, one in zip(made, verdicts, strict=True) if str(row["error"]) == error]
        print(f"support, rule-made, error {error:28} n={len(kind):4}  passed {sum(one.supported for one in kind)}")


def report(data: Path, cache: Path | None) -> None:
    embedder = MiniLm(remember=8192)
    index = index_of(data / "va_admin", embedder, cache)
    queries = rows(data / "va_admin" / "queries.jsonl")
    for name, chosen in halves(lambda row: bool(row["answerable"])).items():
        print_ranks(f"va_admin answerable, {name}", ranks(index, [row for row in queries if chosen(row)]))
    cdc = index_of(data / "cdc_faq", embedder, cache)
    print_ranks("cdc_faq paraphrases", ranks(cdc, rows(data / "cdc_faq" / "queries.jsonl")))
    report_abstention(index, [row for row in queries if not fits(row)])
    report_support(data, embedder)


def halves(wanted: Callable[[Row], bool]) -> dict[str, Callable[[Row], bool]]:
    return {
        "all": wanted,
        "fitting half": lambda row: wanted(row) and fits(row),
        "other half": lambda row: wanted(row) and not fits(row),
    }


def report_abstention(index: Index, queries: list[Row]) -> None:
    results = [index.search(SCOPE, query_of(row)) for row in queries]
    confidence = np.array([hits.confidence for hits in results])
    abstained = np.array([hits.abstain for hits in results])
    answerable = np.array([row["answerable"] for row in queries])
    far = np.array([row["type"] == "off-topic" for row in queries])
    for name, others in {"near": ~answerable & ~far, "off-topic": far, "all": ~answerable}.items():
        kept = answerable | others
        auroc = roc_auc_score(answerable[kept], confidence[kept])
        refused = abstained[others].mean()
        print(f"abstention, {name:10} n={int(others.sum()):4}  AUROC {auroc:.3f}  refused {refused:.3f}")
    print(f"answered of {int(answerable.sum())} answerable: {1 - abstained[answerable].mean():.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("fit", "report"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="a folder to keep vectors in between runs")
    given = parser.parse_args()
    {"fit": fit, "report": report}[given.command](given.data, given.cache)


if __name__ == "__main__":
    main()
