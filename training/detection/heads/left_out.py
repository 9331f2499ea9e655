"""What the whole of detection would do with messages whose source the network did not see.

Usage: python training/detection/heads/left_out.py --rows FILE --thresholds DIR [--plain X] [--cut X]

Rules, intents and union are the shipped ones; the network's scores are of the fold that left the row's source
out. Prints the tables of `vouchsafe eval detection` for the development set and every writer, and of the routine
messages that would be answered alone how many were taken for the intent that a reader gave them. `--plain` and `--cut`
try other limits of recognition as routine.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from material import DEVELOPMENT, LABELS, WRITER, Row, rows_of

from vouchsafe.domain.pack import Pack
from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors, detectors, intents
from vouchsafe.pipeline.detect.heads import Judged
from vouchsafe.pipeline.detect.route import AUTO, routed
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.quality import detection_score
from vouchsafe.quality.detection_score import LabelledMessage, show, tables

OF_STAFF = frozenset({f"{WRITER}f", f"{WRITER}h"})
"""Sources written to an IT desk."""


class LeftOutHeads:
    """Stands in for the network: says what the network said that had not seen the row."""

    labels = LABELS
    digest = "left-out"

    def __init__(self, manifest: dict[str, dict[str, dict[str, float]]]) -> None:
        self.thresholds = {label: manifest["heads"][label]["threshold"] for label in LABELS}
        self.firm = {label: manifest["heads"][label]["firm"] for label in LABELS}
        self.logits = np.zeros(len(LABELS))

    def judge(self, _window: str) -> Judged:
        """The scores of the row under way, whichever window is asked for."""
        scores = np.round(1.0 / (1.0 + np.exp(-np.clip(self.logits, -30.0, 30.0))), 4)
        return Judged(scores, np.zeros((0, len(LABELS)), dtype=np.float32), np.zeros((0, 2), dtype=np.int64))


def main() -> None:
    """Judge the rows and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True, help="what material.py wrote")
    parser.add_argument("--thresholds", type=Path, required=True, help="folder that thresholds.py wrote to")
    parser.add_argument("--plain", type=float, default=detectors.PLAIN)
    parser.add_argument("--cut", type=float, default=intents.CUT_PLAIN)
    args = parser.parse_args()
    rows = rows_of(args.rows)
    with np.load(args.thresholds / "left_out.npz", allow_pickle=False) as kept:
        logits = kept["logits"]
    heads = LeftOutHeads(json.loads((args.thresholds / "thresholds.json").read_text(encoding="ascii")))
    embedder = MiniLm(remember=100_000)
    with (
        patch.object(detectors, "load_heads", lambda: heads),
        patch.object(detectors, "PLAIN", args.plain),
        patch.object(intents, "CUT_PLAIN", args.cut),
        patch.object(detectors, "CUT_PLAIN", args.cut),
    ):
        desks = {name: _desk(name, embedder) for name in ("patient", "it")}
        judged = list(_judged(rows, logits, heads, desks))
    print(show(tables([one for one, _ in judged])))
    taken = Counter(how for _, how in judged if how)
    print("routine answered alone, by the reader's intent:", dict(sorted(taken.items())))
    for error in ("needs a person and would be answered alone", "paged without a cause"):
        print(error, detection_score.worst([one for one, _ in judged], 40).get(error, []))


_Desk = tuple[Pack, Detectors]


def _desk(name: str, embedder: MiniLm) -> _Desk:
    pack = load_pack(name=name)
    return pack, Detectors(embedder, pack)


def _judged(
    rows: Sequence[Row], logits: np.ndarray, heads: LeftOutHeads, desks: Mapping[str, _Desk]
) -> Iterator[tuple[detection_score.Judged, str]]:
    for number, row in enumerate(rows):
        if row.source != DEVELOPMENT and not row.source.startswith(WRITER):
            continue
        heads.logits = logits[number]
        pack, found_by = desks["it" if row.source in OF_STAFF else "patient"]
        findings = found_by.detect([row.text])
        route = routed(findings, found_by.mode_of(findings.intent.name), pack)
        alone = route.route == AUTO
        judged = detection_score.judged(_message(number, row), findings, automatic=alone)
        yield judged, _taken(row, f"{pack.name}/{findings.intent.name}") if alone else ""


def _taken(row: Row, named: str) -> str:
    """How the intent named stands to that of a reader; empty where nobody read the row for that."""
    if row.intents:
        return "the same" if named in row.intents else "another"
    return "none covers it" if row.asks_nothing_known else ""


def _message(number: int, row: Row) -> LabelledMessage:
    labels = row.labels & set(detection_score.FOUND_BY)
    topic = min(labels) if labels else "lookalike" if row.lookalike else detection_score.ROUTINE
    return LabelledMessage(f"{row.source} {number}", topic, row.text, labels, "")


if __name__ == "__main__":
    main()
