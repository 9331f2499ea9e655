"""A ciphertext opens only where it was sealed, and only while its key exists."""

from itertools import permutations
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table
from tests.conftest import Clinic
from tests.store.conftest import take

from vouchsafe.domain.contact import Contact
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import ConversationId, WorkspaceId
from vouchsafe.plugins.keys.folder import FolderKeys
from vouchsafe.ports.keys import KeyUnavailable
from vouchsafe.ports.work import NotFound
from vouchsafe.store import contacts, messages, schema
from vouchsafe.store.fields import Field
from vouchsafe.store.vault import OpenKey, SealBroken, Vault

WORDS = "Zoë has a rash".encode()


def fresh_key(vault: Vault, workspace: WorkspaceId) -> OpenKey:
    _, _, subject = vault.new_subject_key(workspace)
    _, opened = vault.new_conversation_key(subject, ConversationId(uuid4()))
    return opened


def test_a_ciphertext_opens_in_its_own_place_only(clinic: Clinic) -> None:
    vault, row = clinic.store.vault, uuid4()
    key = fresh_key(vault, clinic.workspace)

    for sealed_as, opened_as in permutations(Field, 2):
        stored = vault.seal(clinic.workspace, sealed_as, row, key, WORDS)
        assert vault.open(clinic.workspace, sealed_as, row, key, stored) == WORDS
        with pytest.raises(SealBroken):
            vault.open(clinic.workspace, opened_as, row, key, stored)


def test_a_ciphertext_moved_to_another_row_workspace_or_key_does_not_open(
    clinic: Clinic, other_workspace: WorkspaceId
) -> None:
    vault, row = clinic.store.vault, uuid4()
    key = fresh_key(vault, clinic.workspace)
    stored = vault.seal(clinic.workspace, Field.MESSAGE, row, key, WORDS)
    renamed = OpenKey(uuid4(), key.aes)

    for workspace, at, under in (
        (clinic.workspace, uuid4(), key),
        (other_workspace, row, key),
        (clinic.workspace, row, fresh_key(vault, clinic.workspace)),
        (clinic.workspace, row, renamed),
    ):
        with pytest.raises(SealBroken):
            vault.open(workspace, Field.MESSAGE, at, under, stored)
    # Nor when the key id in the stored form is rewritten to fit.
    relabelled = stored[:1] + renamed.id.bytes + stored[17:]
    with pytest.raises(SealBroken):
        vault.open(clinic.workspace, Field.MESSAGE, row, renamed, relabelled)


@pytest.mark.parametrize("place", [0, 5, 20, 40, -1])
def test_a_flipped_bit_anywhere_is_noticed(clinic: Clinic, place: int) -> None:
    vault, row = clinic.store.vault, uuid4()
    key = fresh_key(vault, clinic.workspace)
    stored = bytearray(vault.seal(clinic.workspace, Field.MESSAGE, row, key, WORDS))
    stored[place] ^= 1

    with pytest.raises(SealBroken):
        vault.open(clinic.workspace, Field.MESSAGE, row, key, bytes(stored))


@pytest.mark.parametrize("stored", [b"", b"\x01", b"\x01" + bytes(16), b"\x01" + bytes(28), b"\x01" + bytes(43)])
def test_a_truncated_ciphertext_is_refused_by_name_of_its_field(clinic: Clinic, stored: bytes) -> None:
    key = OpenKey(UUID(int=0), fresh_key(clinic.store.vault, clinic.workspace).aes)

    with pytest.raises(SealBroken, match="MESSAGE of row"):
        clinic.store.vault.open(clinic.workspace, Field.MESSAGE, uuid4(), key, stored)


def test_the_same_words_never_look_the_same_twice(clinic: Clinic) -> None:
    vault, row = clinic.store.vault, uuid4()
    key = fresh_key(vault, clinic.workspace)

    assert len({vault.seal(clinic.workspace, Field.MESSAGE, row, key, WORDS) for _ in range(50)}) == 50


def test_field_numbers_are_frozen() -> None:
    # A number is bound into every ciphertext. Add at the end; never change or reuse one.
    assert {field.name: int(field) for field in Field} | {
        "DESK": 1,
        "CONTACT": 2,
        "CONVERSATION": 3,
        "PSEUDONYM": 4,
        "CASE": 5,
        "MESSAGE": 6,
        "MESSAGE_SAFE": 7,
        "ATTACHMENT": 8,
        "ORIGINAL": 9,
        "ATTACHMENT_CONTENT": 10,
        "TOKEN": 11,
        "OUTBOX": 12,
        "PAYLOAD": 13,
        "STAFF": 14,
        "STOP": 15,
        "QUARANTINE": 16,
    } == {field.name: int(field) for field in Field}


