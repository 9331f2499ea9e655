"""Sealed files and the rows that name them. What seals one also says what the trail must hold of it.

An object is sealed like the payload of an event, with a salt and a commitment, so that its place in a leaf proves the
ciphertext without a key and the content to whoever has the key.
"""

from hashlib import sha256
from uuid import UUID

from sqlalchemy import insert

from vouchsafe.domain.ids import ConversationId
from vouchsafe.evidence.leaf import SealedPayload
from vouchsafe.evidence.payload import open_padded, seal_ready
from vouchsafe.ports.work import SealedObject
from vouchsafe.store import schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

MOST_BYTES = 2**32 - 1
"""The length field of the padded form has four bytes."""

_KINDS = {Field.ORIGINAL: "original", Field.ATTACHMENT_CONTENT: "attachment", Field.QUARANTINE: "quarantine"}


def put(context: Context, field: Field, conversation: ConversationId | None, content: bytes) -> SealedObject:
    """Seal and store an object, durably before its row; without a conversation under a key of its own."""
    object_id = context.ids.new()
    ready = seal_ready(content, limit=MOST_BYTES)
    if conversation:
        stored = context.seal(field, object_id, conversation, ready.padded)
    else:
        stored = context.seal_row(field, object_id, ready.padded)
    context.objects.put(context.workspace, object_id, stored)
    described = SealedPayload(
        kid=UUID(bytes=stored[1:17]), ct_hash=sha256(stored).digest(), commit=ready.commit, length=len(stored)
    )
    context.connection.execute(
        insert(schema.stored_object),
        {
            "workspace_id": context.workspace,
            "id": object_id,
            "kind": _KINDS[field],
            "size": described.length,
            "ct_hash": described.ct_hash,
            "at": context.clock.now(),
        },
    )
    return SealedObject(object_id, described)


def content(context: Context, field: Field, conversation: ConversationId | None, object_id: UUID) -> bytes:
    """What an object holds. Raises: NotFound, SealBroken."""
    stored = context.objects.get(context.workspace, object_id)
    if conversation:
        return open_padded(context.open(field, object_id, conversation, stored)).plaintext
    return open_padded(context.open_row(field, object_id, stored)).plaintext
