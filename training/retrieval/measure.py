"""Fits the ranking and the abstention of search, and prints their figures.

    python training/retrieval/measure.py report --data DIR    the tables: reported half, intervals, mixture beside it
    python training/retrieval/measure.py shown                the tables of the last report, kept in report.json
    python training/retrieval/measure.py choose --data DIR    fitting half only: what each feature is worth
    python training/retrieval/measure.py fit --data DIR       writes ranking.json and calibration.json in data/retrieve

DIR is the folder described in README.md. Queries are parted by the hash of their id: settings are taken on the half
whose first hex digit is even, figures are given for the other.
"""

import argparse
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from fitting import PRIOR, PULL, SMALL_SHARE, Asked, across_pages, fitted, rank
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.passage import Document, Scope
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.retrieve import calibration as calibrations
from vouchsafe.pipeline.retrieve import ranking as rankings
from vouchsafe.pipeline.retrieve.calibration import Calibration
from vouchsafe.pipeline.retrieve.index import Index, vectors_from_bytes, vectors_to_bytes
from vouchsafe.pipeline.retrieve.ranking import Ranking
from vouchsafe.plugins.embedders.minilm import MiniLm

ROOT = Path(__file__).resolve().parents[2]
FITTED = ROOT / "src" / "vouchsafe" / "data" / "retrieve"
REPORT = Path(__file__).with_name("report.json")
"""What `report` printed last, with what it was made of; docs/accuracy.md shows it."""
SCOPE = Scope(groups=frozenset({"public"}), level=Assurance.ANONYMOUS, on=date(2026, 1, 1))
REFUSE_NEAR = 0.70
"""The share of near-topic unanswerable questions of the fitting half that the threshold refuses."""
LARGE, SMALL = "va_admin", "cdc_faq"
DRAWS = 2000
"""Bootstrap samples of the queries for an interval."""

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


def index_of(
    folder: Path,
    embedder: MiniLm,
    cache: Path | None,
    calibration: Calibration | None = None,
    ranking: Ranking | None = None,
) -> Index:
    kept = cache / f"{folder.name}.npz" if cache else None
    known = vectors_from_bytes(kept.read_bytes(), embedder.ref) if kept and kept.exists() else {}
    index = Index.build(documents(folder), embedder, known, calibration=calibration, ranking=ranking)
    if kept and len(index.vectors) != len(known):
        kept.write_bytes(vectors_to_bytes(index.vectors, embedder.ref))
    return index


def query_of(row: Row) -> SafeText:
    return SafeText(f"{row['subject']}: {row['query']}" if row["needs_subject"] else row["query"])


def asked_of(folder: Path, index: Index, queries: list[Row], share: float) -> list[Asked]:
    """The answerable queries with the features of their candidates; together they count `share` in a fit."""
    answerable = [row for row in queries if row["answerable"]]
    found = []
    for row in answerable:
        candidates = index.candidates(SCOPE, query_of(row))
        if candidates is None:
            raise SystemExit(f"{row['id']} found nothing at all: is the folder complete?")
        passages, features, mixture = (candidates[0], *(np.asarray(one, dtype=np.float64) for one in candidates[1:]))
        names = tuple(passage.document.path for passage in passages)
        answers = np.array([name in set(row["relevant"]) for name in names], dtype=np.bool_)
        page = f"{folder.name}/{row['doc']}"
        found.append(Asked(features, mixture, answers, names, page, share / len(answerable)))
    return found


def half(data: Path, embedder: MiniLm, cache: Path | None, *, fitting: bool) -> dict[str, list[Asked]]:
    """The answerable queries of one half, by set."""
    found = {}
    for name, share in ((LARGE, 1 - SMALL_SHARE), (SMALL, SMALL_SHARE)):
        index = index_of(data / name, embedder, cache, *untrained())
        queries = [row for row in rows(data / name / "queries.jsonl") if fits(row) is fitting]
        found[name] = asked_of(data / name, index, queries, share)
    return found


def untrained() -> tuple[Calibration, Ranking]:
    """Constants that are about to be replaced: the mixture, and no calibration."""
    return Calibration((0.0,) * len(calibrations.FEATURES), 0.0, 0.0, ""), Ranking(tuple(PRIOR), "")


