"""Where root, workspace, index and signing keys live: a folder or a KMS, never PostgreSQL nor its backup."""

from typing import Protocol

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import KeyId, WorkspaceId


class KeyUnavailable(VouchsafeError):
    """A key is missing, destroyed, or the key store does not answer. Nothing sealed under it can be read."""


class KeyStore(Protocol):
    """Wraps and unwraps the keys that stand in the database; holds those that must not."""

    @property
    def is_new(self) -> bool:
        """Whether no key was ever made here. Asking makes none; the first use does."""
        ...

    @property
    def place(self) -> str:
        """Where the keys lie, in words for the operator; nothing secret."""
        ...

    def derive(self, purpose: str) -> bytes:
        """32 bytes of this installation for one purpose (HKDF-SHA-256 of the root), the same every time."""
        ...

    def create_workspace(self, workspace: WorkspaceId) -> None:
        """Make a workspace's first key, its index secret and its checkpoint key. Does nothing if they exist."""
        ...

    def current(self, workspace: WorkspaceId) -> KeyId:
        """The workspace key that new keys are wrapped under."""
        ...

    def wrap(self, workspace: WorkspaceId, key: bytes) -> tuple[KeyId, bytes]:
        """A 32-byte key wrapped under the current workspace key (AES-KW, RFC 3394), and which key that was."""
        ...

    def unwrap(self, workspace: WorkspaceId, kid: KeyId, wrapped: bytes) -> bytes:
        """The key again. Raises: KeyUnavailable."""
        ...

    def index_secret(self, workspace: WorkspaceId) -> bytes:
        """32 bytes from which the workspace's blind index keys are derived."""
        ...

    def workspace_secret(self, workspace: WorkspaceId) -> bytes:
        """32 bytes that seal rows which belong to no conversation (users, settings, quarantine)."""
        ...

    def checkpoint_key(self, workspace: WorkspaceId) -> bytes:
        """The Ed25519 private key (32 bytes) that signs checkpoints. No database role can read it."""
        ...

    def last_signed(self, workspace: WorkspaceId) -> tuple[int, bytes]:
        """Size and root of the last checkpoint signed, (0, b"") if none: nothing smaller is ever signed again."""
        ...

    def remember_signed(self, workspace: WorkspaceId, size: int, root: bytes) -> None:
        """Keep the size and root durably before the signature is handed out."""
        ...
