"""Fits the score of the support check and prints its figures, through the shipped code.

    python training/support/measure.py fit --data DIR       writes data/draft/support.json
    python training/support/measure.py report --data DIR    prints the tables
    python training/support/measure.py shown                prints those of the last report, kept in report.json

DIR holds `groundedness/` as README.md describes it. Rows are parted by the hash of their id: settings are taken on the
half whose first hex digit is even, figures are given for the other.
"""

import argparse
import hashlib
import io
import json
import time
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import errors
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vouchsafe.pipeline.draft.support import FEATURES, check, features
from vouchsafe.pipeline.draft.support.check import objections, sentences_of, statements
from vouchsafe.pipeline.draft.support.pleasantries import asked, substance
from vouchsafe.plugins.embedders.minilm import MiniLm

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "src" / "vouchsafe" / "data" / "draft" / "support.json"
REPORT = Path(__file__).with_name("report.json")
"""What `report` printed last, its times left out, with what it was made of."""
STRENGTH = 0.03
"""Of the penalty on weights (scikit-learn's C); chosen by folds over the fitting half, parted by source."""
SCORE_ALONE = 0.25
"""The score of an unsupported text is half of what the model says, so this is the model's own middle."""
RESAMPLES = 2000
SEED = 7
MOST_OF_A_KIND = 250
PAGES = ROOT / "src" / "vouchsafe" / "data" / "demo" / "knowledge"
PARAPHRASES = Path(__file__).parent / "paraphrases.jsonl"

Row = dict[str, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def fits(row: Row) -> bool:
    """Whether a row belongs to the half that settings are taken on."""
    return int(hashlib.sha256(row["id"].encode()).hexdigest()[0], 16) % 2 == 0


def features_of(row: Row, embedder: MiniLm) -> tuple[float, ...]:
    said, text = sentences_of(row["sources"]), row["answer_sentence"]
    held = statements(text, said)
    if not held:
        return (0.0,) * len(FEATURES)
    return features(text, held, said, embedder, asks=bool(asked(text)), states=bool(substance(text)))


def fit(data: Path) -> None:
    embedder = MiniLm(remember=8192)
    judged = [row for row in rows(data / "groundedness" / "faithdial_wow.jsonl") if fits(row)]
    x = np.array([features_of(row, embedder) for row in judged])
    y = np.array([row["supported"] for row in judged])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=10_000))
    by_source = np.array([int(hashlib.sha256(row["sources"][0].encode()).hexdigest()[:8], 16) for row in judged])
    inside = cross_val_predict(model, x, y, groups=by_source, cv=GroupKFold(5), method="predict_proba")[:, 1]
    scaler, logistic = model.fit(x, y).named_steps.values()
    weights = logistic.coef_[0] / scaler.scale_
    content = {
        "features": list(FEATURES),
        "weights": [round(float(w), 4) for w in weights],
        "intercept": round(float(logistic.intercept_[0] - weights @ scaler.mean_), 4),
        "fitted_on": {
            "set": "faithdial_wow, rows whose id hashes to an even first digit",
            "supported": int(y.sum()),
            "unsupported": int((~y).sum()),
            "auroc_in_folds_by_source": round(float(roc_auc_score(y, inside)), 3),
            "embedder": embedder.ref,
        },
    }
    SUPPORT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(content, indent=1))


def report_human(data: Path, embedder: MiniLm) -> None:
    """Rows with human labels that no setting was taken on; intervals by resampling whole sources."""
    judged = [row for row in rows(data / "groundedness" / "faithdial_wow.jsonl") if not fits(row)]
    found = [check(row["answer_sentence"], row["sources"], embedder) for row in judged]
    y = np.array([row["supported"] for row in judged])
    score = np.array([one.score for one in found])
    passed = np.array([one.supported for one in found])
    seen = {row["sources"][0] for row in rows(data / "groundedness" / "faithdial_wow.jsonl") if fits(row)}
    new = np.array([row["sources"][0] not in seen for row in judged])
    for name, kept in (("unfitted half", np.ones(len(y), dtype=bool)), ("of it, sources not fitted on", new)):
        sources = [row["sources"][0] for row, one in zip(judged, kept, strict=True) if one]
        auroc = _interval(y[kept], score[kept], sources, roc_auc_score)
        balanced = _interval(y[kept], passed[kept], sources, balanced_accuracy_score)
        print(f"human labels, {name:30} n={int(kept.sum()):4} ({int(y[kept].sum())} supported)  AUROC {auroc}")
        right, wrong = passed[kept][y[kept]].mean(), passed[kept][~y[kept]].mean()
        print(
            f"    verdict: balanced accuracy {balanced}; passed {right:.3f} of the supported, {wrong:.3f} of the others"
        )
        alone = _interval(y[kept], score[kept] >= SCORE_ALONE, sources, balanced_accuracy_score)
        print(f"    score alone, at least {SCORE_ALONE}: balanced accuracy {alone}")


def _interval(y: Any, said: Any, sources: list[str], measure: Any) -> str:
    """The measure with its 95 % interval, resampled by source."""
    rng = np.random.default_rng(7)
    _, group = np.unique(sources, return_inverse=True)
    members = [np.flatnonzero(group == one) for one in range(group.max() + 1)]
    values = []
    while len(values) < RESAMPLES:
        drawn = np.concatenate([members[one] for one in rng.integers(0, len(members), len(members))])
        if 0 < y[drawn].sum() < len(drawn):
            values.append(measure(y[drawn], said[drawn]))
    low, high = np.quantile(values, (0.025, 0.975))
    return f"{measure(y, said):.3f} [{low:.3f}, {high:.3f}]"


