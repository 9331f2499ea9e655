"""The whole training of the network of detection: the steps by which the shipped one was made, in their order.

Usage: python training/detection/all.py --data DIR --encoder DIR --work DIR [--dry-run] [--ship] [--threads 1]

DIR of `--data` holds `clinical.jsonl`, that of `--encoder` the fp32 weights; `--work` is private: it will hold texts.
The network learned in three turns as more hands had written (see README.md); network and folds alike go on from the
turn before. A step that has ended is passed over, so that a training that was cut off goes on; begin anew with an empty
folder. Network, words and manifest go to WORK/shipped; `--ship` writes them into the product's data. Needs
torch. Twelve fits: hours of one core. Outside rows are redacted by what ships now, so that the first
turns read slightly other rows than they did.
"""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDS = 3
TURNS = (("first", "h,i,j,k,l", 3), ("second", "k,l", 1), ("third", "", 1))
"""Name, the hands that had not written yet, and epochs."""
SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Step:
    """A script with its options. `keeps`: it leaves files, so that it need not run twice."""

    script: str
    options: tuple[str, ...]
    keeps: bool = True

    @property
    def command(self) -> list[str]:
        """What is run, without the interpreter."""
        return [str(HERE / self.script), *self.options]


def main() -> None:
    """Run the steps, or print them."""
    options = _options()
    for number, step in enumerate(steps(options), start=1):
        said = shlex.join(["python", *step.command])
        # Written when a step has ended: what a step that was cut off left behind counts for nothing.
        mark = options.work / "done" / f"{number:02d}"
        is_done = step.keeps and mark.exists() and mark.read_text(encoding="utf-8") == said
        print(("done  " if is_done else "      ") + said, flush=True)
        if options.dry_run or is_done:
            continue
        for folder in ("done", SHIPPED, *(name for name, _, _ in TURNS)):
            (options.work / folder).mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
        subprocess.run([sys.executable, *step.command], env=environment, check=True)  # noqa: S603  # our own scripts
        mark.write_text(said, encoding="utf-8")


def steps(options: argparse.Namespace) -> Iterator[Step]:
    """Every step in its order."""
    work, data = options.work, ("--data", str(options.data))
    encoder, threads = ("--encoder", str(options.encoder)), ("--threads", str(options.threads))
    before: Path | None = None
    for name, without, epochs in TURNS:
        turn = work / name
        rows = ("--rows", str(turn / "rows.jsonl"))
        left = ("--without", without) if without else ()
        yield Step("material.py", (*data, "--out", rows[1], *left))
        for network in (*(f"fold{fold}" for fold in range(FOLDS)), "network"):
            fold = ("--fold", network[-1]) if network != "network" else ()
            start = ("--start", str(before / f"{network}.pt")) if before else ()
            settings = ("--epochs", str(epochs), *threads)
            yield Step("heads/fit.py", (*rows, *encoder, "--out", str(turn), *fold, *start, *settings))
        before = turn
    folds, found = ("--folds", str(turn)), str(work / "thresholds")
    kept = ("--thresholds", found)
    out = () if options.ship else ("--out", str(work / SHIPPED))
    yield Step("heads/thresholds.py", (*rows, *folds, "--out", found))
    yield Step("heads/export.py", (str(turn / "network.pt"), "--calibration", found, *out))
    yield Step("heads/left_out.py", (*rows, *kept), keeps=False)
    yield Step("heads/outside.py", (*data, *rows, *folds, *kept, *encoder, *threads))
    yield Step("heads/clinical.py", kept, keeps=False)
    yield Step("heads/allow_list.py", kept, keeps=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with clinical.jsonl")
    parser.add_argument("--encoder", type=Path, required=True, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("--work", type=Path, required=True, help="private folder for everything in between")
    parser.add_argument("--dry-run", action="store_true", help="print the steps and run none")
    parser.add_argument("--ship", action="store_true", help="write the outcome into the product's data")
    parser.add_argument("--threads", type=int, default=1, help="another number gives slightly other networks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
