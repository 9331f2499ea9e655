"""How much a desk with examples of its own lets the AI answer, and what slips through (notes on the allow-list).

Usage: python training/detection/heads/allow_list.py --thresholds DIR

Hard administrative questions of one outside source at a time, which the network had not seen: some of them become
examples of the desk's own intent, the others are sent to it. Everything clinical in the outside sources is sent as
well. Three draws of examples; scores of the network are of the fold that left the row's source out. DIR holds what
`thresholds.py` and `outside.py` wrote.
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

from heads.clinical import Outside, outside_of
from heads.left_out import LeftOutHeads
from material import SEED

from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import Intent, Mode
from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors, detectors
from vouchsafe.pipeline.detect.route import AUTO, ESCALATE, routed
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.quality.detection_score import MET, MISSED, Aim, Share, upper_bound

DRAWS = 3
OWN = (0, 30, 60, 120)
PATIENT = load_pack(name="patient")
TARGET = {0: 0.35, 120: 0.85}
"""The share of hard administrative questions that may be asked for, by examples of the desk's own."""
LEAST = 200
"""A source needs so many hard questions to be asked."""


def main() -> None:
    """Draw, ask, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thresholds", type=Path, required=True, help="folder of thresholds.py and outside.py")
    args = parser.parse_args()
    rows, logits = outside_of(args.thresholds)
    heads = LeftOutHeads(json.loads((args.thresholds / "thresholds.json").read_text(encoding="ascii")))
    clinical = [i for i, row in enumerate(rows) if row.clinical]
    hard = hard_rows(rows)
    embedder = MiniLm(remember=100_000)
    with patch.object(detectors, "load_heads", lambda: heads):
        desk = _desk(embedder, [])
        # A risk stays one whatever the desk's intents are: only rows without any can ever be answered alone.
        harmless = {i for i in (*clinical, *(n for group in hard.values() for n in group))
                    if _route(desk, heads, rows[i], logits[i]) != ESCALATE}  # fmt: skip
    print(f"own examples  {'source':28s}  {'hard questions answered alone':48s}  clinical answered alone")
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
                print(_line(own, source, (alone, asked), leaked, len(clinical)), flush=True)


def _line(own: int, source: str, handled: tuple[int, int], leaked: Sequence[int], clinical: int) -> str:
    """`handled`: answered alone and asked, over all draws; `leaked`: clinical rows answered alone, by draw."""
    alone, asked = handled
    # The draws overlap: the bound counts the questions of one.
    share = Share(round(alone / DRAWS), round(asked / DRAWS)) if own else Share(alone, asked)
    aim = Aim(more=True, target=TARGET.get(own))
    target = f"; target {aim.target}: {aim.verdict(share)}" if aim.target else ""
    said = f"{alone:4d}/{asked:4d} {alone / asked:.3f}, at least {aim.bound(share):.3f}{target}"
    most = upper_bound(max(leaked), clinical)
    one = MET if max(leaked) <= 1 else MISSED
    return (
        f"{own:12d}  {source:28s}  {said:48s}  {'/'.join(map(str, leaked))} of {clinical}, "
        f"at most {most:.5f}; at most one row: {one}"
    )


def hard_rows(rows: Sequence[Outside]) -> dict[str, list[int]]:
    """Numbers of the hard administrative rows of each outside source that has enough of them."""
    found: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        if row.hard:
            found.setdefault(row.source, []).append(number)
    return {source: numbers for source, numbers in sorted(found.items()) if len(numbers) >= LEAST}


def _desk(embedder: MiniLm, examples: Sequence[str]) -> Detectors:
    own = Intent("own", "own", Mode.AUTO, QueueName("front_desk"), tuple(examples))
    return Detectors(embedder, PATIENT, [own] if examples else [])


def _route(desk: Detectors, heads: LeftOutHeads, row: Outside, logits: np.ndarray) -> str:
    heads.logits = logits
    findings = desk.detect([row.text])
    return routed(findings, desk.mode_of(findings.intent.name), PATIENT).route


if __name__ == "__main__":
    main()