def report_rule_made(data: Path, embedder: MiniLm) -> None:
    made = rows(data / "groundedness" / "va_rule_made.jsonl")
    verdicts = [check(row["answer_sentence"], row["sources"], embedder) for row in made]
    for error in sorted({str(row["error"]) for row in made}):
        kind = [one for row, one in zip(made, verdicts, strict=True) if str(row["error"]) == error]
        print(f"va_rule_made, error {error:20} n={len(kind):4}  passed {sum(one.supported for one in kind)}")


def report_cost(data: Path) -> None:
    """Time of the words' part alone, sources not seen before, on whatever machine this is."""
    judged = [row for row in rows(data / "groundedness" / "faithdial_wow.jsonl") if not fits(row)]
    spent = []
    for row in judged:
        begun = time.perf_counter()
        objections(statements(row["answer_sentence"], sentences_of(row["sources"])))
        spent.append(1000 * (time.perf_counter() - begun))
    median, high = np.median(spent), np.quantile(spent, 0.95)
    print(f"words' part, one sentence: median {median:.2f} ms, 95th percentile {high:.2f} ms")


def pages() -> dict[str, str]:
    """The demo clinic's pages without front matter and headings, by path."""
    found = {}
    for file in sorted(PAGES.rglob("*.md")):
        text = file.read_text(encoding="utf-8").split("---", 2)[2]
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        found[str(file.relative_to(PAGES))] = "\n".join(lines)
    return found


def paraphrases() -> list[tuple[str, tuple[str, ...]]]:
    known = pages()
    return [(row["sentence"], (known[row["page"]],)) for row in rows(PARAPHRASES)]


def report_paraphrases(embedder: MiniLm) -> None:
    """Right sentences in other words; words were added to the lists with the even half in view."""
    for name, even in (("half that lists were made with", True), ("other half", False)):
        own = [row for row in rows(PARAPHRASES) if fits(row) is even]
        known = pages()
        passed = sum(check(row["sentence"], (known[row["page"]],), embedder).supported for row in own)
        low, high = _wilson(passed, len(own))
        print(f"right paraphrases, {name:30} n={len(own):4}  passed {passed / len(own):.3f} [{low:.3f}, {high:.3f}]")


def _wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a rate."""
    z, p = 1.96, hits / n
    middle, half = p + z * z / (2 * n), z * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def report_errors(data: Path | None, embedder: MiniLm, *, show: bool) -> None:
    """Errors made by `errors.py`; the bound is the one-sided 95 % one."""
    sets = {"paraphrases": paraphrases(), "demo pages": errors.of_pages(list(pages().values()))}
    if data:
        texts = [row["text"] for row in rows(data / "va_admin" / "passages.jsonl") if fits(row)]
        sets["va_admin"] = errors.of_pages(texts)
    for name, right in sets.items():
        made: Counter[str] = Counter()
        passed: Counter[str] = Counter()
        for case in errors.made_from(right, SEED, MOST_OF_A_KIND):
            held = statements(case.text, sentences_of(case.sources))
            made[case.kind] += 1
            # The score is not needed where the words alone refuse.
            if not (held and objections(held)) and check(case.text, case.sources, embedder).supported:
                passed[case.kind] += 1
                if show:
                    print(f"  {case.kind} | {case.text} | right: {case.right}")
        n = sum(made.values())
        bound = 3.0 / n if not passed else _wilson(sum(passed.values()), n)[1]
        print(
            f"made errors, {name:12} n={n:5} of {len(made)} kinds  passed {sum(passed.values())} (at most {bound:.4f})"
        )
        print("    " + ", ".join(f"{kind} {passed[kind]}/{made[kind]}" for kind in made))


def report(data: Path, *, show: bool) -> None:
    """Print the tables and keep them beside what they were made of; what --show adds is printed only."""
    report_cost(data)
    embedder = MiniLm(remember=8192)
    said = io.StringIO()
    with redirect_stdout(said):
        report_human(data, embedder)
        report_rule_made(data, embedder)
        report_paraphrases(embedder)
        report_errors(data, embedder, show=show)
    lines = said.getvalue().splitlines()
    of = {"weights": hashlib.sha256(SUPPORT.read_bytes()).hexdigest()[:12], "encoder": embedder.ref}
    kept = {"of": of, "lines": [line for line in lines if not line.startswith("  ") or line.startswith("    ")]}
    REPORT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines))


def shown() -> None:
    """Print the report that was kept."""
    kept = json.loads(REPORT.read_text(encoding="utf-8"))
    print("weights {weights}, encoder {encoder}".format_map(kept["of"]))
    print("\n".join(kept["lines"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("fit", "report", "shown"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--show", action="store_true", help="print each made error that passed")
    given = parser.parse_args()
    if given.command == "shown":
        shown()
    elif given.data is None:
        parser.error(f"{given.command} needs --data DIR")
    elif given.command == "fit":
        fit(given.data)
    else:
        report(given.data, show=given.show)


if __name__ == "__main__":
    main()
