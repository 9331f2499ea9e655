"""Two accounts of one machine.

Only root can act as somebody else, so those tests exist in a run by root; a run by an ordinary user is
itself the proof for ordinary users, and checks the modes that keep others out in `test_server.py`.
"""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from vouchsafe.store.embedded import EmbeddedPostgres, own_or_join
from vouchsafe.store.embedded.account import Account
from vouchsafe.store.embedded.programs import pg_binary, programs_for

OTHER = pwd.getpwnam("nobody")

# The interpreter may lie where that user cannot read, so everything is imported before the change of user;
# the programs are copied where it can, if that is needed.
AS_OTHER = """
import os, sys
from pathlib import Path
import psycopg, vouchsafe.store.embedded as embedded
from vouchsafe.store.embedded import account, programs
uid, gid, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
readable = programs.programs_for(account.Account(uid, gid, is_other=True))
programs._installed = lambda wheel: readable
os.setgroups([]); os.setgid(gid); os.setuid(uid)
try:
    exec(sys.argv[4])
except Exception as error:
    print(type(error).__name__, error)
"""


def as_other(folder: Path, code: str) -> str:
    """What `code` prints when user `nobody` runs it with `folder` at hand."""
    arguments = [sys.executable, "-c", AS_OTHER, str(OTHER.pw_uid), str(OTHER.pw_gid), str(folder), code]
    result = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    return result.stdout.strip()


if os.geteuid() == 0:

    def test_another_user_can_not_connect(shared_server: EmbeddedPostgres) -> None:
        dsn = shared_server.connection.dsn()

        assert "Permission denied" in as_other(Path("/"), f"psycopg.connect({dsn!r})")

    def test_another_user_can_neither_own_nor_join(server: EmbeddedPostgres) -> None:
        refusal = as_other(server.data_dir, "embedded.EmbeddedPostgres(folder).start()")
        assert refusal.startswith("FolderRefused")
        assert "run this command as that user or as root" in refusal

        refusal = as_other(server.data_dir, "with embedded.own_or_join(folder): pass")
        assert refusal.startswith("FolderRefused")

    def test_an_ordinary_user_runs_the_server_directly(data_dir: Path) -> None:
        os.chown(data_dir, OTHER.pw_uid, OTHER.pw_gid)

        said = as_other(
            data_dir,
            "with embedded.EmbeddedPostgres(folder) as server:\n"
            "    with psycopg.connect(server.connection.dsn()) as one:\n"
            "        print(one.execute('select 1').fetchone(), os.stat(f'/proc/{server.pid}').st_uid)\n"
            "    server.stop(); server.start(); print(server.is_ready())",
        )

        assert said.splitlines() == [f"(1,) {OTHER.pw_uid}", "True"]

    def test_root_runs_an_ordinary_users_cluster_as_that_user_and_leaves_it_usable(data_dir: Path) -> None:
        os.chown(data_dir, OTHER.pw_uid, OTHER.pw_gid)
        use = "with embedded.own_or_join(folder) as one: print('served')"
        assert as_other(data_dir, use) == "served"

        with EmbeddedPostgres(data_dir) as server:
            assert psutil.Process(server.pid).uids().effective == OTHER.pw_uid
        with own_or_join(data_dir):
            pass

        assert as_other(data_dir, use) == "served"

    def test_programs_the_server_can_not_read_are_copied_where_it_can(
        data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        system_folder = data_dir / "system"
        for module in ("account", "programs", "places"):
            monkeypatch.setattr(f"vouchsafe.store.embedded.{module}.SYSTEM_FOLDER", system_folder)
        monkeypatch.setattr("vouchsafe.store.embedded.programs.can_execute", lambda *_: False)

        with EmbeddedPostgres(data_dir / "data", durable=False) as server:
            program = Path(psutil.Process(server.pid).exe())

        assert program.is_relative_to(system_folder / "programs")
        assert program.stat().st_uid == 0
        assert program.read_bytes() == pg_binary("postgres").read_bytes()
        copied = programs_for(Account(OTHER.pw_uid, OTHER.pw_gid, is_other=True))
        assert copied.path("postgres") == program
        version = subprocess.run(
            [copied.path("psql"), "--version"], user=OTHER.pw_uid, capture_output=True, text=True, check=True
        )
        assert "PostgreSQL" in version.stdout
        assert [one.name for one in (system_folder / "programs").iterdir()] == [program.parents[3].name]

    def test_a_system_folder_of_somebody_else_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        system_folder = data_dir / "system"
        system_folder.mkdir()
        os.chown(system_folder, OTHER.pw_uid, OTHER.pw_gid)
        for module in ("account", "programs", "places"):
            monkeypatch.setattr(f"vouchsafe.store.embedded.{module}.SYSTEM_FOLDER", system_folder)
        closed = data_dir / "closed"
        closed.mkdir(mode=0o700)

        with pytest.raises(Exception, match="must be a folder that belongs to root"):
            EmbeddedPostgres(closed / "data").start()
