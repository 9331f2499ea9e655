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
        """Write, fsync, then link under the final name: a crash leaves either nothing or the whole file."""
        target = self._path(workspace, object_id)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
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
