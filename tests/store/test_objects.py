"""Sealed files are durable before the row that names them."""

import os
from pathlib import Path

import pytest
from tests.conftest import Clinic

from vouchsafe.store.objects import FolderObjects


def test_the_file_and_every_folder_with_a_new_name_are_synced(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "sealed"
    objects, synced, real = FolderObjects(root), list[Path](), os.fsync

    def noting(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    object_id = clinic.store.ids.new()
    objects.put(clinic.workspace, object_id, b"ciphertext")

    folder = root / str(clinic.workspace) / object_id.hex[-2:]
    assert set(synced) >= {root, folder.parent, folder}
    assert synced[-1] == folder, "the name comes after the bytes"
    assert objects.get(clinic.workspace, object_id) == b"ciphertext"


def test_an_object_is_written_once_and_a_refused_write_leaves_nothing_behind(clinic: Clinic, tmp_path: Path) -> None:
    objects, object_id = FolderObjects(tmp_path / "sealed"), clinic.store.ids.new()
    objects.put(clinic.workspace, object_id, b"first")

    with pytest.raises(FileExistsError):
        objects.put(clinic.workspace, object_id, b"second")

    assert objects.get(clinic.workspace, object_id) == b"first"
    assert len([one for one in (tmp_path / "sealed").rglob("*") if one.is_file()]) == 1
