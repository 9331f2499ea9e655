"""Our redaction and a peer's on the same messages in one run, scored by the same rules; keeps the figures.

    python bench/redaction/beside.py measure --python PYTHON --weights DIR [--data DIR --taggers DIR]
    python bench/redaction/beside.py shown

PYTHON is of an environment with `presidio-analyzer`; DIR of `--weights` is its folder of en_core_web_md. `--data` and
`--taggers` (see `training/redaction/left_out.py`) add the outside sources, each read by a tagger of ours that saw no
row of it. `measure` writes `last.json` beside this script; `shown` prints it and says where ours changed since.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "training" / "redaction"))

from left_out import files_of, redactor_without

from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.quality.labelled import LabelledText, read_labelled
from vouchsafe.quality.redaction_score import MEASURES, Scored, rates, score

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_name("last.json")
OURS = "vouchsafe, standard profile"


def main() -> None:
    """Measure and keep, or show what was kept."""
    options = _options()
    if options.what == "measure":
        KEPT.write_text(json.dumps(_measured(options), indent=1) + "\n", encoding="ascii")
    _show(json.loads(KEPT.read_text(encoding="ascii")))


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    shipped = Redactor(SpacyMd())
    own = sorted((ROOT / "quality" / "redaction").glob("*.jsonl"))
    found = {"messages as people write them": _both(own, shipped, options)}
    if options.data:
        for file in files_of(options.data):
            source = file.name.split(".")[0]
            without = redactor_without(source, options.data, options.taggers)
            found[f"{source}, left out"] = _both([file], without, options)
    peer = next(name for systems in found.values() for name in systems if name != OURS)
    return {"redactor": shipped.ref, "peer": peer, "figures": found}


def _both(files: Sequence[Path], redactor: Redactor, options: argparse.Namespace) -> dict[str, Any]:
    rows = [row for path in files for row in read_labelled(path)]
    # Ours first: the words of a left-out redactor hold for the process until the next is made.
    ours = [score(row, _masked(redactor, row)) for row in rows]
    command = [str(options.python), str(Path(__file__).with_name("presidio.py")), "--weights", str(options.weights)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([*command, *map(str, files)], env=environment, check=True, capture_output=True, text=True)
    *masked, head = map(json.loads, done.stdout.splitlines())
    theirs = [score(row, map(tuple, ranges)) for row, ranges in zip(rows, masked, strict=True)]
    return {OURS: _figures(ours), head["name"]: _figures(theirs)}


def _masked(redactor: Redactor, row: LabelledText) -> list[tuple[int, int]]:
    return [(one.span.start, one.span.end) for one in redactor.redact([row.text]).parts[0].found]


def _figures(scored: Sequence[Scored]) -> dict[str, Any]:
    found = {
        name: {"rate": round(one.share, 4), "low": round(one.low, 4), "high": round(one.high, 4), "n": one.of}
        for name, one in rates(scored).items()
    }
    return {"messages": len(scored), **found}


def _show(kept: dict[str, Any]) -> None:
    print(f"{kept['redactor']} beside {kept['peer']}")
    if kept["redactor"] != (now := Redactor(SpacyMd()).ref):
        print(f"the redactor that ships now is {now}: measure again")
    for group, systems in kept["figures"].items():
        print(f"\n{group}, {systems[OURS]['messages']} messages")
        for measure in MEASURES:
            for name, found in systems.items():
                one = found[measure]
                if one["n"]:
                    interval = f"{one['low']:.4f} to {one['high']:.4f}"
                    print(f"  {measure:8} {name:48} {one['rate']:.4f}  95 % interval {interval}, n {one['n']}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("measure", "shown"))
    parser.add_argument("--python", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--taggers", type=Path)
    options = parser.parse_args()
    if options.what == "measure" and not (options.python and options.weights):
        parser.error("measure needs --python and --weights")
    if (options.data is None) != (options.taggers is None):
        parser.error("--data and --taggers go together")
    return options


if __name__ == "__main__":
    main()
