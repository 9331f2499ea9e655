"""A file that is not there, a folder that cannot be, a part that is none: one sentence, never a traceback."""

import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import Shell


@pytest.mark.usefixtures("shell")
def test_an_unknown_part_is_refused_with_the_list_and_nothing_runs(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "run", never)

    assert "--full knows no part 'fautls'; it takes: faults" in shell("test", "--full", "fautls", code=2).err


def test_a_missing_file_is_named(shell: Shell) -> None:
    said = shell("eval", "detection", "gone.jsonl", code=2).err

    assert said == "vouchsafe eval: gone.jsonl: No such file or directory; name another, or mend it\n"


def test_a_folder_that_cannot_be_is_named(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    said = shell("synth", "--count", "1", "--eml", "file/mails", code=2).err

    assert said == "vouchsafe synth: file/mails: Not a directory; name another, or mend it\n"
