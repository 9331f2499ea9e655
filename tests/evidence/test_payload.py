"""A payload is bound to its leaf and its length tells nothing finer than 256 bytes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchsafe.evidence.payload import (
    MAX_PLAINTEXT_BYTES,
    STEP_BYTES,
    Opened,
    PayloadError,
    check_commit,
    commitment,
    open_padded,
    seal_ready,
)

plaintexts = st.binary(max_size=1200)


@given(plaintexts)
def test_a_payload_comes_back_as_it_was(plaintext: bytes) -> None:
    ready = seal_ready(plaintext)

    assert len(ready.padded) % STEP_BYTES == 0
    assert len(ready.padded) - len(plaintext) <= STEP_BYTES + 36
    assert check_commit(ready.padded, ready.commit).plaintext == plaintext
    assert open_padded(ready.padded).commit == ready.commit


def test_a_yes_and_a_no_have_the_same_length() -> None:
    assert len(seal_ready(b"true").padded) == len(seal_ready(b"false").padded) == STEP_BYTES


def test_equal_payloads_have_different_commitments() -> None:
    assert seal_ready(b"true").commit != seal_ready(b"true").commit


def test_the_commitment_is_a_tagged_salted_hash() -> None:
    ready = seal_ready(b"{}", entropy=lambda count: b"s" * count)

    assert ready.commit == hashlib.sha256(b"vouchsafe payload commitment v1\x00" + b"s" * 32 + b"{}").digest()
    assert ready.padded == b"s" * 32 + b"\x00\x00\x00\x02{}" + bytes(218)


@given(plaintexts, plaintexts)
def test_a_commitment_opens_to_one_text_only(first: bytes, second: bytes) -> None:
    ready, other = seal_ready(first), seal_ready(second)

    with pytest.raises(PayloadError, match="committed"):
        check_commit(other.padded, ready.commit)


@given(plaintexts, st.data())
def test_no_changed_byte_passes(plaintext: bytes, data: st.DataObject) -> None:
    ready = seal_ready(plaintext)
    place = data.draw(st.integers(0, len(ready.padded) - 1))
    changed = bytearray(ready.padded)
    changed[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(PayloadError):
        check_commit(bytes(changed), ready.commit)


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        bytes(255),
        bytes(257),
        bytes(512),  # a whole step of padding too many
        bytes(32) + b"\xff\xff\xff\xff" + bytes(220),  # a length beyond the end
        bytes(255) + b"\x01",  # something hidden in the padding
    ],
)
def test_malformed_payloads_are_refused(padded: bytes) -> None:
    with pytest.raises(PayloadError):
        open_padded(padded)


def test_a_payload_that_is_too_large_is_refused() -> None:
    with pytest.raises(PayloadError, match="at most"):
        seal_ready(bytes(MAX_PLAINTEXT_BYTES + 1))


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(PayloadError, match="entropy"):
        seal_ready(b"{}", entropy=lambda _: b"")
    with pytest.raises(PayloadError, match="salt"):
        commitment(b"short", b"{}")


def test_nothing_of_a_payload_shows_in_a_repr() -> None:
    ready = seal_ready(b'{"name":"Maria Gonzalez"}')

    assert "Maria" not in repr(ready) + repr(open_padded(ready.padded)) + str(Opened(b"Maria", bytes(32)))
