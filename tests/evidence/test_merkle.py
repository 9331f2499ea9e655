"""The tree equals RFC 6962's definition, and no proof holds for anything it was not made for."""

import hashlib
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchsafe.evidence.leaf import leaf_hash
from vouchsafe.evidence.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    root_from_inclusion,
    root_of,
)

SIZES = 130
LEAVES = [leaf_hash(b"%d" % number) for number in range(SIZES + 200)]


def naive_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(hashes[:split]) + naive_root(hashes[split:])).digest()


def node(level: int, index: int) -> bytes:
    """A reader that refuses to look beyond the leaves there are."""
    assert (index + 1) << level <= len(LEAVES)
    return naive_root(LEAVES[index << level : (index + 1) << level])


ROOTS = [naive_root(LEAVES[:size]) for size in range(SIZES + 1)]

# The published test vectors of Certificate Transparency: leaves and the roots after each of them.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_roots_are_the_published_ones() -> None:
    hashes = [leaf_hash(bytes.fromhex(text)) for text in CT_LEAVES]

    assert [Frontier().append(hashes[: size + 1]).root.hex() for size in range(8)] == CT_ROOTS


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root == EMPTY_ROOT == root_of(0, node)


@pytest.mark.parametrize("size", range(SIZES + 1))
def test_the_frontier_gives_the_root_of_any_size(size: int) -> None:
    whole = Frontier().append(LEAVES[:size])

    assert whole.root == ROOTS[size] == root_of(size, node)
    assert Frontier.of(size, node) == whole


@given(st.lists(st.integers(0, 40), max_size=8))
def test_it_does_not_matter_in_which_batches_leaves_arrive(batches: list[int]) -> None:
    frontier = Frontier()
    for count in batches:
        frontier = frontier.append(LEAVES[frontier.size : frontier.size + count])

    assert frontier == Frontier().append(LEAVES[: sum(batches)])


@given(st.integers(0, SIZES))
def test_a_frontier_survives_being_stored(size: int) -> None:
    frontier = Frontier().append(LEAVES[:size])

    assert Frontier.from_bytes(frontier.to_bytes()) == frontier


@given(st.binary(max_size=200))
def test_a_frontier_is_not_read_from_other_bytes(data: bytes) -> None:
    try:
        assert Frontier.from_bytes(data).to_bytes() == data
    except ProofError:
        return


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 7, bytes(7) + b"\x01", bytes(8) + bytes(32), bytes(7) + b"\x01" + bytes(33)]
)
def test_a_frontier_with_too_few_or_too_many_nodes_is_refused(data: bytes) -> None:
    with pytest.raises(ProofError):
        Frontier.from_bytes(data)


@pytest.mark.parametrize("size", range(1, SIZES + 1))
def test_every_leaf_of_every_size_has_an_inclusion_proof(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(index, size, node)
        check_inclusion(LEAVES[index], index, size, proof, ROOTS[size])

        for other_index, other_leaf in ((index + 1, index), (index, index + 1)):
            with pytest.raises(ProofError):
                check_inclusion(LEAVES[other_leaf], other_index, size, proof, ROOTS[size])


@pytest.mark.parametrize("new", range(SIZES + 1))
def test_every_prefix_of_every_size_has_a_consistency_proof(new: int) -> None:
    for old in range(new + 1):
        proof = consistency_proof(old, new, node)
        check_consistency(old, ROOTS[old], new, ROOTS[new], proof)

        if old > 0:
            with pytest.raises(ProofError):
                check_consistency(old, ROOTS[old - 1], new, ROOTS[new], proof)
        if 0 < old < new:  # every tree is consistent with the empty one
            with pytest.raises(ProofError):
                check_consistency(old, ROOTS[old], new, ROOTS[new - 1], proof)


@given(st.integers(1, 300), st.data())
def test_no_changed_proof_holds(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    root, old_root = naive_root(LEAVES[:size]), naive_root(LEAVES[:old])
    inclusion, consistency = inclusion_proof(index, size, node), consistency_proof(old, size, node)
    junk = data.draw(st.binary(min_size=32, max_size=32))

    for proof in _mutations(inclusion, junk):
        with pytest.raises(ProofError):
            check_inclusion(LEAVES[index], index, size, proof, root)
    for proof in _mutations(consistency, junk):
        with pytest.raises(ProofError):
            check_consistency(old, old_root, size, root, proof)


def _mutations(proof: list[bytes], junk: bytes) -> list[list[bytes]]:
    changed = [[*proof, junk], [junk, *proof], *(proof[:at] + proof[at + 1 :] for at in range(len(proof)))]
    changed += [[*proof[:at], junk, *proof[at + 1 :]] for at in range(len(proof))]
    changed += [[*proof[:at], proof[at][:31], *proof[at + 1 :]] for at in range(len(proof))]
    return changed + [[*proof[: at - 1], proof[at], proof[at - 1], *proof[at + 1 :]] for at in range(1, len(proof))]


@given(st.integers(2, 300), st.data())
def test_a_path_of_the_wrong_length_leads_to_no_root_at_all(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, node)

    with pytest.raises(ProofError, match="too long"):
        root_from_inclusion(LEAVES[index], index, size, [*proof, LEAVES[0]])
    with pytest.raises(ProofError, match="too short"):
        root_from_inclusion(LEAVES[index], index, size, proof[:-1])


def test_an_inclusion_proof_does_not_hold_for_another_size_with_the_same_path_length() -> None:
    proof = inclusion_proof(2, 7, node)

    with pytest.raises(ProofError):
        check_inclusion(LEAVES[2], 2, 8, proof, ROOTS[8])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (6, 5)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        inclusion_proof(index, size, node)
    with pytest.raises(ProofError):
        root_from_inclusion(LEAVES[0], index, size, [])


def test_a_larger_tree_is_no_prefix_of_a_smaller_one() -> None:
    with pytest.raises(ProofError):
        consistency_proof(6, 5, node)
    with pytest.raises(ProofError):
        check_consistency(6, ROOTS[6], 5, ROOTS[5], [])


def test_a_fork_cannot_be_made_consistent() -> None:
    forked = [*LEAVES[:50], leaf_hash(b"forged"), *LEAVES[51:120]]

    def forked_node(level: int, index: int) -> bytes:
        return naive_root(forked[index << level : (index + 1) << level])

    for old in range(51, 100):
        with pytest.raises(ProofError):
            check_consistency(old, ROOTS[old], 120, naive_root(forked), consistency_proof(old, 120, forked_node))


def test_roots_of_large_trees_follow_from_each_other() -> None:
    seed = random.Random(7)
    hashes = [seed.randbytes(32) for _ in range(5000)]
    whole = Frontier().append(hashes)

    assert whole.root == naive_root(hashes)
    sizes = sorted(seed.sample(range(5000), 20))
    stepwise = Frontier()
    for start, end in pairwise([0, *sizes, 5000]):
        stepwise = stepwise.append(hashes[start:end])
    assert stepwise == whole
