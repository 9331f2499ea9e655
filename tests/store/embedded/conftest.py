"""Real servers in short folders, owners in processes of their own that can be killed."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from vouchsafe.store.embedded import EmbeddedPostgres, EmbeddedPostgresError, Pace
from vouchsafe.store.embedded.places import find_home
from vouchsafe.store.embedded.postmaster import Standing, read_pid_file, standing, stop_process
from vouchsafe.store.embedded.waiting import silent
from vouchsafe.testing.postgres import throwaway_server

OWNER = """
import sys
from pathlib import Path
from vouchsafe.store.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


@dataclass
class FakePace:
    """Time that passes fifty times as fast, so that long limits cost little and real servers still get some."""

    now_s: float = 0.0
    asleep: Callable[[float], None] = field(default=lambda _: None)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
        self.now_s += 50 * seconds
        self.asleep(self.now_s)

    @property
    def pace(self) -> Pace:
        return Pace(monotonic=lambda: self.now_s, sleep=self.sleep)


@dataclass(frozen=True)
class OwnerProcess:
    process: subprocess.Popen[str]
    server_pid: int


@pytest.fixture
def fake_pace() -> FakePace:
    return FakePace()


@pytest.fixture(scope="session")
def shared_server() -> Iterator[EmbeddedPostgres]:
    """For tests that only look."""
    with throwaway_server() as server:
        yield server


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A short folder; whatever server a test left running for it is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="vs-", dir="/tmp")).resolve()
    folder.chmod(0o711)
    yield folder
    _stop_leftovers(folder)
    deadline = time.monotonic() + 60
    while folder.exists():
        # A server on its way out may still put a file into a folder that was just emptied.
        shutil.rmtree(folder, ignore_errors=time.monotonic() < deadline)


@pytest.fixture
def server(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A running server of the test's own, durable as in production."""
    with EmbeddedPostgres(data_dir) as server:
        yield server


@pytest.fixture
def owner_process() -> Callable[[Path], AbstractContextManager[OwnerProcess]]:
    """Start an owner in a process of its own; it stops its server when its input ends."""

    @contextmanager
    def start(data_dir: Path) -> Iterator[OwnerProcess]:
        with subprocess.Popen(
            [sys.executable, "-c", OWNER, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            yield OwnerProcess(process, int(process.stdout.readline()))

    return start


@pytest.fixture
def query() -> Callable[..., list[tuple[object, ...]]]:
    """Run statements in one transaction as the superuser; gives the rows of the last one."""

    def run(server: EmbeddedPostgres, *statements: str) -> list[tuple[object, ...]]:
        with psycopg.connect(server.connection.dsn()) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    return run


def _stop_leftovers(data_dir: Path) -> None:
    with contextlib.suppress(EmbeddedPostgresError):
        home = find_home(data_dir)
        found = None if home is None else read_pid_file(home.cluster)
        if home is None or found is None:
            return
        pid = found.pid
        if standing(pid, home) is Standing.SERVER:
            stop_process(
                pid,
                lambda: standing(pid, home) is not Standing.SERVER,
                limit_s=30,
                pace=Pace(),
                progress=silent,
            )
        # Only the two names a server makes, and a folder only when empty: a pid file may say anything,
        # and what it names is never removed recursively.
        if found.socket_dir is not None and found.socket_dir.name.startswith("vouchsafe-"):
            for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
                (found.socket_dir / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                found.socket_dir.rmdir()
