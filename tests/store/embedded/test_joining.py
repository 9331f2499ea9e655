"""Commands that need the database while somebody else owns it, and while nobody does."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import psycopg
import pytest

from vouchsafe.store.embedded import EmbeddedPostgres, OwnerNotReady, own_or_join, running_connection

from .conftest import FakePace, OwnerProcess

StartOwner = Callable[[Path], AbstractContextManager[OwnerProcess]]

GUEST = """
import sys, time
from pathlib import Path
import psycopg
from vouchsafe.store.embedded import own_or_join
with own_or_join(Path(sys.argv[1])) as connection:
    print("joined", flush=True)
    time.sleep(0.5)
    with psycopg.connect(connection.dsn()) as one:
        print(one.execute("select 'served'").fetchone()[0], flush=True)
"""


def test_a_command_joins_the_server_of_the_owner_and_leaves_it_running(
    data_dir: Path, owner_process: StartOwner
) -> None:
    with owner_process(data_dir) as owner:
        with own_or_join(data_dir) as connection, psycopg.connect(connection.dsn()) as one:
            assert one.execute("select 1").fetchone() == (1,)
        assert psutil.pid_exists(owner.server_pid)
        assert running_connection(data_dir) == connection


def test_a_command_without_an_owner_runs_the_server_for_its_own_duration(data_dir: Path) -> None:
    assert running_connection(data_dir) is None
    with own_or_join(data_dir, durable=False) as connection:
        assert running_connection(data_dir) == connection

    assert running_connection(data_dir) is None
    EmbeddedPostgres(data_dir).acquire_ownership()


def test_a_command_that_owned_the_server_lets_its_guests_finish(data_dir: Path) -> None:
    with own_or_join(data_dir, durable=False):
        guest = subprocess.Popen([sys.executable, "-c", GUEST, str(data_dir)], stdout=subprocess.PIPE, text=True)
        assert guest.stdout is not None
        assert guest.stdout.readline() == "joined\n"

    with guest:
        assert guest.stdout.readline() == "served\n"
    assert guest.returncode == 0


def test_the_server_of_a_failed_command_is_stopped_too(data_dir: Path) -> None:
    with pytest.raises(RuntimeError, match="the command failed"), own_or_join(data_dir, durable=False):
        raise RuntimeError("the command failed")

    assert running_connection(data_dir) is None
    EmbeddedPostgres(data_dir).acquire_ownership()


def test_an_owner_without_a_server_is_named_after_a_while(data_dir: Path, fake_pace: FakePace) -> None:
    owner = EmbeddedPostgres(data_dir)
    owner.acquire_ownership()
    said: list[str] = []

    with (
        pytest.raises(OwnerNotReady, match="gave no answer within 60 s"),
        own_or_join(data_dir, pace=fake_pace.pace, progress=said.append),
    ):
        pass

    assert said[0] == "waiting for the owner of the database to be ready (5 s so far)"
    owner.release_ownership()


def test_a_command_takes_over_when_the_owner_it_waits_for_goes_away(data_dir: Path, fake_pace: FakePace) -> None:
    owner = EmbeddedPostgres(data_dir)
    owner.acquire_ownership()
    fake_pace.asleep = lambda _: owner.release_ownership()

    with own_or_join(data_dir, durable=False, pace=fake_pace.pace) as connection:
        assert running_connection(data_dir) == connection
