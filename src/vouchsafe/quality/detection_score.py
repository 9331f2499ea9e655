"""How well detection does on labelled messages: rates with bounds, ids of the worst, never words.

A row has `id`, `labels` (empty: nothing in it needs a person) and a topic: its `kind`, or the part of its id before
the number (`crisis-012`, `dev-crisis-look-003`). Rows of a topic without a label are its look-alikes; those of
`routine`, or without any topic, are routine messages.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from pathlib import Path
from typing import Any

from vouchsafe.domain.finding import Findings, Tier, Vulnerability, tier_of
from vouchsafe.quality.labelled import BadRow, rows_of

ROUTINE = "routine"
CONFIDENCE = 0.95
PREVALENCES = (0.001, 0.002, 0.005)
"""Shares of messages with a cause to page at which the worth of a page is told."""

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

    id: str
    topic: str
    labels: frozenset[str]
    found: frozenset[str]
    tier: Tier | None
    automatic: bool
    desk: str = ""

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


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """A message and what is true of it. `desk` names a shipped pack or is empty."""

    id: str
    topic: str
    text: str
    labels: frozenset[str]
    desk: str


def read_messages(path: Path) -> Iterator[LabelledMessage]:
    """The rows of a file, in order; empty lines are passed over. Raises: BadRow, OSError."""
    for number, row in rows_of(path):
        labels = row.get("labels")
        if not isinstance(labels, list) or not set(map(str, labels)) <= set(FOUND_BY):
            raise BadRow(path, number, f'"labels" needs a list of {", ".join(FOUND_BY)}; an empty list means none')
        name = str(row.get("id", number))
        topic = str(row.get("kind") or topic_of(name) or ROUTINE)
        yield LabelledMessage(name, topic, row["text"], frozenset(map(str, labels)), str(row.get("desk", "")))


def judged(row: LabelledMessage, findings: Findings, *, automatic: bool) -> Judged:
    """What detection said of a row. `automatic`: the words alone would let the machine answer."""
    return Judged(
        id=row.id,
        topic=row.topic,
        labels=row.labels,
        found=found_in(findings),
        tier=tier_of(findings),
        automatic=automatic,
        desk=row.desk,
    )


def found_in(findings: Findings) -> frozenset[str]:
    """The labels that detection gave."""
    return frozenset(label for label, says in FOUND_BY.items() if says(findings))


def topic_of(name: str) -> str:
    """The topic in an id: `dev-crisis-look-012` is about crisis; empty for an id that is only a number or a code."""
    found = re.fullmatch(r"(?:dev-|test-)?([a-z][a-z_]*?)(?:-look|-hard)?-\d+", name)
    return found[1] if found else ""


def worst(rows: Sequence[Judged], count: int) -> dict[str, list[str]]:
    """Ids of what went wrong, by kind of error: answered alone first, then pages without a cause, then by label."""
    errors: dict[str, list[str]] = {
        "needs a person and would be answered alone": [row.id for row in rows if row.labels and row.automatic],
        "paged without a cause": [row.id for row in rows if row.page_without_cause and not row.labels],
    }
    for label in FOUND_BY:
        errors[f"missed: {label}"] = [row.id for row in rows if label in row.labels - row.found]
        errors[f"false: {label}"] = [row.id for row in rows if not row.labels and label in row.found]
    return {error: ids[:count] for error, ids in errors.items() if ids}


def tables(rows: Sequence[Judged]) -> dict[str, dict[str, Any]]:
    """All figures: `labels` by label, `desk` of the whole."""
    labels = {label: _of_label(label, rows) for label in FOUND_BY}
    return {"labels": {label: line for label, line in labels.items() if line is not None}, "desk": _of_desk(rows)}


def _of_label(label: str, rows: Sequence[Judged]) -> dict[str, Any] | None:
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


def _of_desk(rows: Sequence[Judged]) -> dict[str, Any]:
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
        **_found_at_each_desk(rows),
        **_alarms_of_causes(rows),
        **_worth_of_a_page(rows),
    }


def _found_at_each_desk(rows: Sequence[Judged]) -> dict[str, object]:
    """What clinical detection misses at each desk: patients write to one, clinicians and other staff to another."""
    found: dict[str, object] = {}
    for desk in sorted({row.desk for row in rows if row.desk}):
        for label in ("clinical", "emergent", "crisis"):
            meant = [row for row in rows if row.desk == desk and label in row.labels]
            if meant:
                missed = _share(label not in row.found for row in meant)
                found[f"{label}_missed_at_the_{desk}_desk"] = missed.as_json()
        routine = [row for row in rows if row.desk == desk and row.routine]
        if routine:
            false = _share("clinical" in row.found for row in routine)
            found[f"clinical_on_routine_at_the_{desk}_desk"] = false.as_json()
    return found


def _alarms_of_causes(rows: Sequence[Judged]) -> dict[str, object]:
    """Of messages with a cause to page: how many were paged, and how many raised no alarm of any tier (R197)."""
    found: dict[str, object] = {}
    for label in sorted(CAUSES_PAGE):
        meant = [row for row in rows if label in row.labels]
        if meant:
            found[f"{label}_paged"] = _share(row.tier is Tier.PAGE for row in meant).as_json()
            found[f"{label}_without_any_alarm"] = _share(row.tier is None for row in meant).as_json()
    return found


def _worth_of_a_page(rows: Sequence[Judged]) -> dict[str, object]:
    """The two rates that the worth of a page follows from, and that worth at each prevalence."""
    caused = _share(row.tier is Tier.PAGE for row in rows if row.labels & CAUSES_PAGE)
    routine = _share(row.page_without_cause for row in rows if row.routine)
    if not caused.n or not routine.n:
        return {}
    worth: dict[str, object] = {"any_cause_paged": caused.as_json()}
    for one in worth_of_a_page(caused, routine):
        said = f"{one.likely:.3f}, at least {one.at_least:.3f}"
        worth[f"worth_of_a_page_at_{one.prevalence:.1%}"] = said
    return worth


@dataclass(frozen=True, slots=True)
class Worth:
    """The share of pages that have a cause, were causes so rare: in [0, 1], and its lower bound."""

    prevalence: float
    likely: float
    at_least: float


def worth_of_a_page(caused: Share, routine: Share) -> tuple[Worth, ...]:
    """How many of a hundred pages have a cause at each prevalence (R197).

    `caused`: messages with a cause that were paged; `routine`: messages without one that were. The lower bound takes
    the lower bound of the first with the upper bound of the second: both hold together in at least 90 of 100 samples.
    """
    worth = []
    for share in PREVALENCES:
        found, false = caused.value or 0.0, routine.value or 0.0
        likely = found * share / max(found * share + false * (1 - share), 1e-12)
        low, high = caused.at_least, routine.at_most
        worth.append(Worth(share, likely, low * share / (low * share + high * (1 - share))))
    return tuple(worth)


def _share(values: Iterable[bool]) -> Share:
    seen = list(values)
    return Share(sum(seen), len(seen))


def show(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """The tables of `tables` in plain text."""
    head = f"{'label':14} {'n':>5} {'recall':>7} {'>=':>6} {'target':>6} {'shown':>9} {'prec.':>6} {'F1':>6}"
    lines = [f"{head} {'look-alikes':>14} {'routine':>14} {'alone':>6}"]
    labels, desk = figures["labels"], figures["desk"]
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
