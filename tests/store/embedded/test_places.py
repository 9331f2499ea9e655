"""Where the cluster and the socket are put, and who may get there."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from vouchsafe.store.embedded import ClusterMissing, DiskFull, EmbeddedPostgres, FolderRefused
from vouchsafe.store.embedded.account import account_for, make_private_folder
from vouchsafe.store.embedded.cluster import explain
from vouchsafe.store.embedded.errors import plain_os_errors
from vouchsafe.store.embedded.places import Home, find_home, make_socket_folder

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder like /tmp: everybody may make folders in it, only their owner may remove them."""
    folder = Path(tempfile.mkdtemp(prefix="vs-", dir="/tmp")).resolve()
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(data_dir: Path) -> Home:
    account = account_for(None)
    make_private_folder(data_dir / "postgres", account)
    return Home(data_dir / "postgres", account)


def test_a_long_data_folder_gets_a_short_socket(data_dir: Path) -> None:
    long = data_dir / ("a" * 120) / ("b" * 120)

    with EmbeddedPostgres(long, durable=False) as server:
        assert server.is_ready()
        folder = server.connection.socket_dir
        assert len(os.fsencode(folder)) < 60
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_parents_that_the_server_cannot_pass_stay_closed(data_dir: Path) -> None:
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    inside = closed / "data"

    with EmbeddedPostgres(inside, durable=False) as server:
        home = server.home
        assert server.is_ready()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert closed.stat().st_uid == os.geteuid()
        assert home.path.is_relative_to(closed) is not AS_ROOT

    with EmbeddedPostgres(inside, durable=False) as again:
        assert again.home == home
    if AS_ROOT:
        shutil.rmtree(home.path)


def test_a_cluster_that_is_pointed_to_but_gone_is_not_replaced_by_an_empty_one(data_dir: Path) -> None:
    (data_dir / "postgres.where").write_text(f"{data_dir}/was-here\n")

    with pytest.raises(ClusterMissing, match="was-here"):
        EmbeddedPostgres(data_dir).start()
    assert not (data_dir / "was-here").exists()


def test_a_link_in_place_of_the_home_is_refused(data_dir: Path) -> None:
    (data_dir / "postgres").symlink_to("/etc")

    with pytest.raises(FolderRefused, match="not a link"):
        find_home(data_dir)
    assert Path("/etc").stat().st_uid == 0


def test_the_socket_folder_is_the_same_at_every_start(home: Home, base: Path) -> None:
    first = make_socket_folder(home, (base,))

    assert make_socket_folder(home, (base,)) == first
    assert first.stat().st_uid == home.account.uid


def test_a_socket_folder_that_others_may_enter_is_passed_over(home: Home, base: Path) -> None:
    usual = make_socket_folder(home, (base,))
    usual.chmod(0o755)

    taken = make_socket_folder(home, (base,))

    assert taken != usual
    assert stat.S_IMODE(taken.stat().st_mode) == 0o700


def test_a_link_in_place_of_the_socket_folder_is_not_followed(home: Home, base: Path) -> None:
    usual = make_socket_folder(home, (base,))
    real = usual.rename(base / "moved")
    usual.symlink_to(real)

    assert make_socket_folder(home, (base,)) not in (usual, real)


def test_when_every_name_is_taken_the_start_is_refused(home: Home, base: Path) -> None:
    for _ in range(16):
        make_socket_folder(home, (base,)).chmod(0o777)

    with pytest.raises(FolderRefused, match="taken all names"):
        make_socket_folder(home, (base,))


def test_a_base_where_others_can_replace_folders_is_refused(home: Home, base: Path) -> None:
    base.chmod(0o777)

    with pytest.raises(FolderRefused, match="sticky bit"):
        make_socket_folder(home, (base,))
    assert list(base.iterdir()) == []


def test_a_base_too_long_for_a_socket_is_left_for_the_next(home: Home, base: Path) -> None:
    long = base / ("a" * 80)
    long.mkdir()

    assert make_socket_folder(home, (long, base)).parent == base
    with pytest.raises(FolderRefused, match="longer than 103 bytes"):
        make_socket_folder(home, (long,))


def test_a_data_folder_made_by_us_is_not_listed_to_others(data_dir: Path) -> None:
    EmbeddedPostgres(data_dir / "new").acquire_ownership()

    assert stat.S_IMODE((data_dir / "new").stat().st_mode) == (0o711 if AS_ROOT else 0o700)
    assert stat.S_IMODE((data_dir / "new" / "owner.lock").stat().st_mode) == 0o600


def test_a_file_in_place_of_the_data_folder_is_refused(data_dir: Path) -> None:
    (data_dir / "file").write_text("")

    with pytest.raises(FolderRefused, match="is not a folder"):
        EmbeddedPostgres(data_dir / "file").acquire_ownership()


@pytest.mark.parametrize(
    "said",
    [
        'FATAL:  could not write lock file "postmaster.pid": No space left on device',
        'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device',
        'FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 10',
        'initdb: error: could not write file "x/postgresql.conf": Disk quota exceeded',
    ],
)
def test_a_full_disk_is_told_in_plain_words(home: Home, said: str) -> None:
    error = explain(home, "postgres", f"LOG:  starting PostgreSQL\n{said}\nLOG:  database system is shut down\n")

    assert isinstance(error, DiskFull)
    assert "free some space" in str(error)


def test_a_full_disk_under_our_own_files_is_told_in_plain_words(data_dir: Path) -> None:
    with pytest.raises(DiskFull, match="free some space"), plain_os_errors(data_dir):
        Path("/dev/full").write_text("x")
