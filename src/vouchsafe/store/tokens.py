"""The vaulted tokens of a conversation: which words each placeholder stands for."""

from collections.abc import Iterable

from sqlalchemy import insert, select

from vouchsafe.domain.identifier import Token
from vouchsafe.domain.ids import ConversationId
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field


def every(context: Context, conversation: ConversationId) -> tuple[Token, ...]:
    """The tokens in the order they were made."""
    table = schema.token
    rows = context.connection.execute(
        select(table.c.id, table.c.sealed).where(table.c.conversation_id == conversation).order_by(table.c.id)
    )
    return tuple(codec.load(Token, context.open(Field.TOKEN, row.id, conversation, row.sealed)) for row in rows)


def keep(context: Context, conversation: ConversationId, wanted: Iterable[Token]) -> None:
    """Seal the tokens that are not kept yet; a kept one never changes."""
    kept = {token.placeholder for token in every(context, conversation)}
    rows = []
    for token in wanted:
        if token.placeholder not in kept:
            row = context.ids.new()
            rows.append(
                {
                    "workspace_id": context.workspace,
                    "id": row,
                    "conversation_id": conversation,
                    "sealed": context.seal(Field.TOKEN, row, conversation, codec.dump(Token, token)),
                }
            )
    if rows:
        context.connection.execute(insert(schema.token), rows)
