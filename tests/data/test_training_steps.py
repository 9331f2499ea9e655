"""`training/detection/all.py` runs scripts that are there, with options that they know and files that earlier steps made.

No step is run.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TRAINING = Path(__file__).resolve().parents[2] / "training" / "detection"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty folder for the training."""
    return tmp_path / "work"


def planned(work: Path, *more: str) -> list[list[str]]:
    """The commands of a dry run, each a list of words after `python`."""
    given = ("--data", "DATA", "--encoder", "ENCODER", "--work", str(work), "--dry-run", *more)
    done = subprocess.run(
        [sys.executable, str(TRAINING / "all.py"), *given], check=True, capture_output=True, text=True, env=os.environ
    )
    return [line[6:].split()[1:] for line in done.stdout.splitlines()]


def test_every_step_is_a_script_that_knows_its_options(work: Path) -> None:
    steps = planned(work)

    assert [Path(step[0]).name for step in steps if Path(step[0]).name != "fit.py"] == [
        *["material.py"] * 3, "thresholds.py", "export.py", "left_out.py", "outside.py", "clinical.py", "allow_list.py",
    ]  # fmt: skip
    for script, *options in steps:
        known = set(re.findall(r'add_argument\(\s*"(--[a-z-]+)"', Path(script).read_text(encoding="utf-8")))
        assert {one for one in options if one.startswith("--")} <= known, script


def test_network_and_folds_learn_in_three_turns_each_from_its_own_of_the_turn_before(work: Path) -> None:
    steps = planned(work)
    fits = [step for step in steps if step[0].endswith("fit.py")]

    def value(step: list[str], option: str) -> str:
        return step[step.index(option) + 1] if option in step else ""

    without = [value(step, "--without") for step in steps if step[0].endswith("material.py")]
    assert without == ["h,i,j,k,l", "k,l", ""]
    assert [value(step, "--epochs") for step in fits] == ["3"] * 4 + ["1"] * 8
    starts = [value(step, "--start").removeprefix(f"{work}/") for step in fits]
    names = ["fold0.pt", "fold1.pt", "fold2.pt", "network.pt"]
    assert starts == [""] * 4 + [f"first/{one}" for one in names] + [f"second/{one}" for one in names]


def test_what_ships_is_written_only_when_asked_for(work: Path) -> None:
    (export,) = [step for step in planned(work) if step[0].endswith("export.py")]
    (shipping,) = [step for step in planned(work, "--ship") if step[0].endswith("export.py")]

    assert export[export.index("--out") + 1] == f"{work}/shipped"
    assert "--out" not in shipping
    assert not work.exists()


def test_a_step_that_ended_is_passed_over_and_one_that_was_cut_off_is_not(work: Path) -> None:
    (work / "done").mkdir(parents=True)
    first, second, *_ = planned(work)
    (work / "done" / "01").write_text(" ".join(["python", *first]))
    (work / "done" / "03").write_text(" ".join(["python", *second]))
    (work / "first").mkdir()
    (work / "first" / "fold0.npz").write_text("")
    given = ("--data", "DATA", "--encoder", "ENCODER", "--work", str(work), "--dry-run")
    command = [sys.executable, str(TRAINING / "all.py"), *given]

    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()

    assert [line.startswith("done") for line in said[:3]] == [True, False, False]
