"""The Merkle tree of the log: its growing edge, its root, and proofs of inclusion and consistency.

Hashing and proofs are those of RFC 6962, section 2.1; checking them follows RFC 9162, sections
2.1.3.2 and 2.1.4.2. Whoever makes a proof passes a `NodeReader`, so that a database answers
from its tiles (`tiles.node_reader`) and a test from a list.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from vouchsafe.domain.errors import VouchsafeError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
MAX_TREE_SIZE: Final = 2**62
_SIZE_BYTES: Final = 8

NodeReader = Callable[[int, int], bytes]
"""`node(level, index)`: hash over the leaves [index << level, (index + 1) << level), all of which exist."""


class ProofError(VouchsafeError, ValueError):
    """A proof was asked for that cannot exist, or one was shown that does not hold."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def pair_up(hashes: Sequence[bytes]) -> list[bytes]:
    """The next level above `hashes`; an odd last one is left out."""
    sha256, following = hashlib.sha256, iter(hashes)
    # Inlined and without keyword arguments: this loop is where verifying a million events spends its time.
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(following, following)]  # noqa: B905  # a pair needs no strict


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: all that is needed to append to it and to know its root.

    `nodes` are the roots of the complete subtrees into which `size` leaves fall, largest first;
    there is one for each bit set in `size`.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_TREE_SIZE or len(self.nodes) != self.size.bit_count():
            raise ProofError("a frontier needs one node for each bit set in its size")
        if any(len(node) != HASH_BYTES for node in self.nodes):
            raise ProofError(f"a node of a frontier has {HASH_BYTES} bytes")

    @classmethod
    def of(cls, size: int, node: NodeReader) -> "Frontier":
        """The frontier of the first `size` leaves of a stored tree."""
        return cls(size, tuple(node(level, index) for level, index in _complete_subtrees(0, size)))

    @property
    def root(self) -> bytes:
        """The tree hash, 32 bytes."""
        return _fold(self.nodes)

    def append(self, hashes: Sequence[bytes]) -> "Frontier":
        """The frontier after these leaf hashes. Takes about one hash a leaf; a large batch is cheapest."""
        waiting = list(self.nodes)  # the smallest subtree is last
        kept: list[bytes] = []
        row: Sequence[bytes] = hashes
        level = 0
        while row or waiting:
            if self.size >> level & 1:
                row = [waiting.pop(), *row]
            if len(row) & 1:
                kept.append(row[-1])
            row = pair_up(row)
            level += 1
        return Frontier(self.size + len(hashes), tuple(reversed(kept)))

    def to_bytes(self) -> bytes:
        """Size in 8 bytes, big-endian, then the nodes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frontier":
        """Undo `to_bytes`. Raises: ProofError for anything else."""
        if len(data) < _SIZE_BYTES:
            raise ProofError("a frontier begins with its size")
        return cls(
            int.from_bytes(data[:_SIZE_BYTES], "big"),
            tuple(data[at : at + HASH_BYTES] for at in range(_SIZE_BYTES, len(data), HASH_BYTES)),
        )


def root_of(size: int, node: NodeReader) -> bytes:
    """The root over the first `size` leaves of a stored tree."""
    return _range_hash(0, size, node)


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Hashes that lead from leaf `index` to the root of `size` leaves, the leaf's sibling first.

    Raises: ProofError if the leaf is not in a tree of that size.
    """
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size} leaves")
    proof, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_hash(middle, end, node))
            end = middle
        else:
            proof.append(_range_hash(start, middle, node))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Hashes that show that the tree of `old` leaves is a prefix of the tree of `new` leaves.

    Empty if `old` is 0 or equals `new`. Raises: ProofError if `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {old} leaves cannot be a prefix of one of {new}")
    if old == 0:
        return []
    proof, start, end = [], 0, new
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range_hash(middle, end, node))
            end = middle
        else:
            proof.append(_range_hash(start, middle, node))
            start = middle
    if start:
        # Only a subtree that starts at the first leaf is the old root, which the checker already has.
        proof.append(_range_hash(start, end, node))
    return proof[::-1]


def root_from_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that `proof` leads to. Raises: ProofError if the proof has the wrong length or shape."""
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size} leaves")
    _check_hashes([leaf_hash, *proof])
    place, last, result = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("the inclusion proof is too short")
    return result


def check_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise ProofError unless `proof` shows that the leaf stands at `index` under `root`."""
    if root_from_inclusion(leaf_hash, index, size, proof) != root:
        raise ProofError("the inclusion proof does not lead to the root")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise ProofError unless `proof` shows that the old tree is a prefix of the new one."""
    _check_hashes([old_root, new_root, *proof])
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {old} leaves cannot be a prefix of one of {new}")
    if old in {0, new}:
        known = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != known:
            raise ProofError("two trees of one size, or an empty one, need equal roots and no proof")
        return
    _walk_consistency(old, old_root, new, new_root, proof)


def _walk_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    # RFC 9162, section 2.1.4.2; `place` and `last` are its fn and sn.
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise ProofError("the consistency proof is too short")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise ProofError("the consistency proof does not lead to both roots")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError(f"a hash has {HASH_BYTES} bytes")


def _split(width: int) -> int:
    """The largest power of two below `width`, which is at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def _complete_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """(level, index) of the complete subtrees that make up [start, end), largest first.

    `start` is a multiple of the largest of them, as it is for every range of a proof.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def _range_hash(start: int, end: int, node: NodeReader) -> bytes:
    return _fold([node(level, index) for level, index in _complete_subtrees(start, end)])


def _fold(nodes: Sequence[bytes]) -> bytes:
    if not nodes:
        return EMPTY_ROOT
    result = nodes[-1]
    for left in reversed(nodes[:-1]):
        result = node_hash(left, result)
    return result
