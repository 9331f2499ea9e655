"""Payloads: padding that hides their length, and a commitment that binds what was sealed.

AES-GCM is not key-committing: one ciphertext can be made to open under two keys to two texts.
So a leaf holds `commit` = SHA-256(tag || salt || plaintext) beside the hash of the ciphertext.
The salt is *inside* the ciphertext: once the key is destroyed the salt is gone, and even a
one-bit plaintext cannot be guessed from the commitment. Encryption itself is the vault's.

Form before encryption: salt (32 bytes), length of the plaintext (4 bytes, big-endian),
plaintext, zeros up to the next multiple of 256 bytes.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vouchsafe.domain.errors import VouchsafeError

SALT_BYTES: Final = 32
STEP_BYTES: Final = 256  # length tells a yes from a no; notes: evidence, section 3
MAX_PLAINTEXT_BYTES: Final = 16 * 1024 * 1024
_COMMIT_TAG: Final = b"vouchsafe payload commitment v1\x00"
_PREFIX_BYTES: Final = SALT_BYTES + 4


class PayloadError(VouchsafeError, ValueError):
    """These bytes are not a payload. The message never quotes them."""


@dataclass(frozen=True, slots=True, repr=False)
class ReadyToSeal:
    """What the vault encrypts, and the commitment for the leaf (32 bytes)."""

    padded: bytes
    commit: bytes

    def __repr__(self) -> str:
        # The padded form holds the plaintext.
        return f"ReadyToSeal({len(self.padded)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A decrypted payload: its JSON and the salt with which the commitment can be checked."""

    plaintext: bytes
    salt: bytes

    @property
    def commit(self) -> bytes:
        """The commitment that the leaf must hold, 32 bytes."""
        return commitment(self.salt, self.plaintext)

    def __repr__(self) -> str:
        return f"Opened({len(self.plaintext)} bytes)"


def seal_ready(
    plaintext: bytes, entropy: Callable[[int], bytes] = secrets.token_bytes, *, limit: int = MAX_PLAINTEXT_BYTES
) -> ReadyToSeal:
    """Pad a payload, or the content of an object, for encryption and commit to it.

    `entropy` gives the asked number of random bytes; a simulation passes a seeded one.
    Raises: PayloadError if the plaintext is larger than `limit` bytes.
    """
    if len(plaintext) > limit:
        raise PayloadError(f"a payload may hold at most {limit} bytes; put the content into an object")
    salt = entropy(SALT_BYTES)
    if len(salt) != SALT_BYTES:
        raise PayloadError(f"the entropy source gave {len(salt)} bytes instead of {SALT_BYTES}")
    content = salt + len(plaintext).to_bytes(4, "big") + plaintext
    return ReadyToSeal(content + bytes(-len(content) % STEP_BYTES), commitment(salt, plaintext))


def open_padded(padded: bytes) -> Opened:
    """Undo `seal_ready` after decryption. Raises: PayloadError unless the padding is exactly as written."""
    if len(padded) < STEP_BYTES or len(padded) % STEP_BYTES:
        raise PayloadError(f"a payload is a multiple of {STEP_BYTES} bytes")
    end = _PREFIX_BYTES + int.from_bytes(padded[SALT_BYTES:_PREFIX_BYTES], "big")
    if end > len(padded) or len(padded) - end >= STEP_BYTES or any(padded[end:]):
        # One plaintext must have one padded form, else the padding could carry a second message.
        raise PayloadError("the padding of the payload is not as it was written")
    return Opened(plaintext=padded[_PREFIX_BYTES:end], salt=padded[:SALT_BYTES])


def commitment(salt: bytes, plaintext: bytes) -> bytes:
    """SHA-256(tag || salt || plaintext), 32 bytes; the salt has a fixed length, so nothing can shift."""
    if len(salt) != SALT_BYTES:
        raise PayloadError(f"a salt has {SALT_BYTES} bytes")
    return hashlib.sha256(_COMMIT_TAG + salt + plaintext).digest()


def check_commit(padded: bytes, commit: bytes) -> Opened:
    """Open a decrypted payload and check that it is the one the leaf committed to.

    Raises: PayloadError if it is malformed or another one.
    """
    opened = open_padded(padded)
    if not hmac.compare_digest(opened.commit, commit):
        raise PayloadError("the payload is not the one that the leaf committed to")
    return opened
