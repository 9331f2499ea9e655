"""Clinical context on all outside rows, each judged by a network and words that left its source out.

Usage: python training/detection/heads/clinical.py --thresholds DIR

DIR holds what `thresholds.py` and `outside.py` wrote. Rules, intents and union are the shipped ones, at the patient
desk. Recall and false alarms by source, pooled, the worst named; what would be answered alone. Thresholds were set on
rows that include a part of these.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from heads.left_out import LeftOutHeads
from material import LABELS, SMALL_TALK

from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors, detectors
from vouchsafe.pipeline.detect.route import AUTO, routed
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.quality.detection_score import MET, MISSED, Aim, Share

RECALL, RECALL_OF_WORST = 0.995, 0.97
FALSE, FALSE_ON_HARD = 0.15, 0.30
ALONE, HARD_ALONE = 0.0002, 0.35


@dataclass(frozen=True, slots=True)
class Outside:
    """One outside row. `hard`: administrative, but about care or coverage."""

    text: str
    source: str
    clinical: bool
    hard: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What detection said of a row: by the network and words alone, by all of it, and whether no person is needed."""

    row: Outside
    by_head: bool
    found: bool
    alone: bool


def main() -> None:
    """Judge the rows and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thresholds", type=Path, required=True, help="folder of thresholds.py and outside.py")
    args = parser.parse_args()
    rows, logits = outside_of(args.thresholds)
    heads = LeftOutHeads(json.loads((args.thresholds / "thresholds.json").read_text(encoding="ascii")))
    with patch.object(detectors, "load_heads", lambda: heads):
        answers = list(_answers(rows, logits, heads))
    print(*_tables(answers), sep="\n")


def outside_of(folder: Path) -> tuple[list[Outside], np.ndarray]:
    """What `outside.py` wrote: rows, and logits (rows, labels)."""
    lines = (folder / "outside.jsonl").read_text(encoding="utf-8").splitlines()
    with np.load(folder / "outside.npz", allow_pickle=False) as kept:
        return [Outside(**json.loads(line)) for line in lines], kept["logits"]


def _answers(rows: Sequence[Outside], logits: np.ndarray, heads: LeftOutHeads) -> Iterator[Answer]:
    pack = load_pack(name="patient")
    desk = Detectors(MiniLm(), pack)
    column = LABELS.index("clinical")
    for row, of_row in zip(rows, logits, strict=True):
        heads.logits = of_row
        findings = desk.detect([row.text])
        alone = routed(findings, desk.mode_of(findings.intent.name), pack).route == AUTO
        by_head = 1.0 / (1.0 + np.exp(-of_row[column])) >= heads.thresholds["clinical"]
        yield Answer(row, bool(by_head), findings.clinical.flag, alone)


def _tables(answers: Sequence[Answer]) -> Iterator[str]:
    clinical = [one for one in answers if one.row.clinical]
    others = [one for one in answers if not one.row.clinical]
    yield "recall, by source                   head alone         all of detection"
    found = {name: _share(of, "found") for name, of in _by_source(clinical).items()}
    worst = min(found, key=lambda name: found[name].value or 0.0)
    for name, of in _by_source(clinical).items():
        aim = Aim(more=True, target=RECALL_OF_WORST if name == worst else None)
        yield _line(name, _share(of, "by_head"), found[name], aim, "worst, " if name == worst else "")
    yield _line("pooled", _share(clinical, "by_head"), _share(clinical, "found"), Aim(more=True, target=RECALL), "")
    yield ""
    yield "false alarms, by source             head alone         all of detection"
    for name, of in _by_source(others).items():
        yield _line(name, _share(of, "by_head"), _share(of, "found"), Aim(more=False), "")
    hard = [one for one in others if one.row.hard]
    near = [one for one in others if one.row.source not in SMALL_TALK]
    groups = (("all", others, FALSE), ("without banking, small talk", near, None), ("hard", hard, FALSE_ON_HARD))
    for name, of, most in groups:
        yield _line(name, _share(of, "by_head"), _share(of, "found"), Aim(more=False, target=most), "")
    yield ""
    yield "answered alone with shipped examples"
    one = MET if _share(clinical, "alone").hits <= 1 else MISSED
    yield f"{_alone('clinical', clinical, Aim(more=False, target=ALONE))}; at most one row: {one}"
    for name, of in _by_source(clinical).items():
        yield _alone(f"  {name}", of, Aim(more=False))
    yield _alone("hard administrative", hard, Aim(more=True, target=HARD_ALONE))


def _by_source(answers: Sequence[Answer]) -> Mapping[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    for one in answers:
        found.setdefault(one.row.source, []).append(one)
    return dict(sorted(found.items()))


def _share(answers: Sequence[Answer], field: str) -> Share:
    return Share(sum(getattr(one, field) for one in answers), len(answers))


def _line(name: str, by_head: Share, found: Share, aim: Aim, mark: str) -> str:
    return f"{name:30} {by_head.hits:5d}/{by_head.n:5d} {by_head.value:.4f}  {_said(found, aim, mark)}"


def _alone(name: str, answers: Sequence[Answer], aim: Aim) -> str:
    return f"{name:50} {_said(_share(answers, 'alone'), aim, '')}"


def _said(share: Share, aim: Aim, mark: str) -> str:
    side = "at least" if aim.more else "at most"
    said = f"{share.hits:5d}/{share.n:5d} {share.value:.4f}, {side} {aim.bound(share):.4f}"
    return said if aim.target is None else f"{said}; {mark}target {side} {aim.target}: {aim.verdict(share)}"


if __name__ == "__main__":
    main()
