"""The key folder: readable by its owner alone, whole after a crash, plain about what is wrong."""

import multiprocessing
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.plugins.keys.folder import FolderKeys
from vouchsafe.ports.keys import KeyUnavailable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def workspace() -> WorkspaceId:
    return WorkspaceId(uuid4())


def modes(folder: Path) -> dict[bool, set[int]]:
    """Permission bits of folders (True) and files (False)."""
    found: dict[bool, set[int]] = {True: set(), False: set()}
    for path in (folder, *folder.rglob("*")):
        found[path.is_dir()].add(stat.S_IMODE(path.stat().st_mode))
    return found


def test_only_the_owner_may_read_keys(folder: Path, workspace: WorkspaceId) -> None:
    FolderKeys(folder).create_workspace(workspace)

    assert modes(folder) == {True: {0o700}, False: {0o600}}


def test_a_folder_that_others_may_enter_is_closed(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)

    FolderKeys(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_another_process_opens_the_same_keys(folder: Path, workspace: WorkspaceId) -> None:
    first = FolderKeys(folder)
    first.create_workspace(workspace)
    kid, wrapped = first.wrap(workspace, b"k" * 32)
    again = FolderKeys(folder)

    assert again.unwrap(workspace, kid, wrapped) == b"k" * 32
    assert again.derive("outbox") == first.derive("outbox") != first.derive("route")
    assert again.index_secret(workspace) == first.index_secret(workspace) != first.workspace_secret(workspace)
    assert again.checkpoint_key(workspace) == first.checkpoint_key(workspace)


def test_a_workspace_has_keys_of_its_own_and_making_them_again_changes_nothing(
    folder: Path, workspace: WorkspaceId
) -> None:
    keys, other = FolderKeys(folder), WorkspaceId(uuid4())
    keys.create_workspace(workspace)
    keys.create_workspace(other)
    before = {path.name: path.read_bytes() for path in (folder / str(workspace)).iterdir()}
    keys.create_workspace(workspace)
    kid, wrapped = keys.wrap(workspace, b"k" * 32)

    assert {path.name: path.read_bytes() for path in (folder / str(workspace)).iterdir()} == before
    with pytest.raises(KeyUnavailable):
        keys.unwrap(other, kid, wrapped)


def _create(folder: Path, workspace: WorkspaceId, gate: object, results: object) -> None:
    gate.wait()  # type: ignore[attr-defined]  # a barrier of the other process
    keys = FolderKeys(folder)
    keys.create_workspace(workspace)
    results.put((keys.derive("outbox"), keys.index_secret(workspace)))  # type: ignore[attr-defined]  # a queue likewise


def test_processes_that_start_at_once_agree_on_every_key(folder: Path, workspace: WorkspaceId) -> None:
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(4), context.Queue()
    processes = [context.Process(target=_create, args=(folder, workspace, gate, results)) for _ in range(4)]
    for process in processes:
        process.start()
    found = {results.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()

    assert len(found) == 1
    assert [path.name for path in folder.rglob("*.key.*")] == [], "a half-written file stayed behind"


@pytest.mark.parametrize("name", ["workspace-1.key", "index.key", "seal.key", "checkpoint.key"])
@pytest.mark.parametrize("content", [b"", b"x" * 39, b"x" * 40])
def test_a_damaged_key_says_what_to_do_and_shows_nothing(
    folder: Path, workspace: WorkspaceId, name: str, content: bytes
) -> None:
    FolderKeys(folder).create_workspace(workspace)
    (folder / str(workspace) / name).write_bytes(content)
    keys = FolderKeys(folder)
    uses: dict[str, Callable[[], object]] = {
        "workspace-1.key": lambda: keys.wrap(workspace, b"k" * 32),
        "index.key": lambda: keys.index_secret(workspace),
        "seal.key": lambda: keys.workspace_secret(workspace),
        "checkpoint.key": lambda: keys.checkpoint_key(workspace),
    }

    with pytest.raises(KeyUnavailable, match=r"restore it from the key folder's backup") as caught:
        uses[name]()
    assert name in str(caught.value)


def test_looking_at_a_folder_without_keys_makes_none_and_the_first_use_does(folder: Path) -> None:
    keys = FolderKeys(folder)
    assert keys.is_new
    assert not folder.exists()

    keys.derive("outbox")

    assert [path.name for path in folder.iterdir()] == ["root.key"]
    assert not FolderKeys(folder).is_new


def test_a_damaged_root_key_stops_everything_at_once(folder: Path) -> None:
    FolderKeys(folder).derive("outbox")
    (folder / "root.key").write_bytes(b"short")

    with pytest.raises(KeyUnavailable, match=r"root\.key must hold 32 bytes"):
        FolderKeys(folder)


def test_a_missing_root_key_beside_existing_workspaces_is_never_made_anew(folder: Path, workspace: WorkspaceId) -> None:
    # A new root over old keys would look like a fresh start and leave everything sealed for ever.
    FolderKeys(folder).create_workspace(workspace)
    (folder / "root.key").unlink()

    with pytest.raises(KeyUnavailable, match="restore"):
        FolderKeys(folder)
    assert not (folder / "root.key").exists()


def test_a_wrapped_key_that_was_changed_does_not_open(folder: Path, workspace: WorkspaceId) -> None:
    keys = FolderKeys(folder)
    keys.create_workspace(workspace)
    kid, wrapped = keys.wrap(workspace, b"k" * 32)

    with pytest.raises(KeyUnavailable, match="does not open"):
        keys.unwrap(workspace, kid, bytes([wrapped[0] ^ 1]) + wrapped[1:])


def test_the_last_size_signed_survives_and_nothing_is_half_written(folder: Path, workspace: WorkspaceId) -> None:
    keys = FolderKeys(folder)
    keys.create_workspace(workspace)
    assert keys.last_signed(workspace) == (0, b"")
    keys.remember_signed(workspace, 7, b"r" * 32)
    keys.remember_signed(workspace, 9, b"s" * 32)

    assert FolderKeys(folder).last_signed(workspace) == (9, b"s" * 32)
    assert modes(folder) == {True: {0o700}, False: {0o600}}
    assert [path.name for path in folder.rglob("signed.*")] == []


@pytest.mark.parametrize("content", ["", "7", "seven abc", "7 xyz", "7 00 11"])
def test_a_damaged_memory_of_what_was_signed_stops_signing(folder: Path, workspace: WorkspaceId, content: str) -> None:
    keys = FolderKeys(folder)
    keys.create_workspace(workspace)
    (folder / str(workspace) / "signed").write_text(content, encoding="ascii")

    with pytest.raises(KeyUnavailable, match="signed"):
        keys.last_signed(workspace)
