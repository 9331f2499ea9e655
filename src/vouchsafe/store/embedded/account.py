"""The operating-system account that PostgreSQL runs as, and the folders that only it (or root) may use.

PostgreSQL refuses to run as root. An ordinary user runs it directly; root runs it as the system user
`vouchsafe`, or as whoever owns the database already.
"""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vouchsafe.store.embedded.errors import AccountUnavailable, FolderRefused

SYSTEM_USER = "vouchsafe"
SYSTEM_FOLDER = Path("/var/lib/vouchsafe")
# PostgreSQL gets nothing of our environment: it may hold keys, and PG* variables would change what it does.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL. `is_other` is true when that is not the current user, which only root can do."""

    uid: int
    gid: int
    is_other: bool


def current_account() -> Account:
    """The user we are."""
    return Account(os.geteuid(), os.getegid(), is_other=False)


def account_for(cluster_owner: tuple[int, int] | None) -> Account:
    """The account to run PostgreSQL as, given the (uid, gid) that own the cluster, or None if there is none yet.

    Raises: AccountUnavailable as root without a usable other account; FolderRefused if the cluster is another user's.
    """
    if os.geteuid() != 0:
        return current_account()
    if cluster_owner is None:
        uid, gid = _system_user()
    else:
        uid, gid = cluster_owner
    if uid == 0:
        raise AccountUnavailable("the account to use has the number 0, which is root again")
    return Account(uid, gid, is_other=True)


def spawn(
    account: Account, arguments: list[str | Path], *, stderr: IO[bytes], own_session: bool
) -> subprocess.Popen[bytes]:
    """Start a program as `account`, with an empty environment, standing in the root folder.

    `own_session` keeps a Ctrl-C in our terminal away from it. Raises AccountUnavailable.
    """
    try:
        return subprocess.Popen(  # noqa: S603 - programs by full path, no shell
            [str(one) for one in arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            cwd="/",
            env=_ENVIRONMENT,
            umask=0o077,
            start_new_session=own_session,
            user=account.uid if account.is_other else None,
            group=account.gid if account.is_other else None,
            extra_groups=[] if account.is_other else None,
        )
    except PermissionError as error:
        if not account.is_other:
            raise
        raise AccountUnavailable(
            f"this root may not start programs as user {account.uid} ({error.strerror})"
        ) from error


def can_execute(account: Account, program: Path) -> bool:
    """Whether `account` can start `program` and read its neighbours."""
    return _test(account, ["-x", program, "-a", "-r", program, "-a", "-r", program.parent.parent / "share"])


def can_enter(account: Account, folder: Path) -> bool:
    """Whether `account` can pass through `folder` and all its parents."""
    return _test(account, ["-x", folder])


def _test(account: Account, conditions: list[str | Path]) -> bool:
    """Ask as that very account: access lists and mount options count, which mode bits alone do not show."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - the null device, not a file
        return spawn(account, ["/usr/bin/test", *conditions], stderr=nowhere, own_session=False).wait() == 0


def _system_user() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _create_system_user()
        entry = pwd.getpwnam(SYSTEM_USER)
    return entry.pw_uid, entry.pw_gid


def _create_system_user() -> None:
    """Create an account that nobody can log in to and that owns nothing but the database."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if sys.platform != "linux" or useradd is None:
        raise AccountUnavailable("there is no useradd to create the system user with")
    nobody_logs_in = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    result = subprocess.run(  # noqa: S603 - useradd by its full path with fixed arguments
        [useradd, "--system", "--user-group", *nobody_logs_in, SYSTEM_USER],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        pwd.getpwnam(SYSTEM_USER)  # also true when another process created it in this moment
    except KeyError:
        raise AccountUnavailable(f"useradd could not create the system user: {result.stderr.strip()}") from None


def make_root_folder(folder: Path, *, mode: int) -> None:
    """Make `folder` under SYSTEM_FOLDER, both owned by root; parents can be passed through but not listed.

    Raises: FolderRefused if something else is in its place.
    """
    for one, one_mode in ((SYSTEM_FOLDER, 0o711), (folder, mode)):
        try:
            one.mkdir(mode=one_mode)
            one.chmod(one_mode)
        except FileExistsError:
            found = one.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0:
                raise FolderRefused(
                    one, "must be a folder that belongs to root; move it away and start again"
                ) from None
        except OSError as error:
            raise FolderRefused(one, f"cannot be made ({error.strerror}); it is needed to run as root") from error


def make_private_folder(folder: Path, account: Account) -> bool:
    """Make `folder` with mode 0700 for `account`; False if something of that name exists.

    Only what was made here is ever handed over: the descriptor makes sure that a swapped-in link is not followed.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return False
    if account.is_other:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            os.fchown(descriptor, account.uid, account.gid)
        finally:
            os.close(descriptor)
    return True


def is_private_folder(folder: Path, account: Account) -> bool:
    """Whether `folder` is a real folder of `account` that nobody else may enter."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and stat.S_IMODE(found.st_mode) == 0o700
