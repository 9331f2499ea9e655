"""Where the parts of one embedded database lie.

DATA_DIR/owner.lock        held (flock) as long as the owner lives; its text is the owner's process id
DATA_DIR/guests.lock       held shared by commands that joined a running server
DATA_DIR/postgres/         the home: `data` (the cluster) and `log`, mode 0700
DATA_DIR/postgres.where    instead of that folder: the path of a home elsewhere, see `_home_elsewhere`
/run or /tmp, vouchsafe-X  the socket, X being a hash of the home; mode 0700
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from vouchsafe.store.embedded.account import (
    SYSTEM_FOLDER,
    Account,
    account_for,
    can_enter,
    is_private_folder,
    make_private_folder,
    make_root_folder,
)
from vouchsafe.store.embedded.errors import ClusterMissing, FolderRefused

PORT = 5432
# sun_path holds 108 bytes on Linux and 104 on macOS, with its closing NUL.
SOCKET_PATH_LIMIT = 103
_POINTER = "postgres.where"
_ATTEMPTS = 16


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one cluster and the account that owns it."""

    path: Path
    account: Account

    @property
    def cluster(self) -> Path:
        """What PostgreSQL calls its data directory."""
        return self.path / "data"

    @property
    def log_dir(self) -> Path:
        """The server's own log, rotated."""
        return self.path / "log"


def prepare_data_dir(data_dir: Path) -> None:
    """Make `data_dir` if it is missing; parents that exist stay as they are.

    Made by root it can be passed through (0711) but not listed, so that the server's account reaches its own
    folder inside; made by an ordinary user it is private (0700). Raises FolderRefused.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        data_dir.mkdir(mode=mode)
        data_dir.chmod(mode)
    except FileExistsError:
        if not data_dir.is_dir():
            raise FolderRefused(data_dir, "is not a folder; choose another data folder") from None
    except OSError as error:
        raise FolderRefused(
            data_dir, f"cannot be made ({error.strerror}); choose a data folder you may write"
        ) from error


def find_home(data_dir: Path) -> Home | None:
    """The home of the cluster of `data_dir`, or None before the first start.

    Raises: ClusterMissing if the pointer leads nowhere; FolderRefused if we may not look.
    """
    pointer = data_dir / _POINTER
    try:
        path = Path(pointer.read_text(encoding="utf-8").strip()) if pointer.exists() else data_dir / "postgres"
        found = path.lstat()
    except FileNotFoundError:
        if pointer.exists():
            raise ClusterMissing(pointer, path) from None
        return None
    except PermissionError:
        raise FolderRefused(data_dir, "belongs to another user; run this command as that user or as root") from None
    if not stat.S_ISDIR(found.st_mode):
        raise FolderRefused(path, "must be a folder, not a link or a file; move it away and start again")
    if os.geteuid() not in (0, found.st_uid):
        raise FolderRefused(path, "belongs to another user; run this command as that user or as root")
    return Home(path, account_for((found.st_uid, found.st_gid)))


def make_home(data_dir: Path) -> Home:
    """Make the home of a new cluster: inside `data_dir` where the server's account can get there."""
    account = account_for(None)
    if account.is_other and not can_enter(account, data_dir):
        return Home(_home_elsewhere(data_dir, account), account)
    path = data_dir / "postgres"
    if not make_private_folder(path, account):
        raise FolderRefused(path, "appeared while it was being made; start again")
    return Home(path, account)


def _home_elsewhere(data_dir: Path, account: Account) -> Path:
    """A home under /var/lib/vouchsafe, noted in the pointer file.

    The account of the server cannot pass the parents of `data_dir` (say, a folder under /root), and opening
    those for it would open them for everybody. A home left by an earlier data folder of the same path is
    never taken over: its keys are gone with that folder.
    """
    make_root_folder(SYSTEM_FOLDER, mode=0o711)
    for attempt in range(_ATTEMPTS):
        path = SYSTEM_FOLDER / _short_hash(data_dir, attempt)
        if make_private_folder(path, account):
            pointer = data_dir / _POINTER
            draft = data_dir / f"{_POINTER}.new"
            draft.write_text(f"{path}\n", encoding="utf-8")
            draft.chmod(0o600)
            draft.rename(pointer)
            return path
    raise FolderRefused(SYSTEM_FOLDER, f"holds {_ATTEMPTS} old databases of {data_dir}; remove those you do not need")


def socket_bases() -> tuple[Path, ...]:
    """Where socket folders may be made, best first.

    The same for every process of this machine, whatever its environment: $TMPDIR differs between a service
    and a shell, and $XDG_RUNTIME_DIR is emptied when the user logs off while the server still runs.
    """
    return (Path("/run"), Path("/tmp")) if os.geteuid() == 0 else (Path("/tmp"),)  # noqa: S108 - the folder inside is checked


def make_socket_folder(home: Home, bases: tuple[Path, ...]) -> Path:
    """A folder with mode 0700 of the server's account, short enough for a socket.

    The name follows from the home, so another user could make it first; then the next name is taken.
    Raises FolderRefused if no base gives one.
    """
    reason = "there is no folder for the database socket"
    for base in bases:
        if not _is_safe_base(base):
            reason = f"{base} lets other users replace what we put there (it needs the sticky bit: chmod 1777)"
            continue
        for attempt in range(_ATTEMPTS):
            folder = base.resolve() / f"vouchsafe-{_short_hash(home.path, attempt)}"
            if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > SOCKET_PATH_LIMIT:
                reason = f"the path of the socket under {base} would be longer than {SOCKET_PATH_LIMIT} bytes"
                break
            try:
                if make_private_folder(folder, home.account) or is_private_folder(folder, home.account):
                    return folder
            except OSError as error:
                reason = f"cannot make a folder in {base} ({error.strerror})"
                break
            reason = f"other users have taken all names for our socket folder in {base}; remove {base}/vouchsafe-*"
    raise FolderRefused(bases[-1], reason)


def _is_safe_base(base: Path) -> bool:
    """Whether no other user can rename or remove our folder in `base`."""
    try:
        found = base.stat()
    except OSError:
        return False
    if found.st_uid not in (0, os.geteuid()):
        return False
    return not found.st_mode & 0o022 or bool(found.st_mode & stat.S_ISVTX)


def _short_hash(path: Path, attempt: int) -> str:
    return hashlib.sha256(b"%d\0%s" % (attempt, os.fsencode(path))).hexdigest()[:12]
