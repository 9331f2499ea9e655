"""Signed notes: a text and signature lines that say which named key signed it.

Format: C2SP signed-note. A text must be ignored until `open_note` has found a signature of a
key that the caller brought; keys that travel with a note prove nothing.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vouchsafe.domain.errors import VouchsafeError

MAX_NOTE_CHARACTERS: Final = 1_000_000
MAX_SIGNATURES: Final = 100
_KEY_ID_BYTES: Final = 4
_SEED_BYTES: Final = 32
_SIGNATURE_START: Final = "\N{EM DASH} "
_SIGNING_KEY_START: Final = "PRIVATE+KEY+"


class NoteError(VouchsafeError, ValueError):
    """This is no signed note that can be trusted."""


class MalformedNoteError(NoteError):
    """The text does not have the form of a signed note or of a key."""


class BadSignatureError(NoteError):
    """A known key's signature does not fit the text: it, or the text, was changed."""


class UnverifiedNoteError(NoteError):
    """No key that the caller trusts signed this note. It may be honest; it cannot be told."""


class SignatureType(IntEnum):
    """The byte that says how a key signs. Source: C2SP signed-note, "Signature types", and tlog-cosignature."""

    ED25519 = 0x01
    ECDSA = 0x02
    COSIGNATURE_ED25519 = 0x04
    TREE_HEAD = 0x05
    COSIGNATURE_ML_DSA_44 = 0x06


def _verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Algorithm:
    key_bytes: int
    verify: Callable[[bytes, bytes, bytes], bool]


