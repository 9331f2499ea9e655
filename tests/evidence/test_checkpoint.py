"""A checkpoint is believed only from the key of its own log."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchsafe.evidence.checkpoint import (
    Checkpoint,
    WrongLogError,
    check_successor,
    log_origin,
    open_checkpoint,
    sign_checkpoint,
)
from vouchsafe.evidence.leaf import leaf_hash
from vouchsafe.evidence.merkle import Frontier, ProofError, consistency_proof
from vouchsafe.evidence.note import (
    BadSignatureError,
    Ed25519Signer,
    MalformedNoteError,
    NoteError,
    UnverifiedNoteError,
    cosign_note,
)
from vouchsafe.evidence.tiles import grow, node_reader

LOG = Ed25519Signer("clinic.example/main", b"l" * 32)
OTHER_LOG = Ed25519Signer("clinic.example/other", b"o" * 32)
WITNESS = Ed25519Signer("witness.example", b"w" * 32)
HEAD = Checkpoint("clinic.example/main", 20852163, bytes(range(32)))


def test_a_checkpoint_is_three_lines() -> None:
    assert HEAD.text == "clinic.example/main\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


@given(
    st.integers(0, 2**62),
    st.binary(min_size=32, max_size=32),
    st.lists(st.from_regex(r"[a-z ]+", fullmatch=True), max_size=3),
)
def test_a_checkpoint_comes_back_as_it_was(size: int, root: bytes, extensions: list[str]) -> None:
    head = Checkpoint("clinic.example/main", size, root, tuple(extensions))

    assert Checkpoint.parse(head.text) == head
    assert open_checkpoint(sign_checkpoint(head, LOG), LOG.verifier).checkpoint == head


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "origin\n5\n",
        HEAD.text[:-1],
        HEAD.text + "\n",
        "\n" + HEAD.text,
        HEAD.text.replace("20852163", "020852163"),
        HEAD.text.replace("20852163", "-1"),
        HEAD.text.replace("20852163", "٢"),
        HEAD.text.replace("20852163", "2e7"),
        HEAD.text.replace("20852163", "9" * 5000),
        HEAD.text.replace("AAEC", "AAE"),
        HEAD.text.replace("Hh8=", "Hh9="),
        HEAD.text.replace("AAECAwQF", ""),
    ],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(MalformedNoteError):
        Checkpoint.parse(text)


@given(st.text())
def test_other_text_is_refused_in_a_typed_way(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize("extensions", [("",), ("a\nb",)])
def test_an_extension_cannot_smuggle_in_lines(extensions: tuple[str, ...]) -> None:
    with pytest.raises(MalformedNoteError):
        Checkpoint("clinic.example/main", 1, bytes(32), extensions)


def test_the_witnesses_that_signed_are_named() -> None:
    note = cosign_note(sign_checkpoint(HEAD, LOG), WITNESS)

    assert open_checkpoint(note, LOG.verifier).witnessed_by == ()
    assert open_checkpoint(note, LOG.verifier, [WITNESS.verifier]).witnessed_by == (WITNESS.verifier,)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    with pytest.raises(WrongLogError, match="another log"):
        # Signed with our key, but speaking of another log: a replay between workspaces of one signer.
        open_checkpoint(sign_checkpoint(Checkpoint("clinic.example/other", 5, bytes(32)), LOG), LOG.verifier)
    with pytest.raises(UnverifiedNoteError):
        open_checkpoint(sign_checkpoint(HEAD, OTHER_LOG), LOG.verifier)


def test_a_swapped_key_of_the_same_name_is_not_the_log() -> None:
    impostor = Ed25519Signer("clinic.example/main", b"i" * 32)

    with pytest.raises(UnverifiedNoteError):
        open_checkpoint(sign_checkpoint(HEAD, impostor), LOG.verifier)


def test_witnesses_alone_do_not_make_a_checkpoint() -> None:
    with pytest.raises(WrongLogError, match="its log did not"):
        open_checkpoint(sign_checkpoint(HEAD, WITNESS), LOG.verifier, [WITNESS.verifier])


def test_a_checkpoint_with_another_size_does_not_keep_its_signature() -> None:
    note = sign_checkpoint(HEAD, LOG).replace("20852163", "20852162")

    with pytest.raises(BadSignatureError):
        open_checkpoint(note, LOG.verifier)


def test_the_origin_names_operator_and_workspace() -> None:
    assert log_origin("clinic.example", UUID(int=7)) == "clinic.example/00000000-0000-0000-0000-000000000007"
    with pytest.raises(MalformedNoteError):
        log_origin("clinic example", UUID(int=7))


def test_only_a_longer_log_with_the_same_beginning_may_follow() -> None:
    hashes = [leaf_hash(b"%d" % number) for number in range(40)]
    rows = {(tile.level, tile.index): content for tile, content in grow(0, hashes, lambda *_: b"")}
    node = node_reader(lambda level, index: rows[level, index])

    def head(size: int) -> Checkpoint:
        return Checkpoint("clinic.example/main", size, Frontier().append(hashes[:size]).root)

    check_successor(None, head(30), [])
    check_successor(head(30), head(40), consistency_proof(30, 40, node))
    check_successor(head(30), head(30), [])
    with pytest.raises(ProofError):
        check_successor(head(40), head(30), [])
    with pytest.raises(ProofError):
        check_successor(Checkpoint("clinic.example/main", 30, bytes(32)), head(40), consistency_proof(30, 40, node))
    with pytest.raises(WrongLogError):
        check_successor(
            Checkpoint("clinic.example/other", 30, head(30).root), head(40), consistency_proof(30, 40, node)
        )
