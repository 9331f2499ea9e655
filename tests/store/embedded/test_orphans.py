"""What a killed owner or a killed server leaves behind, and how the next owner deals with it."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import psycopg
import pytest

from vouchsafe.store.embedded import EmbeddedPostgres, PidFileBlocked, running_connection
from vouchsafe.store.embedded.account import account_for, spawn
from vouchsafe.store.embedded.places import Home
from vouchsafe.store.embedded.postmaster import Standing, pid_file_of, standing

from .conftest import FakePace, OwnerProcess

Query = Callable[..., list[tuple[object, ...]]]
StartOwner = Callable[[Path], AbstractContextManager[OwnerProcess]]


def test_the_next_owner_stops_the_orphan_and_has_all_its_data(
    data_dir: Path, owner_process: StartOwner, query: Query
) -> None:
    said: list[str] = []
    with EmbeddedPostgres(data_dir) as server:
        query(server, "create table kept (word text)")
    with owner_process(data_dir) as owner:
        server = EmbeddedPostgres(data_dir, progress=said.append)
        connection = running_connection(data_dir)
        assert connection is not None
        with psycopg.connect(connection.dsn()) as before:
            before.execute("insert into kept values ('written before the kill')")
        owner.process.kill()
    assert psutil.pid_exists(owner.server_pid)  # the server outlives its owner

    with server:
        assert not psutil.pid_exists(owner.server_pid)
        assert query(server, "select word from kept") == [("written before the kill",)]
    assert said == [f"stopping a PostgreSQL (process {owner.server_pid}) that has lost its owner"]


def test_owner_and_server_killed_together_lose_no_commit(
    data_dir: Path, owner_process: StartOwner, query: Query
) -> None:
    with owner_process(data_dir) as owner:
        connection = running_connection(data_dir)
        assert connection is not None
        with psycopg.connect(connection.dsn()) as before:
            before.execute("create table kept as select 'written before the kill' as word")
        owner.process.kill()
        os.kill(owner.server_pid, signal.SIGKILL)

    with EmbeddedPostgres(data_dir) as server:
        assert query(server, "select word from kept") == [("written before the kill",)]


def test_the_server_of_another_cluster_is_a_stranger(data_dir: Path, server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    elsewhere = Home(data_dir, server.home.account)
    elsewhere.cluster.mkdir()

    assert standing(server.pid, server.home) is Standing.SERVER
    assert standing(server.pid, elsewhere) is Standing.STRANGER


def test_a_process_with_the_number_of_a_dead_server_is_neither_killed_nor_its_file_deleted(
    data_dir: Path, fake_pace: FakePace
) -> None:
    home = _a_cluster(data_dir)
    with _a_process_of_the_servers_account() as stranger:
        _note_in_pid_file(home, stranger.pid)

        with pytest.raises(PidFileBlocked, match=f"process {stranger.pid} is not this database"):
            EmbeddedPostgres(data_dir, pace=fake_pace.pace).start()

        assert stranger.poll() is None
        assert pid_file_of(home.cluster).exists()


def test_a_dead_server_that_nobody_collects_is_waited_for(data_dir: Path, fake_pace: FakePace) -> None:
    home = _a_cluster(data_dir)
    with _a_process_of_the_servers_account() as zombie:
        _note_in_pid_file(home, zombie.pid)
        _kill_uncollected(zombie)
        assert standing(zombie.pid, home) is Standing.ZOMBIE

        def collect_late(now_s: float) -> None:
            if now_s >= 10:
                zombie.wait()

        fake_pace.asleep = collect_late
        said: list[str] = []
        with EmbeddedPostgres(data_dir, durable=False, pace=fake_pace.pace, progress=said.append) as server:
            assert server.is_ready()
        assert any(f"waiting for process {zombie.pid}" in line for line in said)


def test_a_dead_server_that_is_never_collected_is_explained(data_dir: Path, fake_pace: FakePace) -> None:
    home = _a_cluster(data_dir)
    with _a_process_of_the_servers_account() as zombie:
        _note_in_pid_file(home, zombie.pid)
        _kill_uncollected(zombie)

        with pytest.raises(PidFileBlocked, match="docker run --init"):
            EmbeddedPostgres(data_dir, pace=fake_pace.pace).start()

        assert pid_file_of(home.cluster).exists()


def test_a_pid_file_of_a_process_that_is_gone_does_not_hinder(data_dir: Path) -> None:
    home = _a_cluster(data_dir)
    with _a_process_of_the_servers_account() as gone:
        pass
    _note_in_pid_file(home, gone.pid)

    with EmbeddedPostgres(data_dir, durable=False) as server:
        assert server.is_ready()


def test_an_empty_pid_file_is_explained_and_left_alone(data_dir: Path, fake_pace: FakePace) -> None:
    home = _a_cluster(data_dir)
    pid_file_of(home.cluster).write_text("")
    os.chown(pid_file_of(home.cluster), home.account.uid, home.account.gid)

    with pytest.raises(PidFileBlocked, match="it is empty, left by a server killed as it began"):
        EmbeddedPostgres(data_dir, pace=fake_pace.pace).start()

    assert pid_file_of(home.cluster).exists()


def _a_cluster(data_dir: Path) -> Home:
    with EmbeddedPostgres(data_dir, durable=False) as server:
        return server.home


@contextmanager
def _a_process_of_the_servers_account() -> Iterator[subprocess.Popen[bytes]]:
    with Path(os.devnull).open("wb") as nowhere:
        process = spawn(account_for(None), ["/bin/sleep", "600"], stderr=nowhere, own_session=False)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _kill_uncollected(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def _note_in_pid_file(home: Home, pid: int) -> None:
    file = pid_file_of(home.cluster)
    file.write_text(f"{pid}\n{home.cluster}\n1700000000\n5432\n{home.path}/no-socket\n\n")
    os.chown(file, home.account.uid, home.account.gid)
