"""Checkpoints: the signed statement "this log has `size` events under this root".

Format: C2SP tlog-checkpoint, a signed note of three lines. A checkpoint that has left the
machine is what makes the log tamper-evident against its own operator.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from vouchsafe.evidence.merkle import HASH_BYTES, check_consistency
from vouchsafe.evidence.note import MalformedNoteError, NoteError, Signer, Verifier, check_name, open_note, sign_note

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class WrongLogError(NoteError):
    """A valid checkpoint, but of another log, or not signed by this log's key."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: `root` (32 bytes) over its first `size` leaves.

    `extensions` are further lines that the format allows and discourages; we write none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if self.size < 0 or len(self.root) != HASH_BYTES or not all(lines) or any("\n" in line for line in lines):
            raise MalformedNoteError("a checkpoint needs an origin, a size, a root and no empty lines")

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Undo `text`. Raises: MalformedNoteError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not _SIZE.fullmatch(lines[1]):
            raise MalformedNoteError("a checkpoint is an origin, a size and a root, a line each")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except (binascii.Error, ValueError):
            raise MalformedNoteError("the root of a checkpoint is base64") from None
        checkpoint = cls(lines[0], int(lines[1]), root, tuple(lines[3:-1]))
        if checkpoint.text != text:
            raise MalformedNoteError("the root of a checkpoint is base64 in its one standard form")
        return checkpoint


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A checkpoint whose log signed it, and which of the caller's witnesses did so too."""

    checkpoint: Checkpoint
    witnessed_by: tuple[Verifier, ...]


def log_origin(operator_domain: str, workspace: UUID) -> str:
    """The origin of a workspace's log, which is also the name of its key: `clinic.example/0190a1b2-...`."""
    return check_name(f"{operator_domain}/{workspace}")


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer) -> str:
    """The checkpoint as a signed note. The caller has made sure of `check_successor` before."""
    return sign_note(checkpoint.text, *signers)


def open_checkpoint(note: str | bytes, log: Verifier, witnesses: Sequence[Verifier] = ()) -> OpenedCheckpoint:
    """The checkpoint in a note, after its log's signature and origin were checked.

    `log.name` is the origin. Signatures of keys that are not given are ignored.
    Raises: the errors of `open_note`, and WrongLogError for another log's checkpoint.
    """
    opened = open_note(note, [log, *witnesses])
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != log.name:
        raise WrongLogError("the checkpoint belongs to another log")
    if log not in opened.signed_by:
        raise WrongLogError("witnesses signed the checkpoint, but its log did not")
    return OpenedCheckpoint(checkpoint, tuple(key for key in opened.signed_by if key != log))


def check_successor(last: Checkpoint | None, following: Checkpoint, proof: Sequence[bytes]) -> None:
    """Make sure that a signer or witness that saw `last` may sign `following`.

    Signing a smaller or inconsistent tree would fork the log for ever.
    Raises: WrongLogError for another origin; ProofError if `last` is not a prefix.
    """
    if last is None:
        return
    if last.origin != following.origin:
        raise WrongLogError("the checkpoint belongs to another log")
    check_consistency(last.size, last.root, following.size, following.root, proof)
