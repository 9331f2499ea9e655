"""The vaulted tokens of a conversation: which words each placeholder stands for."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select, text

from vouchsafe.domain.identifier import Token
from vouchsafe.domain.ids import ConversationId
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

_EVERY = (
    select(schema.token.c.id, schema.token.c.sealed)
    .where(schema.token.c.conversation_id == bindparam("conversation"))
    .order_by(schema.token.c.id)
)
_KEEP = text("""
    insert into token (workspace_id, id, conversation_id, sealed)
    select :ws, id, :conversation, sealed
    from unnest(cast(:ids as uuid[]), cast(:sealed as bytea[])) as t(id, sealed)
""")


def every(context: Context, conversation: ConversationId) -> tuple[Token, ...]:
    """The tokens in the order they were made."""
    rows = context.connection.execute(_EVERY, {"conversation": conversation})
    return tuple(codec.load(Token, context.open(Field.TOKEN, row.id, conversation, row.sealed)) for row in rows)


def keep(context: Context, conversation: ConversationId, wanted: Iterable[Token]) -> None:
    """Seal the tokens that are not kept yet; a kept one never changes."""
    tokens = list(wanted)
    kept = {token.placeholder for token in every(context, conversation)} if tokens else set()
    fresh = [(context.ids.new(), token) for token in tokens if token.placeholder not in kept]
    if fresh:
        context.connection.execute(
            _KEEP,
            {
                "ws": context.workspace,
                "conversation": conversation,
                "ids": [row for row, _ in fresh],
                "sealed": [
                    context.seal(Field.TOKEN, row, conversation, codec.dump(Token, token)) for row, token in fresh
                ],
            },
        )