def test_a_conversation_that_has_no_key_is_not_found(clinic: Clinic) -> None:
    with clinic.store(clinic.workspace) as work, pytest.raises(NotFound, match="destroyed"):
        work.context.conversation_key(ConversationId(uuid4()))


@pytest.mark.parametrize("table", [schema.conversation_key, schema.subject_key])
@pytest.mark.parametrize("overwritten", [b"", bytes(40)])
def test_a_destroyed_key_cannot_be_told_from_a_wrong_one_and_opens_nothing(
    clinic: Clinic, table: Table, overwritten: bytes
) -> None:
    taken = take(clinic)
    with clinic.store(clinic.workspace) as work:
        work.context.connection.execute(table.update().values(wrapped=overwritten))
    clinic.store.vault.forget(taken.conversation)

    with clinic.store(clinic.workspace) as work, pytest.raises(KeyUnavailable):
        messages.turns(work.context, taken.conversation)


def test_without_the_workspace_key_nothing_opens_and_the_error_says_what_to_do(clinic: Clinic) -> None:
    taken = take(clinic)
    (clinic.keys._folder / str(clinic.workspace) / "workspace-1.key").unlink()
    elsewhere = FolderKeys(clinic.keys._folder)
    vault = Vault(elsewhere)

    with clinic.store(clinic.workspace) as work:
        context = type(work.context)(
            work.context.connection,
            work.context.workspace,
            vault,
            work.context.objects,
            work.context.clock,
            work.context.ids,
            work.context.build,
        )
        with pytest.raises(KeyUnavailable, match="backup"):
            messages.turns(context, taken.conversation)


def test_a_settled_conversation_is_rewrapped_and_its_ciphertexts_stay(clinic: Clinic) -> None:
    taken = take(clinic, "My name is Ada")
    known = KnownContact(names=("Ada Byron",), emails=("ada1@home.example",), phones=(), dates=(), ids=())
    with clinic.store(clinic.workspace) as work:
        contact: Contact = contacts.add(work.context, known, language="en", is_staff=False)
        before = work.context.connection.execute(schema.message.select()).all()
        old = work.context.connection.execute(schema.conversation_key.select()).one()
        work.settle(taken.conversation, contact.id, contact.subject)
    clinic.store.vault.forget(taken.conversation)

    with clinic.store(clinic.workspace) as work:
        after = work.context.connection.execute(schema.message.select()).all()
        new = work.context.connection.execute(schema.conversation_key.select()).one()
        (turn,) = messages.turns(work.context, taken.conversation)
    assert (new.subject_id, new.wrapped != old.wrapped) == (contact.subject, True)
    assert [row.sealed for row in after] == [row.sealed for row in before]
    assert turn.text.value == "My name is Ada"


def test_blind_indexes_ignore_case_width_and_space_and_differ_by_purpose_and_workspace(
    clinic: Clinic, other_workspace: WorkspaceId
) -> None:
    vault = clinic.store.vault
    plain = vault.blind(clinic.workspace, "address", "ada@home.example")

    for same in ("ADA@home.example", "  ada@home.example ", "ａｄａ＠home.example"):
        assert vault.blind(clinic.workspace, "address", same) == plain
    for other in (
        vault.blind(clinic.workspace, "login", "ada@home.example"),
        vault.blind(other_workspace, "address", "ada@home.example"),
        vault.blind(clinic.workspace, "address", "ada@home.example2"),
    ):
        assert other != plain
    assert len(plain) == 16


def test_word_hashes_are_short_so_that_a_hit_proves_nothing(clinic: Clinic) -> None:
    hashes = clinic.store.vault.words(clinic.workspace, {"invoice", "payment", "Invoice"})

    assert len(hashes) == 2
    assert all(0 <= one < 2**22 for one in hashes)


def test_no_repr_shows_a_key(clinic: Clinic) -> None:
    key = fresh_key(clinic.store.vault, clinic.workspace)
    assert repr(key).startswith("<vouchsafe.store.vault.OpenKey object")
