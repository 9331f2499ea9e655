"""Reports of faults at a desk, kept for as long as they may be told together; who wrote one is a keyed hash (R188)."""

from datetime import timedelta

from sqlalchemy import delete, func, insert, select

from vouchsafe.domain.ids import CaseId, DeskId
from vouchsafe.domain.outage import WITHIN, FaultReport, Reported
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

_KEPT_FOR = timedelta(days=1)
_AT_MOST = 500
"""Reports looked at, newest first; more in ten minutes are as like each other as these."""


def keep(context: Context, desk: DeskId, case: CaseId, contact: str, report: FaultReport) -> None:
    """Keep a report of this contact; those older than a day go.

    Until the transaction ends no other report is kept at the desk: of five at one moment, the last sees the others.
    """
    table, now = schema.fault_report, context.clock.now()
    # An advisory lock stands for a desk, whose own row every pass would wait for.
    context.connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"faults {desk}", 0))))
    context.connection.execute(delete(table).where(table.c.at < now - _KEPT_FOR))
    blind = context.vault.blind(context.workspace, "fault", contact).hex()
    kept = Reported(context.ids.new(), now, blind, case, report)
    context.connection.execute(
        insert(table),
        {
            "workspace_id": context.workspace,
            "id": kept.id,
            "desk_id": desk,
            "at": now,
            "sealed": context.seal_row(Field.FAULT_REPORT, kept.id, codec.dump(Reported, kept)),
        },
    )


def recent(context: Context, desk: DeskId) -> tuple[Reported, ...]:
    """Reports at the desk that may still be told together, oldest first."""
    table = schema.fault_report
    since = context.clock.now() - WITHIN
    rows = context.connection.execute(
        select(table.c.id, table.c.sealed)
        .where(table.c.desk_id == desk, table.c.at >= since)
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(_AT_MOST)
    ).all()
    found = [codec.load(Reported, context.open_row(Field.FAULT_REPORT, row.id, row.sealed)) for row in rows]
    return tuple(reversed(found))
