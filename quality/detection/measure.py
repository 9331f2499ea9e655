"""Measure detection as it ships on labelled messages and print rates, never words.

Usage: python quality/detection/measure.py [--rows FILE ...] [--json FILE]

Rows are JSON Lines with `id`, `text` (redacted), `labels`, `desk` (a shipped pack). The part of an id before its number
names the topic (`crisis-012`, `dev-crisis-look-003`). Rows of a topic without a label are its look-alikes; those of
`routine` are routine messages. Without `--rows` every `*.jsonl` beside this file is read. Targets: README.md.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from pathlib import Path

from vouchsafe.domain.finding import Findings, Tier, Vulnerability, tier_of
from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.detect.route import AUTO, routed
from vouchsafe.plugins.embedders.minilm import MiniLm

HERE = Path(__file__).parent
ROUTINE = "routine"
CONFIDENCE = 0.95

FOUND_BY: Mapping[str, Callable[[Findings], bool]] = {
    "clinical": lambda f: f.clinical.flag,
    "emergent": lambda f: f.emergent,
    "crisis": lambda f: f.crisis.flag,
    "threat": lambda f: f.threat.flag,
    "safeguarding": lambda f: f.has(Vulnerability.SAFEGUARDING),
    "dispute": lambda f: f.dispute.flag,
    "complaint": lambda f: f.complaint.flag,
    "legal_threat": lambda f: f.legal_threat.flag,
    "human_request": lambda f: f.human_request.flag,
    "outage": lambda f: f.outage.flag,
    "injection": lambda f: f.injection.flag,
    "financial": lambda f: f.has(Vulnerability.FINANCIAL),
    "health": lambda f: f.has(Vulnerability.HEALTH),
    "life_event": lambda f: f.has(Vulnerability.LIFE_EVENT),
    "language": lambda f: f.has(Vulnerability.LANGUAGE),
    "accessibility": lambda f: f.has(Vulnerability.ACCESSIBILITY),
    "capability": lambda f: f.has(Vulnerability.CAPABILITY),
}
IMPLIES_CLINICAL = frozenset({"clinical", "emergent", "crisis"})
"""A crisis or an emergency is for clinicians too, whether or not the row says so."""
CAUSES_PAGE = frozenset({"crisis", "emergent", "safeguarding", "threat", "outage"})
RECALL_TARGET = {"crisis": 0.97, "emergent": 0.97}
OTHER_RECALL_TARGET = 0.95


@dataclass(frozen=True, slots=True)
class Judged:
    """One row and what detection said of it; its words are not kept."""

    topic: str
    labels: frozenset[str]
    found: frozenset[str]
    tier: Tier | None
    automatic: bool

    @property
    def routine(self) -> bool:
        """Whether nothing in the row needs a person, and its writer meant it to be routine."""
        return self.topic == ROUTINE and not self.labels

    @property
    def lookalike(self) -> bool:
        """Whether the row only sounds like its topic."""
        return self.topic != ROUTINE and not self.labels

    @property
    def page_without_cause(self) -> bool:
        """Whether somebody would be paged for nothing that pages."""
        return self.tier is Tier.PAGE and not self.labels & CAUSES_PAGE


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, with one-sided 95 % bounds (Clopper-Pearson)."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The share, None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def at_least(self) -> float:
        """The lower bound."""
        return 1.0 - upper_bound(self.n - self.hits, self.n)

    @property
    def at_most(self) -> float:
        """The upper bound."""
        return upper_bound(self.hits, self.n)

    def carries(self, target: float) -> bool:
        """Whether so many rows, all of them found, could show this lower bound."""
        return self.n > 0 and 1.0 - upper_bound(0, self.n) >= target

    def as_json(self) -> dict[str, float | int | None]:
        """For `--json`."""
        return {
            "hits": self.hits,
            "n": self.n,
            "value": None if self.value is None else round(self.value, 4),
            "at_least": round(self.at_least, 4),
            "at_most": round(self.at_most, 4),
        }


def upper_bound(hits: int, n: int) -> float:
    """The share that would give so few hits or fewer in 5 of 100 samples of `n`; 1.0 where all were hits."""
    if hits >= n:
        return 1.0
    low, high = hits / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, n, middle) > 1 - CONFIDENCE else (low, middle)
    return high


def _at_most(hits: int, n: int, share: float) -> float:
    """The chance of at most so many hits in `n` at a share in (0, 1)."""
    if share <= 0.0:
        return 1.0
    if share >= 1.0:
        return float(hits >= n)
    ways = lgamma(n + 1)
    return sum(
        exp(ways - lgamma(k + 1) - lgamma(n - k + 1) + k * log(share) + (n - k) * log1p(-share))
        for k in range(hits + 1)
    )


def judge(files: Iterable[Path]) -> list[Judged]:
    """Every row of the files, judged by the detectors of its desk."""
    desks: dict[str, Callable[[str], tuple[Findings, bool]]] = {}
    embedder = MiniLm(remember=64)
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
    judged = []
    for row in rows:
        name = row["desk"]
        if name not in desks:
            desks[name] = _desk(name, embedder)
        findings, automatic = desks[name](row["text"])
        judged.append(_judged(row["id"], row["labels"], findings, automatic=automatic))
    return judged


def _desk(name: str, embedder: MiniLm) -> Callable[[str], tuple[Findings, bool]]:
    pack = load_pack(name=name)
    detectors = Detectors(embedder, pack)

    def look(text: str) -> tuple[Findings, bool]:
        findings = detectors.detect([text])
        route = routed(findings, detectors.mode_of(findings.intent.name), pack)
        return findings, route.route == AUTO

    return look


def _judged(name: str, labels: Sequence[str], findings: Findings, *, automatic: bool) -> Judged:
    return Judged(
        topic=topic_of(name),
        labels=frozenset(labels),
        found=frozenset(label for label, says in FOUND_BY.items() if says(findings)),
        tier=tier_of(findings),
        automatic=automatic,
    )


def topic_of(name: str) -> str:
    """The topic in an id: `dev-crisis-look-012` is about crisis."""
    return re.sub(r"^(?:dev|test)-|(?:-look|-hard)?-\d+$", "", name)


def tables(rows: Sequence[Judged]) -> dict[str, object]:
    """All figures: `labels` by label, `desk` of the whole."""
    labels = {label: _of_label(label, rows) for label in FOUND_BY}
    return {"labels": {label: line for label, line in labels.items() if line is not None}, "desk": _of_desk(rows)}


def _of_label(label: str, rows: Sequence[Judged]) -> dict[str, object] | None:
    wanted = IMPLIES_CLINICAL if label == "clinical" else frozenset({label})
    meant = [row for row in rows if label in row.labels]
    if not meant:
        return None
    home = max({row.topic for row in meant}, key=lambda topic: sum(row.topic == topic for row in meant))
    looks = [row for row in rows if row.lookalike and row.topic == home]
    routine = [row for row in rows if row.routine]
    # Rows of other topics may lack this label although they mean it, so precision looks at the topic's own rows.
    near = [row for row in rows if row.topic in {home, ROUTINE}]
    flagged = [row for row in near if label in row.found]
    recall = _share(label in row.found for row in meant)
    precision = _share(bool(row.labels & wanted) for row in flagged)
    both = (recall.value or 0.0) + (precision.value or 0.0)
    return {
        "recall": recall.as_json(),
        "target": (target := RECALL_TARGET.get(label, OTHER_RECALL_TARGET)),
        "shown": recall.at_least >= target,
        "can_be_shown": recall.carries(target),
        "precision": precision.as_json(),
        "f1": round(2 * (recall.value or 0.0) * (precision.value or 0.0) / both, 4) if both else 0.0,
        "false_on_lookalikes": _share(label in row.found for row in looks).as_json(),
        "false_on_routine": _share(label in row.found for row in routine).as_json(),
        "answered_alone": _share(row.automatic for row in meant).as_json(),
        "no_tier": _share(row.tier is None for row in meant).as_json(),
    }


def _of_desk(rows: Sequence[Judged]) -> dict[str, object]:
    routine = [row for row in rows if row.routine]
    harmless = [row for row in rows if not row.labels]
    needing = [row for row in rows if row.labels]
    return {
        "rows": len(rows),
        "routine_answered_alone": _share(row.automatic for row in routine).as_json(),
        "lookalikes_answered_alone": _share(row.automatic for row in rows if row.lookalike).as_json(),
        "needing_a_person_answered_alone": _share(row.automatic for row in needing).as_json(),
        "pages_on_routine": _share(row.page_without_cause for row in routine).as_json(),
        "pages_on_routine_and_lookalikes": _share(row.page_without_cause for row in harmless).as_json(),
        "clinical_worklist_on_routine": _share(row.tier is Tier.CLINICAL for row in routine).as_json(),
        "any_risk_on_routine": _share(bool(row.found) for row in routine).as_json(),
    }


def _share(values: Iterable[bool]) -> Share:
    seen = list(values)
    return Share(sum(seen), len(seen))


def show(figures: Mapping[str, object]) -> str:
    """The tables in plain text."""
    head = f"{'label':14} {'n':>5} {'recall':>7} {'>=':>6} {'target':>6} {'shown':>9} {'prec.':>6} {'F1':>6}"
    lines = [f"{head} {'look-alikes':>14} {'routine':>14} {'alone':>6}"]
    labels, desk = figures["labels"], figures["desk"]
    assert isinstance(labels, dict), "made by tables()"
    assert isinstance(desk, dict), "made by tables()"
    for label, line in labels.items():
        recall = line["recall"]
        shown = "yes" if line["shown"] else "no" if line["can_be_shown"] else "not shown"
        lines.append(
            f"{label:14} {recall['n']:5d} {recall['value']:7.3f} {recall['at_least']:6.3f} {line['target']:6.2f}"
            f" {shown:>9} {line['precision']['value'] or 0:6.3f} {line['f1']:6.3f}"
            f" {_of(line['false_on_lookalikes']):>14} {_of(line['false_on_routine']):>14}"
            f" {line['answered_alone']['hits']:6d}"
        )
    lines.append("")
    for name, value in desk.items():
        bounds = f"{_of(value)}, at most {value['at_most']:.4f}" if isinstance(value, dict) else value
        lines.append(f"{name.replace('_', ' '):36} {bounds}")
    return "\n".join(lines)


def _of(share: Mapping[str, float]) -> str:
    rate = "-" if share["value"] is None else f"{share['value']:.3f}"
    return f"{share['hits']}/{share['n']} {rate}"


def main() -> None:
    """Read the rows, judge them, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, nargs="+", help="files of labelled rows instead of those beside this file")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    args = parser.parse_args()
    files = args.rows or sorted(HERE.glob("*.jsonl"))
    figures = tables(judge(files))
    sys.stdout.write(show(figures) + "\n")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
