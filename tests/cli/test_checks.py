"""`vouchsafe test`: what somebody sees while a check runs."""

import os
from pathlib import Path

import pytest
from rich.console import Console

from vouchsafe.cli.test import _run


@pytest.mark.parametrize(("code", "ended"), [(0, "ok"), (1, "FAILED")])
def test_a_check_is_named_before_it_starts_and_judged_on_the_same_line(tmp_path: Path, code: int, ended: str) -> None:
    shown, seen = tmp_path / "shown", tmp_path / "seen"
    with shown.open("w", encoding="utf-8") as file:
        well = _run(Console(file=file), "types", ["sh", "-c", f"cp {shown} {seen}; exit {code}"], dict(os.environ))

    assert seen.read_text("utf-8") == "types    ... "
    assert shown.read_text("utf-8").startswith(f"types    ... {ended} (")
    assert well is (code == 0)
