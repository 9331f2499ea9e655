"""Fixtures of the fault tests."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.installation import Installation, a_clinic_in

# What takes root and many minutes belongs to the long form.
collect_ignore = [] if os.environ.get("VOUCHSAFE_FULL") == "faults" else ["test_full_file_system.py"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, and open to the database's system user on its way in."""
    made = Path(tempfile.mkdtemp(prefix="vsf-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def installation(folder: Path) -> Iterator[Installation]:
    """A clinic in auto mode."""
    with a_clinic_in(folder) as one:
        yield one
