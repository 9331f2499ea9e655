"""What pages show of the agreement register: every version that was adopted, by whom and when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from vouchsafe.domain.ids import UserId
from vouchsafe.store import schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

_TABLE = schema.agreement_register


@dataclass(frozen=True, slots=True)
class Adopted:
    """A version of the register as it was adopted. `content`: the file."""

    id: UUID
    content: bytes
    by: UserId
    at: datetime


def versions(context: Context, most: int) -> tuple[Adopted, ...]:
    """The newest versions, the one in force first, at most so many."""
    rows = context.connection.execute(
        select(_TABLE).order_by(_TABLE.c.adopted_at.desc(), _TABLE.c.id.desc()).limit(most)
    )
    return tuple(
        Adopted(row.id, context.open_row(Field.AGREEMENTS, row.id, row.sealed), UserId(row.adopted_by), row.adopted_at)
        for row in rows
    )
