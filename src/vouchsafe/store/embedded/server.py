"""The embedded PostgreSQL: start, stop, restart, under one owner."""

import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from vouchsafe.store.embedded.account import can_enter, make_private_folder, spawn
from vouchsafe.store.embedded.cluster import (
    explain,
    has_cluster,
    is_blocked_by_leftovers,
    make_cluster,
    prune_logs,
    said_by_server,
    settings,
)
from vouchsafe.store.embedded.connection import ConnectionInfo, answers
from vouchsafe.store.embedded.errors import (
    EmbeddedPostgresError,
    FolderRefused,
    PidFileBlocked,
    StartTimedOut,
    plain_os_errors,
)
from vouchsafe.store.embedded.ownership import OWNER_LOCK, FolderLock, take_ownership
from vouchsafe.store.embedded.places import (
    Home,
    find_home,
    make_home,
    make_socket_folder,
    prepare_data_dir,
    socket_bases,
)
from vouchsafe.store.embedded.postmaster import (
    clear_the_way,
    pid_file_of,
    read_pid_file,
    stop_process,
)
from vouchsafe.store.embedded.programs import programs_for
from vouchsafe.store.embedded.waiting import Pace, Progress, silent

# Crash recovery replays what was written since the last checkpoint; a slow disk may need many minutes.
START_LIMIT_S = 1800.0
STOP_LIMIT_S = 60.0
# How long the backends of a killed server may keep its shared memory before we give up.
LEFTOVERS_LIMIT_S = 60.0


