"""Who has a case open: said over the database's signals, kept nowhere. Ids only, never a name."""

from sqlalchemy import text

from vouchsafe.domain.ids import CaseId, UserId
from vouchsafe.store.context import Context

HERE = "vouchsafe_here"
"""The channel of these signals."""

_SAY = text("select pg_notify(:channel, :payload)")


def say(context: Context, case: CaseId, user: UserId) -> None:
    """This person has this case open now; every process of the web hears it when the transaction ends."""
    context.connection.execute(_SAY, {"channel": HERE, "payload": f"{context.workspace}/{case}/{user}"})
