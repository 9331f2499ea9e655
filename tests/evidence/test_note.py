"""A signed note is trusted for exactly the text its known keys signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchsafe.evidence.note import (
    BadSignatureError,
    Ed25519Signer,
    MalformedNoteError,
    NoteError,
    SignatureType,
    UnverifiedNoteError,
    Verifier,
    cosign_note,
    open_note,
    sign_note,
)

# The example in the documentation of Go's golang.org/x/mod/sumdb/note, which defined the format.
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

LOG = Ed25519Signer("example.com/log", b"l" * 32)
WITNESS = Ed25519Signer("witness.example", b"w" * 32)
STRANGER = Ed25519Signer("example.com/log", b"s" * 32)


def test_the_published_example_verifies() -> None:
    assert open_note(GO_NOTE, [Verifier.parse(GO_VERIFIER)]).text == GO_TEXT


def test_signing_gives_the_published_bytes() -> None:
    signer = Ed25519Signer.parse(GO_SIGNER)

    assert sign_note(GO_TEXT, signer) == GO_NOTE
    assert signer.verifier.text == GO_VERIFIER
    assert signer.secret_text() == GO_SIGNER


def test_another_published_key_keeps_its_text() -> None:
    text = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"

    assert Verifier.parse(text).text == text


@given(st.lists(st.text(st.characters(exclude_characters="", exclude_categories=["Cc", "Cs"])), min_size=1, max_size=5))
def test_any_text_comes_back_with_its_signers(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    note = cosign_note(sign_note(text, LOG), WITNESS)

    opened = open_note(note, [WITNESS.verifier, LOG.verifier])
    assert opened.text == text
    assert opened.signed_by == (LOG.verifier, WITNESS.verifier)
    assert open_note(note.encode(), [LOG.verifier]).text == text


def test_signatures_of_unknown_keys_are_ignored() -> None:
    note = sign_note("text\n", STRANGER, LOG, WITNESS)

    assert open_note(note, [LOG.verifier]).signed_by == (LOG.verifier,)


def test_a_signature_of_a_later_algorithm_is_ignored() -> None:
    note = sign_note("text\n", LOG) + "— witness.example " + "A" * 3236 + "\n"

    assert open_note(note, [LOG.verifier]).signed_by == (LOG.verifier,)


def test_a_note_without_a_known_key_is_not_verified() -> None:
    with pytest.raises(UnverifiedNoteError):
        open_note(sign_note("text\n", STRANGER, WITNESS), [LOG.verifier])
    with pytest.raises(UnverifiedNoteError):
        open_note(sign_note("text\n", LOG), [])


def test_a_changed_text_is_refused() -> None:
    with pytest.raises(BadSignatureError):
        open_note(sign_note("size 10\n", LOG).replace("10", "11"), [LOG.verifier])


def test_one_good_signature_does_not_excuse_a_bad_one() -> None:
    note = sign_note("text\n", LOG) + sign_note("other\n", WITNESS).split("\n\n")[1]

    assert open_note(note, [LOG.verifier]).text == "text\n"
    with pytest.raises(BadSignatureError):
        open_note(note, [LOG.verifier, WITNESS.verifier])


@given(st.data())
def test_no_changed_character_passes(data: st.DataObject) -> None:
    note = sign_note("example.com/log\n10\n", LOG)
    place = data.draw(st.integers(0, len(note) - 1))
    other = data.draw(st.characters().filter(lambda one: one != note[place]))

    with pytest.raises(NoteError):
        open_note(note[:place] + other + note[place + 1 :], [LOG.verifier])


@given(st.text() | st.binary())
def test_other_text_is_refused_in_a_typed_way(noise: str | bytes) -> None:
    with pytest.raises(NoteError):
        open_note(noise, [LOG.verifier])


SIGNATURE_LINE = sign_note("text\n", LOG).split("\n\n")[1]


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n" + SIGNATURE_LINE,
        "text\n\n" + SIGNATURE_LINE.rstrip("\n"),
        "text\n\n" + SIGNATURE_LINE + "\n",
        "text\n\n" + SIGNATURE_LINE.replace("—", "-"),
        "text\n\n" + SIGNATURE_LINE.replace("example.com", "example com"),
        "text\n\n" + SIGNATURE_LINE.replace("example.com", "example+com"),
        "text\n\n" + SIGNATURE_LINE.replace("=\n", "\n"),
        "text\n\n" + SIGNATURE_LINE.replace(" example", "  example"),
        "text\n\n— example.com/log AAAA\n",
        "te\txt\n\n" + SIGNATURE_LINE,
        "te\rxt\n\n" + SIGNATURE_LINE,
        "te\ud800xt\n\n" + SIGNATURE_LINE,
        "text\n\n" + SIGNATURE_LINE * 101,
        "text\n\n" + "x" * 1_000_001,
        b"te\xffxt\n\n",
    ],
)
def test_malformed_notes_are_refused(note: str | bytes) -> None:
    with pytest.raises(MalformedNoteError):
        open_note(note, [LOG.verifier])


def test_base64_has_one_form_only() -> None:
    # The last digit before the padding carries two bits that decoders usually drop.
    changed = SIGNATURE_LINE[:-3] + chr(ord(SIGNATURE_LINE[-3]) + 1) + SIGNATURE_LINE[-2:]

    with pytest.raises(MalformedNoteError):
        open_note("text\n\n" + changed, [LOG.verifier])


@pytest.mark.parametrize("text", ["", "no newline", "a\x00b\n"])
def test_text_that_cannot_be_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(MalformedNoteError):
        sign_note(text, LOG)


def test_a_note_needs_a_signer() -> None:
    with pytest.raises(MalformedNoteError):
        sign_note("text\n")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "PeterNeumann",
        GO_VERIFIER[:-4],
        GO_VERIFIER.replace("c74f20a3", "c74f20a4"),
        GO_VERIFIER.replace("c74f20a3", "C74F20A3"),
        GO_VERIFIER.replace("Peter", "Petra"),
        GO_VERIFIER.replace("+ARpc", "+BRpc"),
        GO_VERIFIER.replace("+ARpc", "+/Rpc"),
        GO_SIGNER,
    ],
)
def test_malformed_verifier_keys_are_refused(key: str) -> None:
    with pytest.raises(MalformedNoteError):
        Verifier.parse(key)


@pytest.mark.parametrize(
    "key", ["", GO_VERIFIER, GO_SIGNER[:-4], GO_SIGNER.replace("c74f", "c74e"), GO_SIGNER.replace("AYEK", "BYEK")]
)
def test_malformed_signing_keys_are_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(MalformedNoteError) as refused:
        Ed25519Signer.parse(key)
    assert "EKFAL" not in str(refused.value)


def test_a_key_of_a_later_algorithm_is_refused_by_name_of_its_type() -> None:
    with pytest.raises(MalformedNoteError, match="type 6"):
        Verifier("example.com/log", bytes(1312), SignatureType.COSIGNATURE_ML_DSA_44)


def test_keys_that_cannot_be_told_apart_are_refused() -> None:
    class Twin(Verifier):
        __slots__ = ()

        @property
        def key_id(self) -> bytes:
            return LOG.verifier.key_id

    with pytest.raises(NoteError, match="share"):
        open_note(sign_note("text\n", LOG), [LOG.verifier, Twin("example.com/log", bytes(32))])


def test_a_signing_key_does_not_show_itself() -> None:
    assert repr(LOG) == "Ed25519Signer(example.com/log)"