class EmbeddedPostgres:
    """The server of one data folder, owned by this process.

    As a context manager: takes ownership and starts; stops and gives ownership back. Without it call
    `acquire_ownership`, `start`, then `restart_if_dead` now and then, `stop`, `release_ownership`.
    A server whose owner was killed lives on; the next owner stops it and starts its own.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        progress: Progress = silent,
        pace: Pace | None = None,
        start_limit_s: float = START_LIMIT_S,
        stop_limit_s: float = STOP_LIMIT_S,
        bases: tuple[Path, ...] | None = None,
    ) -> None:
        """Name the folder; nothing is made or started yet.

        `durable=False` (throwaway servers of tests only) survives no power cut. `progress` hears one line
        now and then while something takes long. `bases` are the folders in which the socket's may be made.
        """
        self.data_dir = data_dir.expanduser().resolve()
        self._durable = durable
        self._progress = progress
        self._pace = pace or Pace()
        self._start_limit_s = start_limit_s
        self._stop_limit_s = stop_limit_s
        self._bases = bases if bases is not None else socket_bases()
        self._lock = FolderLock(self.data_dir / OWNER_LOCK)
        self._home: Home | None = None
        self._socket_dir: Path | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.acquire_ownership()
        try:
            self.start()
        except BaseException:
            # A Ctrl-C while recovery runs must leave neither a server nor a lock behind.
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    @property
    def connection(self) -> ConnectionInfo:
        """How to reach the server. Raises EmbeddedPostgresError before the first start."""
        if self._socket_dir is None:
            raise EmbeddedPostgresError("the embedded PostgreSQL has not been started yet; call start() first")
        return ConnectionInfo(self._socket_dir)

    @property
    def pid(self) -> int | None:
        """The process id of the running server, or None."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    @property
    def home(self) -> Home:
        """Where the cluster and its log are, and whose. Raises EmbeddedPostgresError before the first start."""
        if self._home is None:
            raise EmbeddedPostgresError("the embedded PostgreSQL has not been started yet; call start() first")
        return self._home

    def acquire_ownership(self) -> None:
        """Become the owner, for as long as this process lives. Raises: AlreadyOwned, FolderRefused."""
        with plain_os_errors(self.data_dir):
            prepare_data_dir(self.data_dir)
            take_ownership(self._lock, self.data_dir)

    def release_ownership(self) -> None:
        """Let another process become the owner; stop the server first."""
        self._lock.release()

    def start(self) -> None:
        """Start the server and return when it answers; make the cluster if there is none.

        Nothing happens if it runs already. Takes ownership if that has not been done.
        Raises: one of the errors of this package; then no server of ours is left running.
        """
        self.acquire_ownership()
        if self.pid is not None:
            return
        with plain_os_errors(self.data_dir):
            home = self._home = self._reachable_home()
            programs = programs_for(home.account)
            if not has_cluster(home):
                self._progress("making an empty database")
                make_cluster(home, programs, durable=self._durable)
            make_private_folder(home.log_dir, home.account)
            clear_the_way(home, stop_limit_s=self._stop_limit_s, pace=self._pace, progress=self._progress)
            socket_dir = self._socket_dir = make_socket_folder(home, self._bases)
            self._launch(home, _command(programs.path("postgres"), home, socket_dir, durable=self._durable))
            prune_logs(home)

    def stop(self) -> None:
        """Stop the server in order: open transactions roll back, the rest is on disk. Raises StopTimedOut."""
        child = self._child
        if child is not None:
            stop_process(
                child.pid,
                lambda: child.poll() is not None,
                limit_s=self._stop_limit_s,
                pace=self._pace,
                progress=self._progress,
            )
            self._child = None
        if self._socket_dir is not None:
            _remove_if_empty(self._socket_dir)

    def is_ready(self) -> bool:
        """Whether our server runs and accepts connections at this moment."""
        return self.pid is not None and answers(self.connection)

    def restart_if_dead(self) -> bool:
        """Start the server again if its process has died; True if that was needed.

        To be called every second or so by the owner. Raises what `start` raises.
        """
        if self.pid is not None:
            prune_logs(self.home)
            return False
        self._child = None
        self.start()
        return True

    def _reachable_home(self) -> Home:
        """The home of the cluster, made if there is none; its account can get there."""
        home = find_home(self.data_dir) or make_home(self.data_dir)
        if home.account.is_other and not can_enter(home.account, home.path):
            reason = f"user {home.account.uid} owns the database but cannot pass the folders above it"
            raise FolderRefused(home.path, f"{reason}; allow that (chmod o+x) or move the data folder")
        return home

    def _leave(self) -> None:
        try:
            self.stop()
        finally:
            self.release_ownership()

    def _launch(self, home: Home, arguments: list[str | Path]) -> None:
        """Start the process, again while leftovers of a killed server are in its way."""
        give_up_at = self._pace.monotonic() + LEFTOVERS_LIMIT_S
        while True:
            with tempfile.TemporaryFile() as output:
                if self._came_up(home, arguments, output):
                    return
                output.seek(0)
                said = output.read().decode(errors="replace")
            _remove_if_empty(self.connection.socket_dir)
            if not is_blocked_by_leftovers(said):
                raise explain(home, "postgres", said_by_server(home, said))
            if self._pace.monotonic() >= give_up_at:
                raise PidFileBlocked(pid_file_of(home.cluster), _what_blocks(said))
            make_socket_folder(home, self._bases)
            self._pace.sleep(0.1)

    def _came_up(self, home: Home, arguments: list[str | Path], output: IO[bytes]) -> bool:
        """Start the process and wait: True when it is ready, False when it ended instead. Raises StartTimedOut."""
        # Its own session: Ctrl-C in our terminal reaches us only, and we stop it in order.
        child = self._child = spawn(home.account, arguments, stderr=output, own_session=True)

        def is_settled() -> bool:
            if child.poll() is not None:
                return True
            found = read_pid_file(home.cluster)
            return found is not None and found.pid == child.pid and found.is_ready and answers(self.connection)

        in_time = self._pace.wait_until(
            is_settled,
            limit_s=self._start_limit_s,
            progress=self._progress,
            waiting_for="PostgreSQL is getting ready; after a crash it first replays its journal",
        )
        if not in_time:
            self.stop()
            raise StartTimedOut(self._start_limit_s, home.log_dir)
        return child.poll() is None


def _command(postgres: Path, home: Home, socket_dir: Path, *, durable: bool) -> list[str | Path]:
    arguments: list[str | Path] = [postgres, "-D", home.cluster]
    for name, value in settings(home, socket_dir, durable=durable).items():
        arguments += ["-c", f"{name}={value}"]
    return arguments


def _what_blocks(said: str) -> str:
    if "is empty" in said:
        return "it is empty, left by a server killed as it began; see that no postgres runs here, then remove the file"
    return f"a killed server still holds its place ({said.strip().splitlines()[-1]}); restart the machine or container"


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        # Not empty or gone: either way not ours to tidy; the next start uses or passes it.
        return
