"""The two locks of a data folder: one owner at a time, and guests that the owner lets finish."""

import fcntl
import os
from pathlib import Path

from vouchsafe.store.embedded.errors import AlreadyOwned, FolderRefused
from vouchsafe.store.embedded.waiting import Pace, Progress

OWNER_LOCK = "owner.lock"
GUESTS_LOCK = "guests.lock"


class FolderLock:
    """A lock on a file of the data folder; the kernel frees it when its process ends, however that happens.

    Programs started by the holder do not inherit it. A plain `os.fork` would: start children as programs.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def take(self, *, shared: bool = False) -> bool:
        """Take the lock now, or give False because others hold it. Raises FolderRefused."""
        if self._descriptor is not None:
            return True
        descriptor = _open(self._file)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def sign(self) -> None:
        """Write our process id into the file, for the error message of whoever is refused."""
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def owner_pid(data_dir: Path) -> int | None:
    """The process id in the owner's lock: the owner, or the last one there was."""
    try:
        return int((data_dir / OWNER_LOCK).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def take_ownership(lock: FolderLock, data_dir: Path) -> None:
    """Take the owner's lock. Raises AlreadyOwned."""
    if not lock.take():
        raise AlreadyOwned(data_dir, owner_pid(data_dir))
    lock.sign()


def await_guests(lock: FolderLock, *, limit_s: float, pace: Pace, progress: Progress) -> None:
    """Wait until no guest is left, for `limit_s` at most, and let no new one in."""
    waiting_for = "waiting for other commands to finish with the database"
    pace.wait_until(lock.take, limit_s=limit_s, progress=progress, waiting_for=waiting_for)


def _open(file: Path) -> int:
    """Open the lock file, made private and for the owner of the folder (root may work in another's folder)."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        folder = file.parent.stat()
        if os.geteuid() == 0 and os.fstat(descriptor).st_uid != folder.st_uid:
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
    except PermissionError:
        raise FolderRefused(file.parent, "belongs to another user; run this command as that user or as root") from None
    return descriptor
