"""Sealing: AES-256-GCM under conversation keys, every ciphertext bound to its workspace, field, row and key.

Stored form: version byte 1, key id (16 bytes), nonce (12 random bytes), ciphertext with tag.
AAD: workspace, field number (2 bytes, big-endian), row id, key id. A ciphertext moved elsewhere does not open.
"""

import hmac
import secrets
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import ConversationId, KeyId, WorkspaceId
from vouchsafe.ports.keys import KeyStore, KeyUnavailable
from vouchsafe.store.fields import Field

_VERSION = b"\x01"
_HEADER = 1 + 16 + 12
_TAG = 16
_WORKSPACE_SEAL = UUID("8d0f3c86-2bd6-5c5e-9a63-5a1de55b1a11")
_CACHE_SIZE = 4096
_CACHE_SECONDS = 300.0


class SealBroken(VouchsafeError):
    """A sealed field does not open: it was changed, moved, or its key was destroyed."""


@dataclass(frozen=True, slots=True, repr=False)
class OpenKey:
    """A key in memory. Its repr says nothing."""

    id: UUID
    aes: AESGCM


class Vault:
    """Opens and seals fields. One a process; opened conversation keys stay in memory for at most five minutes."""

    def __init__(self, keys: KeyStore) -> None:
        self.keys = keys
        self._cache: OrderedDict[UUID, tuple[float, OpenKey]] = OrderedDict()
        self._secrets: dict[tuple[WorkspaceId, str], bytes] = {}
        self._lock = Lock()

    def new_subject_key(self, workspace: WorkspaceId) -> tuple[KeyId, bytes, bytes]:
        """A random subject key: the workspace key it is wrapped under, its wrapped form, and itself."""
        key = secrets.token_bytes(32)
        kid, wrapped = self.keys.wrap(workspace, key)
        return kid, wrapped, key

    def new_conversation_key(self, subject_key: bytes, conversation: ConversationId) -> tuple[bytes, OpenKey]:
        """A random conversation key wrapped under a subject key, and opened."""
        key = secrets.token_bytes(32)
        opened = OpenKey(conversation, AESGCM(key))
        self.remember(conversation, opened)
        return aes_key_wrap(subject_key, key), opened

    def open_conversation_key(
        self, workspace: WorkspaceId, conversation: ConversationId, kid: KeyId, subject_wrapped: bytes, wrapped: bytes
    ) -> OpenKey:
        """The conversation key from its wrapped form and its subject key's. Raises: KeyUnavailable."""
        subject_key = self.keys.unwrap(workspace, kid, subject_wrapped)
        opened = OpenKey(conversation, AESGCM(_unwrapped(subject_key, wrapped)))
        self.remember(conversation, opened)
        return opened

    def rewrap(
        self, workspace: WorkspaceId, wrapped: bytes, old: tuple[KeyId, bytes], new: tuple[KeyId, bytes]
    ) -> bytes:
        """A conversation key moved from one subject key (workspace key id, wrapped) to another. Ciphertexts stay."""
        key = _unwrapped(self.keys.unwrap(workspace, *old), wrapped)
        return aes_key_wrap(self.keys.unwrap(workspace, *new), key)

    def cached(self, conversation: ConversationId) -> OpenKey | None:
        """An opened key still in memory."""
        with self._lock:
            found = self._cache.get(conversation)
            if found is None or found[0] < time.monotonic():
                return None
            self._cache.move_to_end(conversation)
            return found[1]

    def remember(self, conversation: ConversationId, key: OpenKey) -> None:
        """Keep an opened key for a while."""
        with self._lock:
            self._cache[conversation] = (time.monotonic() + _CACHE_SECONDS, key)
            while len(self._cache) > _CACHE_SIZE:
                self._cache.popitem(last=False)

    def forget(self, conversation: ConversationId) -> None:
        """Drop an opened key, as erasure asks."""
        with self._lock:
            self._cache.pop(conversation, None)

    def row_key(self, workspace: WorkspaceId, row: UUID) -> OpenKey:
        """The key of one row that belongs to no conversation, derived from the workspace's sealing secret.

        One key a row, so that no key seals many items under random nonces.
        """
        secret = self._secret(workspace, "seal", lambda: self.keys.workspace_secret(workspace))
        derived = HKDFExpand(algorithm=SHA256(), length=32, info=b"row" + row.bytes).derive(secret)
        return OpenKey(workspace_key_id(workspace), AESGCM(derived))

    def seal(self, workspace: WorkspaceId, field: Field, row: UUID, key: OpenKey, plaintext: bytes) -> bytes:
        """The stored form."""
        nonce = secrets.token_bytes(12)
        return _VERSION + key.id.bytes + nonce + key.aes.encrypt(nonce, plaintext, _aad(workspace, field, row, key))

    def open(self, workspace: WorkspaceId, field: Field, row: UUID, key: OpenKey, stored: bytes) -> bytes:
        """What was sealed. Raises: SealBroken."""
        stored = bytes(stored)
        if stored[:1] != _VERSION or stored[1:17] != key.id.bytes or len(stored) < _HEADER + _TAG:
            raise SealBroken(
                f"{field.name} of row {row} is not sealed under the key it should be; run vouchsafe verify"
            )
        try:
            return key.aes.decrypt(stored[17:_HEADER], stored[_HEADER:], _aad(workspace, field, row, key))
        except InvalidTag as error:
            raise SealBroken(f"{field.name} of row {row} does not open; run vouchsafe verify") from error

    def blind(self, workspace: WorkspaceId, purpose: str, value: str) -> bytes:
        """A 16-byte keyed hash for equality look-ups; each purpose has its own key, so that columns do not match."""
        return hmac.digest(self._index_key(workspace, purpose), normal(value).encode(), sha256)[:16]

    def words(self, workspace: WorkspaceId, words: set[str]) -> list[int]:
        """22-bit keyed hashes of words for search; short on purpose, so that a hit must be opened to be believed."""
        key = self._index_key(workspace, "word")
        hashes = (hmac.digest(key, normal(word).encode(), sha256) for word in words)
        return sorted({int.from_bytes(one[:3], "big") & 0x3FFFFF for one in hashes})

    def route(self, name: str) -> bytes:
        """The keyed hash of a recipient, host or session, known before the workspace is."""
        return hmac.digest(self.keys.derive("route"), normal(name).encode(), sha256)[:16]

    def _index_key(self, workspace: WorkspaceId, purpose: str) -> bytes:
        def derived() -> bytes:
            expand = HKDFExpand(algorithm=SHA256(), length=32, info=purpose.encode())
            return expand.derive(self.keys.index_secret(workspace))

        return self._secret(workspace, f"index/{purpose}", derived)

    def _secret(self, workspace: WorkspaceId, name: str, load: Callable[[], bytes]) -> bytes:
        found = self._secrets.get((workspace, name))
        if found is None:
            found = self._secrets[workspace, name] = load()
        return found


def workspace_key_id(workspace: WorkspaceId) -> UUID:
    """The id that ciphertexts of rows without a conversation carry."""
    return uuid5(_WORKSPACE_SEAL, str(workspace))


def normal(value: str) -> str:
    """The form compared in look-ups: NFKC, trimmed, case-folded."""
    return unicodedata.normalize("NFKC", value).strip().casefold()


def role_password(keys: KeyStore, role: str) -> str:
    """The password of a database role on an operator's own server, derived so that every node knows it."""
    return HKDF(algorithm=SHA256(), length=24, salt=None, info=role.encode()).derive(keys.derive("database")).hex()


def _unwrapped(subject_key: bytes, wrapped: bytes) -> bytes:
    try:
        return aes_key_unwrap(subject_key, wrapped)
    except InvalidUnwrap as error:
        raise KeyUnavailable(
            "a conversation key does not open under its subject key; it was changed or destroyed"
        ) from error


def _aad(workspace: WorkspaceId, field: Field, row: UUID, key: OpenKey) -> bytes:
    return workspace.bytes + int(field).to_bytes(2, "big") + row.bytes + key.id.bytes