# A further type is one row here; until it has one, its keys are refused and its signature lines ignored.
_ALGORITHMS: Final[Mapping[SignatureType, _Algorithm]] = {
    SignatureType.ED25519: _Algorithm(key_bytes=32, verify=_verify_ed25519),
}


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named public key. For a log the name is the origin of its checkpoints."""

    name: str
    public_key: bytes
    type: SignatureType = SignatureType.ED25519

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.type not in _ALGORITHMS:
            raise MalformedNoteError(f"keys of type {int(self.type)} are not supported by this version")
        if len(self.public_key) != _ALGORITHMS[self.type].key_bytes:
            raise MalformedNoteError("the public key has the wrong length")

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name || newline || type || public key). Not a strong hash: only a label."""
        label = self.name.encode() + b"\n" + bytes([self.type]) + self.public_key
        return hashlib.sha256(label).digest()[:_KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """`name+hex+base64`, the form in which keys are handed to auditors."""
        return f"{self.name}+{self.key_id.hex()}+{_to_base64(bytes([self.type]) + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Undo `text`. Raises: MalformedNoteError, also when the key id does not fit the key."""
        # Only the base64 part may hold further plus signs.
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        key = _from_base64(encoded)
        try:
            verifier = cls(name, key[1:], SignatureType(key[0]))
        except (IndexError, ValueError) as error:
            raise MalformedNoteError("this is not a verifier key of a supported type") from error
        if key_id != verifier.key_id.hex():
            raise MalformedNoteError("the key id does not fit the key; it may have been copied wrongly")
        return verifier

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made the signature over the message."""
        return _ALGORITHMS[self.type].verify(self.public_key, message, signature)


class Signer(Protocol):
    """Whatever can sign a note: a key in memory, or a key store that never lets its key out."""

    @property
    def verifier(self) -> Verifier:
        """The public half, with the name that goes into the signature line."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The bare signature over the message, without the key id."""
        ...


class Ed25519Signer:
    """An Ed25519 key in memory (RFC 8032), from its 32-byte seed."""

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != _SEED_BYTES:
            raise MalformedNoteError(f"the seed of an Ed25519 key has {_SEED_BYTES} bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return self._verifier

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same for the same message."""
        return self._key.sign(message)

    def secret_text(self) -> str:
        """`PRIVATE+KEY+name+hex+base64`, to be written into the key store and nowhere else."""
        key = bytes([SignatureType.ED25519]) + self._key.private_bytes_raw()
        return f"{_SIGNING_KEY_START}{self._verifier.name}+{self._verifier.key_id.hex()}+{_to_base64(key)}"

    @classmethod
    def parse(cls, text: str) -> "Ed25519Signer":
        """Undo `secret_text`. Raises: MalformedNoteError, never quoting the key."""
        name, _, rest = text.removeprefix(_SIGNING_KEY_START).partition("+")
        key_id, _, encoded = rest.partition("+")
        key = _from_base64(encoded)
        if not text.startswith(_SIGNING_KEY_START) or key[:1] != bytes([SignatureType.ED25519]):
            raise MalformedNoteError("this is not an Ed25519 signing key")
        signer = cls(name, key[1:])
        if key_id != signer.verifier.key_id.hex():
            raise MalformedNoteError("the key id does not fit the key; it may have been copied wrongly")
        return signer

    def __repr__(self) -> str:
        return f"Ed25519Signer({self._verifier.name})"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and those of the caller's keys that signed it, in the order of the note; at least one."""

    text: str
    signed_by: tuple[Verifier, ...]


def check_name(name: str) -> str:
    """The name of a key or log, unchanged. Raises: MalformedNoteError if it holds a plus, a space or a control."""
    if not name or "+" in name or any(one.isspace() or one < " " for one in name) or not _is_utf8(name):
        raise MalformedNoteError("a key's name is not empty and holds no plus, space or control character")
    return name


def sign_note(text: str, *signers: Signer) -> str:
    """The text, which ends with a newline, as a note with one signature line for each signer."""
    if not text.endswith("\n") or not signers:
        raise MalformedNoteError("a note needs a text that ends with a newline, and at least one signer")
    _check_characters(text)
    return text + "\n" + "".join(_signature_line(text, signer) for signer in signers)


def cosign_note(note: str, *signers: Signer) -> str:
    """The note with further signature lines; nothing that stands there is changed or trusted."""
    text, _ = _split(note)
    return note + "".join(_signature_line(text, signer) for signer in signers)


def open_note(note: str | bytes, verifiers: Sequence[Verifier]) -> Note:
    """The text of a note and which of these keys signed it; signatures of other keys are ignored.

    Raises: MalformedNoteError; BadSignatureError if the signature of one of these keys does not
    fit; UnverifiedNoteError if none of them signed.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    if len(known) != len(set(verifiers)):
        raise NoteError("two of the given keys share their name and key id, so signatures cannot be told apart")
    text, lines = _split(_decoded(note))
    message = text.encode()
    signed_by: dict[Verifier, None] = {}
    for name, blob in lines:
        verifier = known.get((name, blob[:_KEY_ID_BYTES]))
        if verifier is None:
            continue
        if not verifier.verify(message, blob[_KEY_ID_BYTES:]):
            raise BadSignatureError(f"the signature of {name} does not fit the text")
        signed_by[verifier] = None
    if not signed_by:
        raise UnverifiedNoteError("none of the given keys signed this note")
    return Note(text, tuple(signed_by))


def _signature_line(text: str, signer: Signer) -> str:
    verifier = signer.verifier
    return f"{_SIGNATURE_START}{verifier.name} {_to_base64(verifier.key_id + signer.sign(text.encode()))}\n"


def _decoded(note: str | bytes) -> str:
    if isinstance(note, str):
        return note
    try:
        return note.decode()
    except UnicodeDecodeError:
        raise MalformedNoteError("a note is UTF-8 text") from None


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note, and (name, key id and signature) of each line."""
    if len(note) > MAX_NOTE_CHARACTERS:
        raise MalformedNoteError(f"a note has at most {MAX_NOTE_CHARACTERS} characters")
    _check_characters(note)
    # The last empty line divides; the text itself may hold others.
    text, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise MalformedNoteError("a note needs a text, an empty line and signature lines, each with its newline")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedNoteError(f"a note has at most {MAX_SIGNATURES} signatures")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(_SIGNATURE_START).partition(" ")
    blob = _from_base64(encoded)
    if not line.startswith(_SIGNATURE_START) or not space or len(blob) <= _KEY_ID_BYTES:
        raise MalformedNoteError("a signature line is a dash, a name, a key id and a signature")
    return check_name(name), blob


def _check_characters(text: str) -> None:
    if re.search("[\x00-\x09\x0b-\x1f]", text) or not _is_utf8(text):
        raise MalformedNoteError("a note holds no control characters but newlines")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes:
    """Strict base64: one text for each value, so that a note cannot be changed without changing its meaning."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedNoteError("this is not base64") from None
    if _to_base64(data) != text:
        raise MalformedNoteError("this is not base64 in its one standard form")
    return data