def said(found: Sequence[int | None]) -> str:
    """hit@1, hit@5 and MRR@10 with their 95 % intervals, queries drawn again."""
    values = np.array(
        [(r == 1, r is not None and r <= 5, 1 / r if r else 0.0) for r in found],
        dtype=np.float64,
    )
    draws = np.random.default_rng(1).integers(len(found), size=(DRAWS, len(found)))
    means = np.array([values[draw].mean(axis=0) for draw in draws])
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    names = ("hit@1", "hit@5", "MRR@10")
    parts = zip(names, values.mean(axis=0), low, high, strict=True)
    return "  ".join(f"{name} {value:.3f} [{a:.3f}, {b:.3f}]" for name, value, a, b in parts)


def choose(data: Path, cache: Path | None) -> None:
    """What each feature and the pull are worth, across pages, on the fitting half."""
    sets = half(data, MiniLm(remember=8192), cache, fitting=True)
    both = [one for asked in sets.values() for one in asked]

    def show(name: str, ranks: list[int | None]) -> None:
        cut = len(sets[LARGE])
        print(f"{name:24} {LARGE} n={cut} {said(ranks[:cut])}")
        print(f"{'':24} {SMALL} n={len(ranks) - cut} {said(ranks[cut:])}", flush=True)

    show("mixture alone", [rank(one, one.mixture) for one in both])
    for pull in (3e-4, 1e-3, 3e-3):
        show(f"all, pull {pull}", across_pages(both, lambda seen, at=pull: fitted(seen, at)))
    for feature in rankings.FEATURES:
        gone = frozenset({feature})
        show(f"without {feature}", across_pages(both, lambda seen, gone=gone: fitted(seen, without=gone)))


def fit(data: Path, cache: Path | None) -> None:
    embedder = MiniLm(remember=8192)
    sets = half(data, embedder, cache, fitting=True)
    weights = fitted([one for asked in sets.values() for one in asked])
    about = {
        "sets": {name: len(asked) for name, asked in sets.items()},
        "half": "queries whose id hashes to an even first digit",
        "queries_sha256": {name: digest_of(data / name / "queries.jsonl") for name in sets},
        "pull": PULL,
        "embedder": embedder.ref,
    }
    written = [round(float(weight), 3) for weight in weights]
    _write("ranking.json", {"features": list(rankings.FEATURES), "weights": written, "fitted_on": about})
    fit_confidence(data, embedder, cache)


def fit_confidence(data: Path, embedder: MiniLm, cache: Path | None) -> None:
    none_yet, _ = untrained()
    ranking = rankings.parse((FITTED / "ranking.json").read_bytes())
    index = index_of(data / LARGE, embedder, cache, none_yet, ranking)
    queries = [row for row in rows(data / LARGE / "queries.jsonl") if fits(row)]
    x = np.array([index.found(SCOPE, query_of(row)) for row in queries], dtype=np.float64)
    y = np.array([row["answerable"] for row in queries])
    model = logistic().fit(x, y)
    near = np.array([not row["answerable"] and row["type"] != "off-topic" for row in queries])
    content = {
        "features": list(calibrations.FEATURES),
        "weights": [round(float(w), 4) for w in model.coef_[0]],
        "intercept": round(float(model.intercept_[0]), 4),
        "threshold": round(float(np.quantile(model.predict_proba(x)[near, 1], REFUSE_NEAR)), 4),
        "fitted_on": {
            "set": f"{LARGE}, queries whose id hashes to an even first digit",
            "queries_sha256": digest_of(data / LARGE / "queries.jsonl"),
            "answerable": int(y.sum()),
            "unanswerable": int((~y).sum()),
            "refuse_near": REFUSE_NEAR,
            "embedder": embedder.ref,
            "ranking": ranking.digest,
        },
    }
    _write("calibration.json", content)


def logistic() -> LogisticRegression:
    return LogisticRegression(C=10.0, class_weight="balanced", max_iter=10_000)


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(name: str, content: dict[str, Any]) -> None:
    words = json.dumps(content, indent=1)
    (FITTED / name).write_text(words + "\n", encoding="utf-8")
    print(words)


