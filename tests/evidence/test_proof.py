"""One text file proves one event, to anybody who has the log's key."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchsafe.evidence.checkpoint import Checkpoint, sign_checkpoint
from vouchsafe.evidence.leaf import Leaf, canonical, leaf_hash
from vouchsafe.evidence.merkle import Frontier, NodeReader, ProofError
from vouchsafe.evidence.note import BadSignatureError, Ed25519Signer, NoteError, UnverifiedNoteError, cosign_note
from vouchsafe.evidence.proof import TlogProof, check_proof, make_proof
from vouchsafe.evidence.tiles import grow, node_reader

LOG = Ed25519Signer("clinic.example/main", b"l" * 32)
WITNESS = Ed25519Signer("witness.example", b"w" * 32)


@pytest.fixture(scope="module")
def leaves(a_leaf: Callable[..., Leaf]) -> list[bytes]:
    return [canonical(a_leaf()) for _ in range(300)]


@pytest.fixture(scope="module")
def node(leaves: list[bytes]) -> NodeReader:
    rows = {
        (tile.level, tile.index): content
        for tile, content in grow(0, [leaf_hash(one) for one in leaves], lambda *_: b"")
    }
    return node_reader(lambda level, index: rows[level, index])


@pytest.fixture(scope="module")
def checkpoint(leaves: list[bytes]) -> str:
    root = Frontier().append([leaf_hash(one) for one in leaves]).root
    return sign_checkpoint(Checkpoint("clinic.example/main", len(leaves), root), LOG)


@pytest.mark.parametrize("index", [0, 1, 128, 255, 256, 298, 299])
def test_a_proof_shows_that_an_event_stands_in_the_log(
    leaves: list[bytes], node: NodeReader, checkpoint: str, index: int
) -> None:
    text = make_proof(index, cosign_note(checkpoint, WITNESS), node)

    proven = check_proof(text, leaves[index], LOG.verifier, [WITNESS.verifier])
    assert (proven.index, proven.leaf, proven.checkpoint.size) == (index, leaves[index], 300)
    assert proven.witnessed_by == (WITNESS.verifier,)


def test_the_file_is_laid_out_as_the_format_says(leaves: list[bytes], node: NodeReader, checkpoint: str) -> None:
    lines = make_proof(299, checkpoint, node).split("\n")

    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 299"]
    blank = lines.index("")
    assert all(len(line) == 44 for line in lines[2:blank])
    assert "\n".join(lines[blank + 1 :]) == checkpoint
    assert len(leaves) == 300


def test_a_proof_does_not_hold_for_another_event(leaves: list[bytes], node: NodeReader, checkpoint: str) -> None:
    text = make_proof(5, checkpoint, node)

    for other in (leaves[6], leaves[5].replace(b'"held"', b'"ok"'), b""):
        with pytest.raises(ProofError):
            check_proof(text, other, LOG.verifier)
    with pytest.raises(ProofError):
        check_proof(text.replace("index 5", "index 6"), leaves[5], LOG.verifier)


def test_a_proof_needs_the_key_of_the_log(leaves: list[bytes], node: NodeReader, checkpoint: str) -> None:
    text = make_proof(5, checkpoint, node)
    impostor = Ed25519Signer("clinic.example/main", b"i" * 32)
    forged = make_proof(5, sign_checkpoint(Checkpoint("clinic.example/main", 300, bytes(32)), impostor), node)

    with pytest.raises(UnverifiedNoteError):
        check_proof(text, leaves[5], impostor.verifier)
    with pytest.raises(UnverifiedNoteError):
        check_proof(forged, leaves[5], LOG.verifier)
    with pytest.raises(BadSignatureError):
        check_proof(text.replace("\n300\n", "\n299\n"), leaves[5], LOG.verifier)


def test_a_checkpoint_older_than_the_event_proves_nothing(node: NodeReader, checkpoint: str) -> None:
    with pytest.raises(ProofError, match="leaf 300"):
        make_proof(300, checkpoint, node)


@given(st.data())
def test_no_changed_character_passes(
    leaves: list[bytes], node: NodeReader, checkpoint: str, data: st.DataObject
) -> None:
    text = make_proof(77, checkpoint, node)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda one: one != text[place]))

    with pytest.raises((ProofError, NoteError)):
        check_proof(text[:place] + other + text[place + 1 :], leaves[77], LOG.verifier)


@given(
    st.builds(
        TlogProof,
        st.integers(0, 2**60),
        st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
        st.text(),
        st.none() | st.binary(),
    )
)
def test_a_proof_comes_back_as_it_was(proof: TlogProof) -> None:
    assert TlogProof.parse(proof.text) == proof


HASH = "A" * 43 + "="


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\n\nx",
        "c2sp.org/tlog-proof@v2\nindex 1\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nx",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nx",
        "c2sp.org/tlog-proof@v1\nindex ١\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 1\nextra AA==\n\nx",
        "c2sp.org/tlog-proof@v1\nextra AB==\nindex 1\n\nx",
        "c2sp.org/tlog-proof@v1\nextra ?\nindex 1\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx",
        f"c2sp.org/tlog-proof@v1\nindex 1\n{HASH.replace('A=', 'B=')}\n\nx",
        f"c2sp.org/tlog-proof@v1\r\nindex 1\r\n{HASH}\r\n\r\nx",
        f"c2sp.org/tlog-proof@v1\nindex 1\n{HASH}\nx",
        "c2sp.org/tlog-proof@v1\nindex 1\n" + f"{HASH}\n" * 64 + "\nx",
        "x" * 2_000_001,
    ],
)
def test_malformed_proofs_are_refused(text: str) -> None:
    with pytest.raises(ProofError):
        TlogProof.parse(text)


@given(st.text())
def test_other_text_is_refused_in_a_typed_way(text: str) -> None:
    with pytest.raises((ProofError, NoteError)):
        check_proof(text, b"", LOG.verifier)
    with pytest.raises((ProofError, NoteError)):
        check_proof(f"c2sp.org/tlog-proof@v1\nindex 0\n\n{text}", b"", LOG.verifier)
