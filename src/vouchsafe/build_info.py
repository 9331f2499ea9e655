"""Which release and commit this is; both stand in every event."""

import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@cache
def build() -> str:
    """`0.1.0+1a2b3c4`, or `+unknown` outside a checkout."""
    try:
        release = version("vouchsafe")
    except PackageNotFoundError:
        release = "0.0.0"
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607  # whichever git the machine has
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return f"{release}+unknown"
    return f"{release}+{found.stdout.strip()}"
