"""How much a desk with examples of its own lets the AI answer, and what slips through (notes on the allow-list).

Usage: python training/detection/heads/allow_list.py --data DIR --rows FILE --thresholds DIR

Hard administrative questions of one outside source at a time, which the network had not seen: some of them become
examples of the desk's own intent, the others are sent to it. Everything clinical in the outside sources is sent as
well. Three draws of examples; scores of the network are of the fold that left the row's source out.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from heads.left_out import LeftOutHeads
from material import SEED, Row, outside, rows_of

from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import Intent, Mode
from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors, detectors
from vouchsafe.pipeline.detect.route import AUTO, ESCALATE, routed
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.quality.detection_score import upper_bound

DRAWS = 3
OWN = (0, 30, 60, 120)
PATIENT = load_pack(name="patient")
LEAST = 200
"""A source needs so many hard questions to be asked."""


def main() -> None:
    """Draw, ask, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with clinical.jsonl")
    parser.add_argument("--rows", type=Path, required=True, help="what material.py wrote")
    parser.add_argument("--thresholds", type=Path, required=True, help="folder that thresholds.py wrote to")
    args = parser.parse_args()
    rows = rows_of(args.rows)
    with np.load(args.thresholds / "left_out.npz", allow_pickle=False) as kept:
        logits = kept["logits"]
    heads = LeftOutHeads(json.loads((args.thresholds / "thresholds.json").read_text(encoding="ascii")))
    clinical = [i for i, row in enumerate(rows) if not row.ours and row.labels]
    hard = hard_rows(rows, args.data / "clinical.jsonl")
    embedder = MiniLm(remember=100_000)
    with patch.object(detectors, "load_heads", lambda: heads):
        desk = _desk(embedder, [])
        # A risk stays one whatever the desk's intents are: only rows without any can ever be answered alone.
        harmless = {i for i in (*clinical, *(n for group in hard.values() for n in group))
                    if _route(desk, heads, rows[i], logits[i]) != ESCALATE}  # fmt: skip
    print("own examples  source                        answered alone        clinical answered alone")
    with patch.object(detectors, "load_heads", lambda: heads):
        for source, numbers in hard.items():
            for own in OWN:
                asked, alone, leaked = 0, 0, []
                for draw in range(DRAWS if own else 1):
                    examples = random.Random(SEED + draw).sample(numbers, own)
                    desk = _desk(embedder, [rows[i].text for i in examples])
                    others = [i for i in numbers if i not in set(examples)]
                    asked += len(others)
                    both = (others, clinical)
                    passed = [sum(_route(desk, heads, rows[i], logits[i]) == AUTO for i in group if i in harmless)
                              for group in both]  # fmt: skip
                    alone += passed[0]
                    leaked.append(passed[1])
                most = max(leaked)
                print(
                    f"{own:12d}  {source:28s}  {alone:4d}/{asked:4d} {alone / asked:.3f}      "
                    f"{'/'.join(map(str, leaked))} of {len(clinical)}, at most {upper_bound(most, len(clinical)):.4f}",
                    flush=True,
                )


def hard_rows(rows: Sequence[Row], file: Path) -> dict[str, list[int]]:
    """Numbers of the hard administrative rows of each outside source that has enough of them."""
    marked = {
        (line["source"], line["text"])
        for line in map(json.loads, file.read_text(encoding="utf-8").splitlines())
        if line["labels"].get("hard") and line["labels"].get("clinical") == 0
    }
    first = next(i for i, row in enumerate(rows) if not row.ours)
    found: dict[str, list[int]] = {}
    # `outside` draws the same rows as when the file was made, before they were redacted.
    for number, row in enumerate(outside(file), start=first):
        if (row.source, row.text) in marked:
            found.setdefault(row.source, []).append(number)
    return {source: numbers for source, numbers in found.items() if len(numbers) >= LEAST}


def _desk(embedder: MiniLm, examples: Sequence[str]) -> Detectors:
    own = Intent("own", "own", Mode.AUTO, QueueName("front_desk"), tuple(examples))
    return Detectors(embedder, PATIENT, [own] if examples else [])


def _route(desk: Detectors, heads: LeftOutHeads, row: Row, logits: np.ndarray) -> str:
    heads.logits = logits
    findings = desk.detect([row.text])
    return routed(findings, desk.mode_of(findings.intent.name), PATIENT).route


if __name__ == "__main__":
    main()
