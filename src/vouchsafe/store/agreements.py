"""The agreement register of a workspace: every version that was adopted, the newest in force."""

from sqlalchemy import insert, select, text

from vouchsafe.domain.ids import UserId
from vouchsafe.store import schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field


def for_change(context: Context) -> bytes | None:
    """The version in force, held until this transaction ends, so that each version is compared with the one before."""
    context.connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"agreements/{context.workspace}"}
    )
    return in_force(context)


def adopt(context: Context, content: bytes, by: UserId) -> None:
    """Put a version in force, after `for_change`. The caller has read it, and records it in this transaction."""
    row = context.ids.new()
    context.connection.execute(
        insert(schema.agreement_register),
        {
            "workspace_id": context.workspace,
            "id": row,
            "adopted_by": by,
            "adopted_at": context.clock.now(),
            "sealed": context.seal_row(Field.AGREEMENTS, row, content),
        },
    )


def in_force(context: Context) -> bytes | None:
    """The file of the version in force, None where none was adopted."""
    table = schema.agreement_register
    row = context.connection.execute(
        select(table.c.id, table.c.sealed).order_by(table.c.adopted_at.desc(), table.c.id.desc()).limit(1)
    ).one_or_none()
    return None if row is None else context.open_row(Field.AGREEMENTS, row.id, row.sealed)
