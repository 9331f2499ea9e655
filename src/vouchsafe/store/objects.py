"""Sealed files: attachments and originals, in the data folder. What is written is ciphertext only."""

import os
import secrets
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Protocol
from uuid import UUID

from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.ports.work import NotFound


class Objects(Protocol):
    """Keeps ciphertexts by id. Write-once: an id is never written twice."""

    def put(self, workspace: WorkspaceId, object_id: UUID, ciphertext: bytes) -> bytes:
        """Store durably before it returns; gives the SHA-256 of the ciphertext."""
        ...

    def get(self, workspace: WorkspaceId, object_id: UUID) -> bytes:
        """The ciphertext. Raises: NotFound."""
        ...

    def digest(self, workspace: WorkspaceId, object_id: UUID) -> tuple[bytes, int] | None:
        """SHA-256 and length of the ciphertext as it is kept now; None if it is not there."""
        ...


class FolderObjects:
    """Objects as files `<workspace>/<last two hex digits>/<id>`, mode 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, workspace: WorkspaceId, object_id: UUID, ciphertext: bytes) -> bytes:
        """Write, fsync, then link under the final name and fsync the folder: a crash leaves nothing or the whole file.

        Once it returned, the name is as durable as the bytes: a row may name it.
        """
        target = self._path(workspace, object_id)
        for folder in (target.parent.parent, target.parent):
            if not folder.exists():
                folder.mkdir(exist_ok=True, mode=0o700)
                _sync(folder.parent)
        fresh = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(ciphertext)
                file.flush()
                os.fsync(file.fileno())
            os.link(fresh, target)
        finally:
            fresh.unlink()
        _sync(target.parent)
        return sha256(ciphertext).digest()

    def get(self, workspace: WorkspaceId, object_id: UUID) -> bytes:
        """Read it."""
        try:
            return self._path(workspace, object_id).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("the object is not in the data folder; restore it from backup") from error

    def digest(self, workspace: WorkspaceId, object_id: UUID) -> tuple[bytes, int] | None:
        """Read through it, in memory of constant size."""
        try:
            with self._path(workspace, object_id).open("rb") as file:
                hashed = file_digest(file, "sha256").digest()
                return hashed, file.tell()
        except FileNotFoundError:
            return None

    def _path(self, workspace: WorkspaceId, object_id: UUID) -> Path:
        return self._folder / str(workspace) / object_id.hex[-2:] / str(object_id)


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
