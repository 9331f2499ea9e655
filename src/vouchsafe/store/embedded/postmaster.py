"""What `postmaster.pid` says, and whether the process it names really is the server of this cluster.

Source: src/include/utils/pidfile.h of PostgreSQL (the lines of the file), proc(5) (the state of a process).
"""

import enum
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vouchsafe.store.embedded.errors import PidFileBlocked, StopTimedOut
from vouchsafe.store.embedded.places import Home
from vouchsafe.store.embedded.waiting import Pace, Progress

# A process that died takes a moment to be collected by its new parent; 1.5 s was seen on a busy machine.
GONE_LIMIT_S = 30.0
AT_ONCE_LIMIT_S = 15.0


class Standing(enum.Enum):
    """What the process of a given number is to us."""

    GONE = "gone"
    ZOMBIE = "dead, but not yet collected by its parent"
    SERVER = "the server of this cluster"
    STRANGER = "something else"


@dataclass(frozen=True, slots=True)
class PidFile:
    """The parts of `postmaster.pid` that we use; the later ones are missing while the server starts."""

    pid: int
    port: int | None
    socket_dir: Path | None
    is_ready: bool


def pid_file_of(cluster: Path) -> Path:
    """Where the server notes its process id."""
    return cluster / "postmaster.pid"


def read_pid_file(cluster: Path) -> PidFile | None:
    """What the file says; None if there is none, or it is being written at this moment."""
    try:
        lines = pid_file_of(cluster).read_text(encoding="utf-8").split("\n")
        pid = abs(int(lines[0]))  # a single-user server notes its number as negative
    except (FileNotFoundError, ValueError):
        return None
    lines += [""] * (8 - len(lines))
    return PidFile(
        pid=pid,
        port=int(lines[3]) if lines[3].isdigit() else None,
        socket_dir=Path(lines[4]) if lines[4] else None,
        is_ready=lines[7].strip() == "ready",
    )


def standing(pid: int, home: Home) -> Standing:
    """What process `pid` is: a number in a file may by now belong to anybody."""
    return _standing_linux(pid, home) if sys.platform == "linux" else _standing_ps(pid, home)


def stop_process(pid: int, is_over: Callable[[], bool], *, limit_s: float, pace: Pace, progress: Progress) -> None:
    """End the server `pid` in order (fast: open transactions roll back); at once if that takes too long.

    Never SIGKILL: shared memory would stay behind. Raises StopTimedOut.
    """
    for number, patience_s in ((signal.SIGINT, limit_s), (signal.SIGQUIT, AT_ONCE_LIMIT_S)):
        if is_over():
            return
        with suppress(ProcessLookupError):  # it ended in this moment
            os.kill(pid, number)
        if pace.wait_until(
            is_over, limit_s=patience_s, progress=progress, waiting_for="waiting for PostgreSQL to stop"
        ):
            return
    raise StopTimedOut(pid, limit_s + AT_ONCE_LIMIT_S)


def clear_the_way(home: Home, *, stop_limit_s: float, pace: Pace, progress: Progress) -> None:
    """Stop an orphan server of this cluster, and wait until the process noted in its pid file is gone.

    The caller holds the owner's lock, so a live server here has lost its owner. The file itself is never
    deleted: PostgreSQL replaces that of a dead server by itself, after looking for processes and shared
    memory that we cannot see. Raises: PidFileBlocked, StopTimedOut.
    """
    found = read_pid_file(home.cluster)
    if found is None:
        return
    pid = found.pid
    if standing(pid, home) is Standing.SERVER:
        progress(f"stopping a PostgreSQL (process {pid}) that has lost its owner")

        def is_over() -> bool:
            return standing(pid, home) is not Standing.SERVER

        stop_process(pid, is_over, limit_s=stop_limit_s, pace=pace, progress=progress)
    if pace.wait_until(
        lambda: not _blocks(pid, home),
        limit_s=GONE_LIMIT_S,
        progress=progress,
        waiting_for=f"waiting for process {pid}, noted in postmaster.pid, to go away",
    ):
        return
    if standing(pid, home) is Standing.ZOMBIE:
        detail = (
            f"the dead server (process {pid}) is never collected; run the container with an init (docker run --init)"
        )
    else:
        detail = (
            f"process {pid} is not this database but has the number of its last server; "
            f"end that process or restart the machine (or container), then start again. Do not delete the file"
        )
    raise PidFileBlocked(pid_file_of(home.cluster), detail)


def _blocks(pid: int, home: Home) -> bool:
    """Whether a starting server would take `pid` for a living one: any process of its own account."""
    match standing(pid, home):
        case Standing.GONE:
            return False
        case Standing.ZOMBIE | Standing.SERVER:
            return True
        case Standing.STRANGER:
            # PostgreSQL itself looks away from its own number, its parent's and those of other accounts.
            return pid != os.getpid() and _owner_linux(pid) in (home.account.uid, None)


def _standing_linux(pid: int, home: Home) -> Standing:
    process = Path("/proc") / str(pid)
    try:
        # The state follows the name, which is in brackets and may itself hold brackets.
        name, _, rest = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
    except (FileNotFoundError, ProcessLookupError):
        return Standing.GONE
    if rest.split()[0] in ("Z", "X"):
        return Standing.ZOMBIE
    try:
        # A server stands in the folder of its cluster; the link works also when that was moved since.
        stands_there = (process / "cwd").samefile(home.cluster)
    except (FileNotFoundError, ProcessLookupError):
        return Standing.STRANGER if process.exists() else Standing.GONE
    except PermissionError:
        return Standing.STRANGER
    is_server = stands_there and name.partition("(")[2] == "postgres" and _owner_linux(pid) == home.account.uid
    return Standing.SERVER if is_server else Standing.STRANGER


def _owner_linux(pid: int) -> int | None:
    """The user number of a process, or None if it is gone or cannot be known here."""
    try:
        return (Path("/proc") / str(pid)).stat().st_uid
    except OSError:
        return None


def _standing_ps(pid: int, home: Home) -> Standing:
    """The same without /proc (macOS), from the command line of the process."""
    result = subprocess.run(  # noqa: S603 - ps by its full path, the number is an int
        ["/bin/ps", "-o", "uid=,stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    uid, _, rest = result.stdout.strip().partition(" ")
    state, _, command = rest.strip().partition(" ")
    if not uid:
        return Standing.GONE
    if state.startswith("Z"):
        return Standing.ZOMBIE
    is_server = int(uid) == home.account.uid and "postgres" in command and f"-D {home.cluster}" in command
    return Standing.SERVER if is_server else Standing.STRANGER
