"""Keys in a folder: a root key file of mode 0600, everything else wrapped under it.

Layout: `root.key` (32 random bytes) and one folder a workspace with `workspace-N.key`, `index.key`, `seal.key`,
`checkpoint.key`, each wrapped with AES-KW (RFC 3394), and `signed` (last checkpoint, as text).
The folder needs its own backup, kept apart from the database's: whoever holds both can read everything.
"""

import os
import secrets
import threading
from pathlib import Path
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from vouchsafe.domain.ids import KeyId, WorkspaceId
from vouchsafe.ports.keys import KeyUnavailable

_ROOT = "root.key"
_KEY_NAMES = UUID("5e0c1a52-9c2f-5c1e-8f53-2f0f2f5b6a10")
"""Namespace of workspace key ids: uuid5 of workspace and version, so that a ciphertext names its key."""


class FolderKeys:
    """A `KeyStore` in a folder. Raises KeyUnavailable when a file is missing or does not open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._opened: dict[Path, bytes] = {}
        if folder.exists() and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
        self._known_root = self._read_root()

    @property
    def is_new(self) -> bool:
        """Whether there is no root key yet. The first use of any key makes it, and the folder with it."""
        return self._known_root is None and not (self._folder / _ROOT).exists()

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder.resolve())

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose."""
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"vouchsafe {purpose}".encode()).derive(self._root)

    def create_workspace(self, workspace: WorkspaceId) -> None:
        """Make a workspace's keys; does nothing for those that exist."""
        root, home = self._root, self._folder / str(workspace)
        home.mkdir(exist_ok=True, mode=0o700)
        for name in ("workspace-1.key", "index.key", "seal.key", "checkpoint.key"):
            if not (home / name).exists():
                _write_once(home / name, aes_key_wrap(root, secrets.token_bytes(32)))

    def current(self, workspace: WorkspaceId) -> KeyId:
        """The newest workspace key."""
        return _kid(workspace, self._newest(workspace))

    def wrap(self, workspace: WorkspaceId, key: bytes) -> tuple[KeyId, bytes]:
        """The key under the newest workspace key."""
        version = self._newest(workspace)
        return _kid(workspace, version), aes_key_wrap(self._open(workspace, f"workspace-{version}.key"), key)

    def unwrap(self, workspace: WorkspaceId, kid: KeyId, wrapped: bytes) -> bytes:
        """The key again."""
        for version in range(self._newest(workspace), 0, -1):
            if _kid(workspace, version) == kid:
                try:
                    return aes_key_unwrap(self._open(workspace, f"workspace-{version}.key"), wrapped)
                except InvalidUnwrap as error:
                    raise KeyUnavailable("a wrapped key does not open under its workspace key") from error
        raise KeyUnavailable(f"workspace key {kid} is not in the key folder; restore it from the folder's own backup")

    def index_secret(self, workspace: WorkspaceId) -> bytes:
        """The secret of blind indexes."""
        return self._open(workspace, "index.key")

    def workspace_secret(self, workspace: WorkspaceId) -> bytes:
        """The secret of rows outside conversations."""
        return self._open(workspace, "seal.key")

    def checkpoint_key(self, workspace: WorkspaceId) -> bytes:
        """The Ed25519 private key."""
        return self._open(workspace, "checkpoint.key")

    def last_signed(self, workspace: WorkspaceId) -> tuple[int, bytes]:
        """Size and root last signed."""
        try:
            size, root = (self._folder / str(workspace) / "signed").read_text("ascii").split()
            return int(size), bytes.fromhex(root)
        except FileNotFoundError:
            return 0, b""
        except ValueError as error:
            raise KeyUnavailable(
                f"the file signed of workspace {workspace} cannot be read; restore it from the key folder's backup, "
                "then run vouchsafe verify before anything is signed again"
            ) from error

    def remember_signed(self, workspace: WorkspaceId, size: int, root: bytes) -> None:
        """Keep size and root, durably, replacing the last."""
        target = self._folder / str(workspace) / "signed"
        fresh = target.with_suffix(f".{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{size} {root.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        _sync_folder(target.parent)

    @property
    def _root(self) -> bytes:
        if self._known_root is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_once(self._folder / _ROOT, secrets.token_bytes(32))
            self._known_root = self._read_root()
            assert self._known_root is not None
        return self._known_root

    def _read_root(self) -> bytes | None:
        path = self._folder / _ROOT
        if not path.exists():
            if any(self._folder.glob("*/*.key")):
                # A new root over old keys would look like a fresh start and leave everything sealed for ever.
                raise KeyUnavailable(
                    "root.key is missing beside existing keys; restore it from the folder's own backup"
                )
            return None
        root = path.read_bytes()
        if len(root) != 32:
            raise KeyUnavailable("root.key must hold 32 bytes; restore it from the key folder's backup")
        return root

    def _newest(self, workspace: WorkspaceId) -> int:
        found = (self._folder / str(workspace)).glob("workspace-*.key")
        return max((int(path.stem.split("-")[1]) for path in found), default=0)

    def _open(self, workspace: WorkspaceId, name: str) -> bytes:
        path = self._folder / str(workspace) / name
        with self._lock:
            if path not in self._opened:
                try:
                    self._opened[path] = aes_key_unwrap(self._root, path.read_bytes())
                except (FileNotFoundError, InvalidUnwrap) as error:
                    raise KeyUnavailable(
                        f"{name} of workspace {workspace} cannot be opened; restore it from the key folder's backup"
                    ) from error
            return self._opened[path]


def _kid(workspace: WorkspaceId, version: int) -> KeyId:
    return KeyId(uuid5(_KEY_NAMES, f"{workspace}/{version}"))


def _write_once(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 that appears whole or not at all; a file written meanwhile by another process wins."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
