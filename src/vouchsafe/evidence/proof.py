"""The proof of one event: its place in the log and the way to a checkpoint, as one text file.

Format: C2SP tlog-proof, file extension `.tlog-proof`. It can be checked without a database and
a network, against the log's key from a trusted place.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vouchsafe.evidence.checkpoint import Checkpoint, OpenedCheckpoint, open_checkpoint
from vouchsafe.evidence.leaf import leaf_hash
from vouchsafe.evidence.merkle import HASH_BYTES, NodeReader, ProofError, check_inclusion, inclusion_proof
from vouchsafe.evidence.note import MAX_NOTE_CHARACTERS, Verifier

EXTENSION: Final = ".tlog-proof"
_HEADER: Final = "c2sp.org/tlog-proof@v1"
_MAX_HASHES: Final = 63  # a tree of 2**63 leaves has no longer path
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof as text says it, before anything in it was checked.

    `extra`: data of the application, which nothing authenticates; we write none and ignore it.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    @property
    def text(self) -> str:
        """The file. `parse` gives the same proof back."""
        extra = "" if self.extra is None else f"extra {_to_base64(self.extra)}\n"
        hashes = "".join(f"{_to_base64(one)}\n" for one in self.hashes)
        return f"{_HEADER}\n{extra}index {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> "TlogProof":
        """Undo `text`. Raises: ProofError unless it is exactly what `text` would write."""
        if len(text) > 2 * MAX_NOTE_CHARACTERS:
            raise ProofError("the proof is too long")
        head, blank, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        if header != _HEADER or not blank:
            raise ProofError("this is not a tlog-proof of version 1")
        extra = _from_base64(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if index is None or len(lines) > _MAX_HASHES:
            raise ProofError("a tlog-proof needs the index of its leaf and at most 63 hashes")
        hashes = tuple(_from_base64(line) for line in lines)
        if any(len(one) != HASH_BYTES for one in hashes):
            raise ProofError(f"a hash has {HASH_BYTES} bytes")
        proof = cls(int(index[1]), hashes, checkpoint, extra)
        if proof.text != text:
            raise ProofError("the proof is not in its one standard form")
        return proof


@dataclass(frozen=True, slots=True)
class ProvenLeaf:
    """A leaf that stands at `index` in the log whose head is `checkpoint`, and who witnessed that head."""

    index: int
    leaf: bytes
    checkpoint: Checkpoint
    witnessed_by: tuple[Verifier, ...]


def make_proof(index: int, checkpoint: str, node: NodeReader) -> str:
    """The text of a proof that leaf `index` stands under this signed checkpoint.

    Signatures are passed on, not checked. Raises: ProofError if the checkpoint is older than the
    leaf; NoteError if it is not a checkpoint.
    """
    size = Checkpoint.parse(checkpoint.rpartition("\n\n")[0] + "\n").size
    return TlogProof(index, tuple(inclusion_proof(index, size, node)), checkpoint).text


def check_proof(text: str, leaf: bytes, log: Verifier, witnesses: Sequence[Verifier] = ()) -> ProvenLeaf:
    """Make sure that these canonical bytes stand in the log, by a proof from anywhere.

    The caller still owes: `log` and `witnesses` from a trusted place, `parse` for the meaning of
    the leaf, and the quorum of witnesses that its policy asks.
    Raises: ProofError if the proof does not hold; NoteError if its checkpoint is not the log's.
    """
    proof = TlogProof.parse(text)
    opened: OpenedCheckpoint = open_checkpoint(proof.checkpoint, log, witnesses)
    head = opened.checkpoint
    check_inclusion(leaf_hash(leaf), proof.index, head.size, proof.hashes, head.root)
    return ProvenLeaf(proof.index, leaf, head, opened.witnessed_by)


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ProofError("this is not base64") from None