def report(data: Path, cache: Path | None) -> None:
    """Print the tables and keep them beside what they were made of."""
    embedder = MiniLm(remember=8192)
    said_so = io.StringIO()
    with redirect_stdout(said_so):
        print_tables(data, cache, embedder)
    of = {
        "ranking": rankings.shipped().digest,
        "calibration": calibrations.shipped().digest,
        "encoder": embedder.ref,
        "queries_sha256": {name: digest_of(data / name / "queries.jsonl") for name in (LARGE, SMALL)},
    }
    kept = {"of": of, "lines": said_so.getvalue().splitlines()}
    REPORT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    shown()


def shown() -> None:
    """Print the report that was kept."""
    kept = json.loads(REPORT.read_text(encoding="utf-8"))
    print("ranking {ranking}, calibration {calibration}, encoder {encoder}".format_map(kept["of"]))
    print("\n".join(kept["lines"]))


def print_tables(data: Path, cache: Path | None, embedder: MiniLm) -> None:
    shipped = np.array(rankings.shipped().weights)
    for name, asked in half(data, embedder, cache, fitting=False).items():
        print(f"{name}, reported half, n={len(asked)}")
        print(f"  mixture alone  {said([rank(one, one.mixture) for one in asked])}")
        print(f"  as shipped     {said([rank(one, one.features @ shipped) for one in asked])}")
    for name in (LARGE, SMALL):
        index = index_of(data / name, embedder, cache)
        queries = [row for row in rows(data / name / "queries.jsonl") if row["answerable"]]
        print(f"{name}, both halves, through search, n={len(queries)}")
        print(f"  as shipped     {said(searched(index, queries))}")
        if name == LARGE:
            report_abstention(index, [row for row in rows(data / name / "queries.jsonl") if not fits(row)])
        else:
            abstained = np.mean([index.search(SCOPE, query_of(row)).abstain for row in queries])
            print(f"  refused of these, all answerable, under the threshold fitted on {LARGE}: {abstained:.3f}")


def searched(index: Index, queries: list[Row]) -> list[int | None]:
    """The rank of the first relevant passage among the ten best, through the one entry that everybody uses."""
    found: list[int | None] = []
    for row in queries:
        hits = index.search(SCOPE, query_of(row), k=30).hits
        order = list(dict.fromkeys(hit.passage.document.path for hit in hits))[:10]
        found.append(next((n for n, name in enumerate(order, 1) if name in set(row["relevant"])), None))
    return found


def report_abstention(index: Index, queries: list[Row]) -> None:
    results = [index.search(SCOPE, query_of(row)) for row in queries]
    confidence = np.array([hits.confidence for hits in results])
    abstained = np.array([hits.abstain for hits in results])
    answerable = np.array([row["answerable"] for row in queries])
    far = np.array([row["type"] == "off-topic" for row in queries])
    for name, others in {"near": ~answerable & ~far, "off-topic": far, "all": ~answerable}.items():
        kept = answerable | others
        low, high = interval(lambda at: float(roc_auc_score(answerable[at], confidence[at])), np.flatnonzero(kept))
        auroc, refused = roc_auc_score(answerable[kept], confidence[kept]), abstained[others].mean()
        print(f"  unanswerable, {name:10} n={int(others.sum()):4}  AUROC {auroc:.3f} [{low:.3f}, {high:.3f}]", end="")
        print(f"  refused {refused:.3f}")
    print(f"  answered of {int(answerable.sum())} answerable: {1 - abstained[answerable].mean():.3f}")
    near = confidence[~answerable & ~far]
    for share in (0.8, 0.9, 0.95):
        kept_share = (confidence[answerable] >= np.quantile(near, share)).mean()
        print(f"  at a threshold of this half that refuses {share:.0%} of the near: answered {kept_share:.3f}")


def interval(of: Callable[[Any], float], places: Any) -> tuple[float, float]:
    """95 % by drawing the queries again."""
    dice = np.random.default_rng(2)
    values = [of(dice.choice(places, places.size)) for _ in range(DRAWS // 4)]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("report", "shown", "choose", "fit"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, help="a folder to keep vectors in between runs")
    given = parser.parse_args()
    if given.command == "shown":
        shown()
        return
    if given.data is None:
        parser.error(f"{given.command} needs --data DIR")
    {"report": report, "choose": choose, "fit": fit}[given.command](given.data, given.cache)


if __name__ == "__main__":
    main()
