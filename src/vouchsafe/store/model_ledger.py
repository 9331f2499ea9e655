"""The ledger of calls to models on PostgreSQL: what a day's calls cost, in one transaction with the events."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from vouchsafe.domain.ids import EventId, WorkspaceId
from vouchsafe.evidence.event import Event
from vouchsafe.ports.spending import Spend
from vouchsafe.store.work import PgWork, Store

_OPEN = text("""
    insert into model_day (workspace_id, day, calls, tokens, cost) values (:ws, :day, 0, 0, 0)
    on conflict do nothing
""")
_TAKE = text("""
    update model_day set calls = calls + :calls, tokens = tokens + :tokens, cost = cost + :cost
    where day = :day
      and calls + :calls <= :most_calls and tokens + :tokens <= :most_tokens and cost + :cost <= :most_cost
""")
_CHANGE = text("""
    update model_day set calls = calls + :calls, tokens = tokens + :tokens, cost = cost + :cost where day = :day
""")


@dataclass(frozen=True, slots=True)
class PgLedger:
    """`Ledger` of one workspace. Each method is a transaction of its own."""

    store: Store
    workspace: WorkspaceId

    def reserve(self, called: Event, amount: Spend, most: Spend, day: date) -> EventId | None:
        """Record and set aside, or None where the day's budget does not allow it."""
        with self.store(self.workspace) as work:
            work.context.connection.execute(_OPEN, {"ws": self.workspace, "day": day})
            limits = {"most_calls": most.calls, "most_tokens": most.tokens, "most_cost": most.cost}
            if work.context.connection.execute(_TAKE, {**_values(amount, day), **limits}).rowcount == 0:
                return None
            (event,) = work.note(called)
            return event

    def settle(self, answered: Event, reserved: Spend, used: Spend, day: date) -> None:
        """Record, and count what was used."""
        with self.store(self.workspace) as work:
            work.context.connection.execute(_CHANGE, _values(used - reserved, day))
            work.note(answered)

    def refused(self, event: Event) -> None:
        """Record."""
        with self.store(self.workspace) as work:
            work.note(event)


def spent(work: PgWork, day: date) -> Spend:
    """What calls to models cost on a day, what is set aside included."""
    row = work.context.connection.execute(
        text("select calls, tokens, cost from model_day where day = :day"), {"day": day}
    ).one_or_none()
    return Spend() if row is None else Spend(row.calls, row.tokens, row.cost)


def _values(amount: Spend, day: date) -> dict[str, object]:
    return {"calls": amount.calls, "tokens": amount.tokens, "cost": amount.cost, "day": day}
