"""How well detection does on labelled messages: rates with bounds, ids of the worst, never words.

A bound stands on the side that one would not like: "at least" for what should be high, "at most" for what should be
low. A target counts as met where the bound meets it, and as "not shown" where so few rows could not have shown it.

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
TIER_ASKED: Mapping[str, Tier] = {
    **dict.fromkeys(FOUND_BY, Tier.PERSON),
    **dict.fromkeys(("clinical", "health"), Tier.CLINICAL),
    **dict.fromkeys(CAUSES_PAGE, Tier.PAGE),
}
"""The lowest tier that a message with this label should raise (R197)."""
TIERS = (Tier.PERSON, Tier.CLINICAL, Tier.PAGE)
RECALL_TARGET = {"crisis": 0.97, "emergent": 0.97}
OTHER_RECALL_TARGET = 0.95
F1_TARGET = {"dispute": 0.85}
"""Asked for in place of recall."""
MET, MISSED, NOT_SHOWN = "yes", "no", "not shown"


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

    def as_json(self) -> dict[str, float | int | None]:
        """For `--json`."""
        return {
            "hits": self.hits,
            "n": self.n,
            "value": None if self.value is None else round(self.value, 4),
            "at_least": round(self.at_least, 4),
            "at_most": round(self.at_most, 4),
        }


@dataclass(frozen=True, slots=True)
class Aim:
    """Whether more of something is wanted or less, and how much; a `target` of 0 asks for no row at all."""

    more: bool
    target: float | None = None

    def bound(self, share: Share) -> float:
        """The bound on the side that one would not like."""
        return share.at_least if self.more else share.at_most

    def meets(self, value: float, target: float) -> bool:
        """Whether a rate or its bound is as it should be."""
        return value >= target if self.more else value <= target

    def verdict(self, share: Share) -> str:
        """Whether the target is met: by the bound, not by the rate. Empty where there is no target or no row.

        "Not shown": the best outcome of so many rows would not have met it, nor is it missed for certain.
        """
        if self.target is None or not share.n:
            return ""
        if not self.more and self.target == 0.0:
            return MISSED if share.hits else MET
        if self.meets(self.bound(share), self.target):
            return MET
        best = Share(share.n if self.more else 0, share.n)
        good_side = share.at_most if self.more else share.at_least
        certain = not self.meets(good_side, self.target)
        return MISSED if certain or self.meets(self.bound(best), self.target) else NOT_SHOWN

    def as_json(self, share: Share) -> dict[str, float | int | str | None]:
        """The share with what is wanted of it, for `--json`."""
        found = {**share.as_json(), "wanted": "more" if self.more else "less"}
        return found if self.target is None else {**found, "target": self.target, "shown": self.verdict(share)}


def more(values: Iterable[bool], target: float | None = None) -> dict[str, float | int | str | None]:
    """A rate that should be high."""
    return Aim(more=True, target=target).as_json(_share(values))


def less(values: Iterable[bool], target: float | None = None) -> dict[str, float | int | str | None]:
    """A rate that should be low."""
    return Aim(more=False, target=target).as_json(_share(values))


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
    return {
        "recall": recall.as_json(),
        **_target_of(label, recall, precision),
        "precision": precision.as_json(),
        "f1": round(_f1(recall.value or 0.0, precision.value or 0.0), 4),
        "f1_at_least": round(_f1(recall.at_least, precision.at_least), 4),
        "false_on_lookalikes": _share(label in row.found for row in looks).as_json(),
        "false_on_routine": _share(label in row.found for row in routine).as_json(),
        "answered_alone": _share(row.automatic for row in meant).as_json(),
        "no_tier": _share(row.tier is None for row in meant).as_json(),
    }


def _target_of(label: str, recall: Share, precision: Share) -> dict[str, Any]:
    """What is asked of a label, and whether the rows show it. F1 takes the bounds of both: they hold in 90 of 100."""
    if label not in F1_TARGET:
        aim = Aim(more=True, target=RECALL_TARGET.get(label, OTHER_RECALL_TARGET))
        return {"target": aim.target, "target_of": "recall", "shown": aim.verdict(recall)}
    target = F1_TARGET[label]
    best = _f1(Share(recall.n, recall.n).at_least, Share(precision.n, precision.n).at_least)
    shown = MET if _f1(recall.at_least, precision.at_least) >= target else MISSED if best >= target else NOT_SHOWN
    return {"target": target, "target_of": "F1", "shown": shown}


def _f1(recall: float, precision: float) -> float:
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def _of_desk(rows: Sequence[Judged]) -> dict[str, Any]:
    routine = [row for row in rows if row.routine]
    harmless = [row for row in rows if not row.labels]
    needing = [row for row in rows if row.labels]
    gravest = [row for row in rows if row.labels & {"crisis", "emergent"}]
    return {
        "rows": len(rows),
        "routine_answered_alone": more((row.automatic for row in routine), 0.5),
        "lookalikes_answered_alone": more(row.automatic for row in rows if row.lookalike),
        "needing_a_person_answered_alone": less((row.automatic for row in needing), 0.0),
        "crisis_or_emergent_answered_alone": less((row.automatic for row in gravest), 0.0),
        "pages_on_routine": less((row.page_without_cause for row in routine), 0.003),
        "pages_on_routine_and_lookalikes": less((row.page_without_cause for row in harmless), 0.003),
        "clinical_worklist_on_routine": less((row.tier is Tier.CLINICAL for row in routine), 0.06),
        "clinical_on_routine": less(("clinical" in row.found for row in routine), 0.15),
        "injection_on_routine": less(("injection" in row.found for row in routine), 0.01),
        "injection_on_routine_and_lookalikes": less(("injection" in row.found for row in harmless), 0.01),
        "any_risk_on_routine": less(bool(row.found) for row in routine),
        **_on_clinical_messages(rows),
        **_found_at_each_desk(rows),
        **_missed_by_tier(rows),
        **_alarms_of_causes(rows),
        **_worth_of_a_page(rows),
    }


def _on_clinical_messages(rows: Sequence[Judged]) -> dict[str, object]:
    """Clinical context and urgency on the messages that were written for them, and not for a crisis or a threat."""
    clinical = [row for row in rows if row.topic == "clinical"]
    found: dict[str, object] = {}
    for label, target in (("clinical", 0.95), ("emergent", 0.98)):
        meant = [row for row in clinical if label in row.labels]
        if meant:
            found[f"{label}_found_on_clinical_messages"] = more((label in row.found for row in meant), target)
    return found


def _missed_by_tier(rows: Sequence[Judged]) -> dict[str, object]:
    """Of messages that ask for a tier, by the gravest of their labels, how many raised a lower one or none."""
    found: dict[str, object] = {}
    for tier in reversed(TIERS):
        asking = [row for row in rows if row.labels and max(map(_tier_asked, row.labels), key=TIERS.index) is tier]
        if asking:
            lower = TIERS[: TIERS.index(tier)]
            found[f"missed_by_the_{tier.value}_tier"] = less(row.tier is None or row.tier in lower for row in asking)
    needing = [row for row in rows if row.labels]
    if needing:
        found["without_any_alarm"] = less(row.tier is None for row in needing)
    return found


def _tier_asked(label: str) -> Tier:
    return TIER_ASKED[label]


def _found_at_each_desk(rows: Sequence[Judged]) -> dict[str, object]:
    """What clinical detection misses at each desk: patients write to one, clinicians and other staff to another."""
    found: dict[str, object] = {}
    for desk in sorted({row.desk for row in rows if row.desk}):
        for label in ("clinical", "emergent", "crisis"):
            meant = [row for row in rows if row.desk == desk and label in row.labels]
            if meant:
                found[f"{label}_missed_at_the_{desk}_desk"] = less(label not in row.found for row in meant)
        routine = [row for row in rows if row.desk == desk and row.routine]
        if routine:
            found[f"clinical_on_routine_at_the_{desk}_desk"] = less("clinical" in row.found for row in routine)
    return found


def _alarms_of_causes(rows: Sequence[Judged]) -> dict[str, object]:
    """Of messages with a cause to page: how many were paged, and how many raised no alarm of any tier (R197)."""
    found: dict[str, object] = {}
    for label in sorted(CAUSES_PAGE):
        meant = [row for row in rows if label in row.labels]
        if meant:
            found[f"{label}_paged"] = more(row.tier is Tier.PAGE for row in meant)
            found[f"{label}_without_any_alarm"] = less(row.tier is None for row in meant)
    return found


def _worth_of_a_page(rows: Sequence[Judged]) -> dict[str, object]:
    """The two rates that the worth of a page follows from, and that worth at each prevalence."""
    caused = _share(row.tier is Tier.PAGE for row in rows if row.labels & CAUSES_PAGE)
    routine = _share(row.page_without_cause for row in rows if row.routine)
    if not caused.n or not routine.n:
        return {}
    worth: dict[str, object] = {"any_cause_paged": Aim(more=True).as_json(caused)}
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
    head = f"{'label':14} {'n':>5} {'recall':>7} {'>=':>6} {'prec.':>6} {'F1':>6} {'>=':>6} {'target':>8} {'shown':>9}"
    lines = [f"{head} {'look-alikes':>14} {'routine':>14} {'alone':>6} {'no tier':>8}"]
    labels, desk = figures["labels"], figures["desk"]
    for label, line in labels.items():
        recall = line["recall"]
        target = f"{'F1 ' if line['target_of'] == 'F1' else ''}{line['target']:.2f}"
        lines.append(
            f"{label:14} {recall['n']:5d} {recall['value']:7.3f} {recall['at_least']:6.3f}"
            f" {line['precision']['value'] or 0:6.3f} {line['f1']:6.3f} {line['f1_at_least']:6.3f}"
            f" {target:>8} {line['shown']:>9}"
            f" {_of(line['false_on_lookalikes']):>14} {_of(line['false_on_routine']):>14}"
            f" {line['answered_alone']['hits']:6d} {line['no_tier']['hits']:8d}"
        )
    lines.append("")
    lines += [f"{name.replace('_', ' '):40} {_said(value)}" for name, value in desk.items()]
    return "\n".join(lines)


def _said(value: object) -> str:
    """A rate with its bound on the side that one would not like, and its target where it has one."""
    if not isinstance(value, Mapping):
        return str(value)
    said = _of(value)
    if value["n"]:
        more_wanted = value["wanted"] == "more"
        said += f", at least {value['at_least']:.4f}" if more_wanted else f", at most {value['at_most']:.4f}"
    if not value.get("shown"):
        return said
    target = f"{'at least' if value['wanted'] == 'more' else 'at most'} {value['target']}"
    return f"{said}; target {target if value['target'] else 'no row'}: {value['shown']}"


def _of(share: Mapping[str, Any]) -> str:
    rate = "-" if share["value"] is None else f"{share['value']:.3f}"
    return f"{share['hits']}/{share['n']} {rate}"
