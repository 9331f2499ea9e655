"""The promises of one server to its owner."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import psycopg
import pytest
from sqlalchemy import create_engine, text

from vouchsafe.store.embedded import (
    AlreadyOwned,
    EmbeddedPostgres,
    EmbeddedPostgresError,
    Pace,
    ProgramsMissing,
    StartFailed,
    StartTimedOut,
    VersionMismatch,
    pg_binary,
)
from vouchsafe.store.embedded.account import account_for
from vouchsafe.testing.postgres import throwaway_server

Query = Callable[..., list[tuple[object, ...]]]
CANARY = "canary-7f3d"


def test_what_was_committed_is_there_after_a_stop_and_a_start(server: EmbeddedPostgres, query: Query) -> None:
    query(server, "create table kept (word text)", "insert into kept values ('still here')")

    server.stop()
    assert not server.is_ready()
    server.start()

    assert server.is_ready()
    assert query(server, "select word from kept") == [("still here",)]


def test_starting_twice_and_stopping_twice_is_harmless(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    server.start()
    first = server.pid
    server.start()
    assert server.pid == first

    server.stop()
    server.stop()
    assert server.pid is None
    server.release_ownership()


def test_a_cluster_is_utf8_with_checksums_and_the_same_order_on_every_machine(
    shared_server: EmbeddedPostgres, query: Query
) -> None:
    row = query(
        shared_server,
        "select pg_encoding_to_char(encoding), datlocprovider::text, datlocale, current_setting('data_checksums') "
        "from pg_database where datname = 'template1'",
    )

    assert row == [("UTF8", "b", "C.UTF-8", "on")]


def test_vectors_can_be_stored(shared_server: EmbeddedPostgres, query: Query) -> None:
    assert query(
        shared_server, "create extension vector", "select '[3,4]'::vector <-> '[0,0]'::vector", "select 1"
    ) == [(1,)]


def test_commits_are_durable_unless_a_test_says_otherwise(
    server: EmbeddedPostgres, shared_server: EmbeddedPostgres, query: Query
) -> None:
    names = ("fsync", "synchronous_commit", "full_page_writes")
    ask = "select " + ", ".join(f"current_setting('{name}')" for name in names)

    assert query(server, ask) == [("on", "on", "on")]
    assert query(shared_server, ask) == [("off", "off", "off")]


def test_a_frozen_transaction_is_ended_by_the_server(shared_server: EmbeddedPostgres, query: Query) -> None:
    assert query(shared_server, "show idle_in_transaction_session_timeout") == [("1min",)]


def test_sqlalchemy_connects_by_url(shared_server: EmbeddedPostgres) -> None:
    engine = create_engine(shared_server.connection.url())
    with engine.connect() as connection:
        assert connection.execute(text("select current_user")).scalar_one() == shared_server.connection.superuser
    engine.dispose()


def test_no_tcp_port_is_open_and_tcp_would_be_rejected(shared_server: EmbeddedPostgres, query: Query) -> None:
    server_process = psutil.Process(shared_server.pid)
    open_ports = [one for each in (server_process, *server_process.children()) for one in each.net_connections("inet")]

    assert open_ports == []
    ways_in = query(shared_server, "select type, auth_method from pg_hba_file_rules")
    assert {method for kind, method in ways_in if kind != "local"} == {"reject"}


def test_the_socket_lies_in_a_private_folder(shared_server: EmbeddedPostgres) -> None:
    folder = shared_server.connection.socket_dir
    socket = folder / ".s.PGSQL.5432"

    assert stat.S_IMODE(folder.lstat().st_mode) == 0o700
    assert stat.S_IMODE(socket.lstat().st_mode) == 0o700
    assert folder.lstat().st_uid == socket.lstat().st_uid == shared_server.home.account.uid
    assert len(os.fsencode(socket)) <= 103


def test_the_server_never_runs_as_root(shared_server: EmbeddedPostgres) -> None:
    assert psutil.Process(shared_server.pid).uids().effective == shared_server.home.account.uid != 0


def test_ctrl_c_in_our_terminal_does_not_reach_the_server(shared_server: EmbeddedPostgres) -> None:
    assert shared_server.pid is not None
    assert os.getsid(shared_server.pid) == shared_server.pid != os.getsid(0)


def test_the_log_keeps_no_words_of_failing_statements(server: EmbeddedPostgres, query: Query) -> None:
    query(server, "create table one (word text primary key)", "insert into one values ('{}')".replace("{}", CANARY))
    failing = (
        "select '{}'::int",
        "insert into one values ('{}')",
        "select '{}' frm nowhere",
        "do $$ begin raise warning '{}'; raise exception '{}'; end $$",
    )
    for statement in failing:
        with pytest.raises(psycopg.Error, match=CANARY):
            query(server, statement.replace("{}", CANARY))
    with psycopg.connect(server.connection.dsn()) as connection, pytest.raises(psycopg.Error, match=CANARY):
        connection.execute("select cast(%s::text as int)", [CANARY])
    _crash_a_backend_in(server, f"select '{CANARY}', pg_sleep(600)")
    server.stop()

    log = "".join(one.read_text() for one in server.home.log_dir.iterdir())
    assert "was terminated by signal 9" in log
    assert CANARY not in log


def test_a_killed_server_is_started_again_with_all_commits(server: EmbeddedPostgres, query: Query) -> None:
    query(server, "create table kept (word text)", "insert into kept values ('still here')")
    assert not server.restart_if_dead()

    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(server.pid)], timeout=10)

    assert server.restart_if_dead()
    assert query(server, "select word from kept") == [("still here",)]
    assert not server.restart_if_dead()


def test_only_the_newest_logs_are_kept(server: EmbeddedPostgres) -> None:
    for day in range(10, 30):
        (server.home.log_dir / f"postgres-200001{day}-000000.log").write_text("old")

    server.restart_if_dead()

    kept = sorted(one.name for one in server.home.log_dir.iterdir())
    assert len(kept) == 10
    assert kept[0] == "postgres-20000121-000000.log"


def test_a_second_owner_is_refused_and_told_who_the_first_is(server: EmbeddedPostgres) -> None:
    with pytest.raises(AlreadyOwned, match=f"process {os.getpid()}"):
        EmbeddedPostgres(server.data_dir).acquire_ownership()

    child = "from vouchsafe.store.embedded import *; import sys, pathlib; EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()"
    result = subprocess.run(
        [sys.executable, "-c", child, str(server.data_dir)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert f"owned by process {os.getpid()}" in result.stderr


def test_a_cluster_of_another_version_is_refused_and_left_alone(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False) as server:
        version = server.home.cluster / "PG_VERSION"
    version.write_text("16\n")
    before = sorted(one.name for one in version.parent.iterdir())

    with pytest.raises(VersionMismatch, match="made by PostgreSQL 16, the installed programs are version 18"):
        EmbeddedPostgres(data_dir).start()

    assert sorted(one.name for one in version.parent.iterdir()) == before


def test_a_cluster_that_was_never_finished_is_made_anew(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False) as server:
        home = server.home
    home.cluster.rename(home.path / "unfinished-1")
    (home.path / "unfinished-1" / "PG_VERSION").unlink()

    with EmbeddedPostgres(data_dir, durable=False) as server:
        assert server.is_ready()
        assert [one.name for one in home.path.glob("unfinished-*")] == []


def test_a_start_that_takes_too_long_is_called_off_and_leaves_nothing_running(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False, start_limit_s=0.0)

    with pytest.raises(StartTimedOut, match="start again with a longer limit"):
        server.start()
    assert server.pid is None
    server.release_ownership()

    with EmbeddedPostgres(data_dir, durable=False) as patient:
        assert patient.is_ready()


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("global/pg_control", "pg_control"),  # found missing before the server has a log
        ("pg_xact/0000", "could not access status of transaction|pg_xact/0000"),  # found when the log is open
        ("pg_wal", "pg_wal"),
    ],
)
def test_a_server_that_cannot_start_says_why(data_dir: Path, file: str, reason: str) -> None:
    with EmbeddedPostgres(data_dir, durable=False) as server:
        home = server.home
    (home.cluster / file).rename(home.path / "away")

    with pytest.raises(StartFailed, match=reason), EmbeddedPostgres(data_dir):
        pass
    EmbeddedPostgres(data_dir).acquire_ownership()  # nothing is held by the start that failed


def test_asking_for_a_connection_before_the_start_is_an_error(data_dir: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="call start"):
        _ = EmbeddedPostgres(data_dir).connection


def test_the_other_programs_are_at_hand(shared_server: EmbeddedPostgres) -> None:
    dump = subprocess.run(
        [pg_binary("pg_dump"), "--schema-only", shared_server.connection.dsn()],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PostgreSQL database dump complete" in dump.stdout

    with pytest.raises(ProgramsMissing, match="no_such_program"):
        pg_binary("no_such_program")
    with pytest.raises(ProgramsMissing):
        pg_binary("../bin/psql")


def test_a_throwaway_server_leaves_nothing_behind() -> None:
    with throwaway_server() as server:
        home, folder = server.home.path, server.connection.socket_dir
        pid = server.pid
        assert server.is_ready()

    assert not home.exists()
    assert not server.data_dir.exists()
    assert not folder.exists()
    assert not psutil.pid_exists(pid)
    assert home.is_relative_to(server.data_dir)
    assert account_for(None) == server.home.account


def _crash_a_backend_in(server: EmbeddedPostgres, statement: str) -> None:
    """Kill the backend that runs `statement` as the out-of-memory killer would; returns when the server is back."""
    victim = psycopg.connect(server.connection.dsn(), autocommit=True)
    pid = victim.pgconn.backend_pid
    assert pid > 1
    victim.pgconn.send_query(statement.encode())
    ask = "select wait_event from pg_stat_activity where pid = %s"
    with psycopg.connect(server.connection.dsn(), autocommit=True) as watcher:
        assert Pace().wait_until(lambda: watcher.execute(ask, [pid]).fetchone() == ("PgSleep",), limit_s=30)
    os.kill(pid, signal.SIGKILL)
    victim.close()
    # All sessions are ended by the crash, so a new one means the server has recovered.
    assert Pace().wait_until(lambda: not psutil.pid_exists(pid) and server.is_ready(), limit_s=30)
