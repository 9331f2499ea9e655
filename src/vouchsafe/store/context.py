"""What every noun of the store needs for the length of one transaction."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from vouchsafe.domain.ids import ConversationId, KeyId, WorkspaceId
from vouchsafe.ports.clock import Clock
from vouchsafe.ports.ids import Ids
from vouchsafe.ports.work import NotFound
from vouchsafe.store import schema
from vouchsafe.store.fields import Field
from vouchsafe.store.objects import Objects
from vouchsafe.store.vault import OpenKey, Vault

_KEYS, _SUBJECTS = schema.conversation_key, schema.subject_key
_KEY = (
    select(_KEYS.c.wrapped, _SUBJECTS.c.kid, _SUBJECTS.c.wrapped.label("subject_wrapped"))
    .join(_SUBJECTS, (_SUBJECTS.c.workspace_id == _KEYS.c.workspace_id) & (_SUBJECTS.c.id == _KEYS.c.subject_id))
    .where(_KEYS.c.id == bindparam("conversation"))
)


@dataclass(frozen=True, slots=True)
class Context:
    """A transaction of one workspace, with the vault that opens its fields."""

    connection: Connection
    workspace: WorkspaceId
    vault: Vault
    objects: Objects
    clock: Clock
    ids: Ids
    build: str
    held: set[ConversationId] = field(default_factory=set)
    """Conversations whose rows this transaction has locked, or made."""
    pseudonyms: dict[ConversationId, bytes] = field(default_factory=dict)
    """Sealed pseudonyms of conversations whose rows this transaction has read."""

    def conversation_key(self, conversation: ConversationId) -> OpenKey:
        """The opened key of a conversation. Raises: NotFound, KeyUnavailable."""
        cached = self.vault.cached(conversation)
        if cached is not None:
            return cached
        row = self.connection.execute(_KEY, {"conversation": conversation}).one_or_none()
        if row is None:
            raise NotFound("the conversation does not exist, or its key was destroyed")
        return self.vault.open_conversation_key(
            self.workspace, conversation, KeyId(row.kid), row.subject_wrapped, row.wrapped
        )

    def seal(self, field: Field, row: UUID, conversation: ConversationId, plaintext: bytes) -> bytes:
        """Seal a field under the conversation's key."""
        return self.vault.seal(self.workspace, field, row, self.conversation_key(conversation), plaintext)

    def open(self, field: Field, row: UUID, conversation: ConversationId, stored: bytes) -> bytes:
        """Open a field sealed under the conversation's key. Raises: SealBroken."""
        return self.vault.open(self.workspace, field, row, self.conversation_key(conversation), stored)

    def seal_row(self, field: Field, row: UUID, plaintext: bytes) -> bytes:
        """Seal a field of a row that belongs to no conversation."""
        return self.vault.seal(self.workspace, field, row, self.vault.row_key(self.workspace, row), plaintext)

    def open_row(self, field: Field, row: UUID, stored: bytes) -> bytes:
        """Open such a field. Raises: SealBroken."""
        return self.vault.open(self.workspace, field, row, self.vault.row_key(self.workspace, row), stored)
