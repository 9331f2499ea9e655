"""The launcher `vouchsafe`: what it installs and when, what it runs, and what it says where there is no Python."""

import os
import pty
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from vouchsafe.cli.test import ROOT

NEEDED = ("cat", "cksum", "tr", "dirname", "mkdir", "cp")
RUNTIME, CARRIERS, TESTS = "requirements/runtime.txt", "requirements/carriers.txt", "requirements/test.txt"
STUB = """#!/bin/sh
# Stands for Python: says what it was asked, and makes an environment that holds itself.
case "$1" in -c) exit "${OLD:-0}" ;; esac
printf '%s\\n' "$*" >> "$LOG"
case "$*" in
    "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
    *"-m pip "*) exit "${PIP_FAILS:-0}" ;;
esac
"""


@dataclass(frozen=True)
class Checkout:
    """A folder with the launcher and its requirements, and a PATH on which only what a test put is found."""

    folder: Path
    programs: Path

    @property
    def log(self) -> Path:
        return self.folder / "asked"

    def add_python(self, name: str) -> Path:
        path = self.programs / name
        path.write_text(STUB, encoding="utf-8")
        path.chmod(0o755)
        return path

    def run(self, *words: str, stderr: int = subprocess.PIPE, **env: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("", encoding="utf-8")
        settings = {"PATH": str(self.programs), "LOG": str(self.log), **env}
        shell = shutil.which("sh") or "/bin/sh"
        command = [shell, str(self.folder / "vouchsafe"), *words]
        return subprocess.run(command, env=settings, stdout=subprocess.PIPE, stderr=stderr, text=True, check=False)

    def installed(self) -> list[str]:
        """What pip was asked to install in the last call: files of requirements, and the package itself."""
        asked = [line for line in self.log.read_text("utf-8").splitlines() if "-m pip install" in line]
        return [re.split(" -[re] ", line)[1].removeprefix(f"{self.folder}/") for line in asked]

    def ran(self) -> list[str]:
        return [line for line in self.log.read_text("utf-8").splitlines() if "vouchsafe.cli.main" in line]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder, programs = tmp_path / "a checkout", tmp_path / "bin"
    (folder / "requirements").mkdir(parents=True)
    programs.mkdir()
    shutil.copy(ROOT / "vouchsafe", folder)
    for name in (RUNTIME, CARRIERS, TESTS, "pyproject.toml"):
        (folder / name).write_text(f"{name} of the first day\n", encoding="utf-8")
    for name in NEEDED:
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    return Checkout(folder, programs)


def test_the_first_call_makes_an_environment_installs_by_hash_and_runs_the_command(checkout: Checkout) -> None:
    checkout.add_python("python3")

    done = checkout.run("doctor", "--report", "a file")

    assert done.returncode == 0
    asked = checkout.log.read_text("utf-8").splitlines()
    assert asked[0] == f"-m venv {checkout.folder}/.venv"
    assert checkout.installed() == [RUNTIME, CARRIERS, str(checkout.folder)]
    assert all("--require-hashes" in line for line in asked if ".txt" in line)
    assert checkout.ran() == ["-P -m vouchsafe.cli.main doctor --report a file"]
    assert "every package is checked against its hash" in done.stderr


def test_a_second_call_installs_nothing_and_says_nothing(checkout: Checkout) -> None:
    checkout.add_python("python3")
    checkout.run("help")

    done = checkout.run("help")

    assert (checkout.installed(), done.stderr) == ([], "")
    assert checkout.ran() == ["-P -m vouchsafe.cli.main help"]


@pytest.mark.parametrize("changed", [RUNTIME, CARRIERS, "pyproject.toml"])
def test_a_changed_requirement_installs_again(checkout: Checkout, changed: str) -> None:
    checkout.add_python("python3")
    checkout.run("help")
    (checkout.folder / changed).write_text("of the second day\n", encoding="utf-8")

    checkout.run("help")

    assert checkout.installed() == [RUNTIME, CARRIERS, str(checkout.folder)]


def test_what_the_tests_need_is_installed_for_the_tests_alone(checkout: Checkout) -> None:
    checkout.add_python("python3")
    checkout.run("help")

    checkout.run("test", "--only-tests")
    first = checkout.installed()
    checkout.run("test")

    assert (first, checkout.installed()) == ([TESTS], [])


def test_what_failed_to_install_is_tried_again_and_nothing_runs(checkout: Checkout) -> None:
    checkout.add_python("python3")

    failed = checkout.run("help", PIP_FAILS="1")

    assert failed.returncode == 1
    assert checkout.ran() == []
    assert checkout.run("help").returncode == 0
    assert checkout.installed() == [RUNTIME, CARRIERS, str(checkout.folder)]


def test_without_python_it_says_what_to_install(checkout: Checkout) -> None:
    done = checkout.run("help")

    assert done.returncode == 3
    assert "Python 3.11 or newer with the venv module is needed and was not found." in done.stderr
    assert "VOUCHSAFE_PYTHON=/path/to/python" in done.stderr
    assert len(done.stderr.splitlines()) == 3, "the sentence about .venv, then what to do, and no error of the shell"


def test_a_python_that_is_too_old_counts_as_none(checkout: Checkout) -> None:
    checkout.add_python("python3")

    assert checkout.run("help", OLD="1").returncode == 3


def test_a_python_that_is_named_comes_first(checkout: Checkout) -> None:
    named = checkout.add_python("elsewhere")

    assert checkout.run("help", VOUCHSAFE_PYTHON=str(named)).returncode == 0


def test_it_shows_progress_on_a_terminal_and_is_quiet_in_a_log(checkout: Checkout) -> None:
    checkout.add_python("python3")
    checkout.run("help")
    quiet = [line for line in checkout.log.read_text("utf-8").splitlines() if "-m pip" in line]
    (checkout.folder / RUNTIME).write_text("of the second day\n", encoding="utf-8")
    ours, theirs = pty.openpty()
    try:
        checkout.run("help", stderr=theirs)
        seen = os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    shown = [line for line in checkout.log.read_text("utf-8").splitlines() if "-m pip" in line]

    assert len(quiet) == len(shown) == 3
    assert all(" -q " in line for line in quiet)
    assert not any(" -q " in line for line in shown)
    assert [part for part in ("(1 of 3)", "(2 of 3)", "(3 of 3)") if part not in seen] == []
