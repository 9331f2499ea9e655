"""Deferring jobs inside our own transactions: ids only, one lock a conversation."""

from datetime import datetime
from typing import Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from sqlalchemy import text

from vouchsafe.domain.ids import CaseId, ConversationId, WorkspaceId
from vouchsafe.store.context import Context

ADVANCE_CASE = "advance_case"

# Never opened: a job deferred on our connection needs no connector of its own.
_deferrer = App(connector=SyncPsycopgConnector())


def defer_advance(context: Context, conversation: ConversationId, case: CaseId) -> None:
    """Queue the computation of a case; gone again if this transaction rolls back."""
    raw: Any = context.connection.connection.dbapi_connection  # psycopg's own connection
    _deferrer.configure_task(
        ADVANCE_CASE, connection=raw, lock=lock_name(context.workspace, conversation), queue="cases"
    ).defer(workspace=str(context.workspace), case=str(case))


def longest_running(context: Context) -> datetime | None:
    """When the job of this workspace that runs longest was started; None where none runs."""
    found: datetime | None = context.connection.execute(
        text(
            "select min(started.at) from (select max(e.at) as at from procrastinate_jobs j "
            "join procrastinate_events e on e.job_id = j.id and e.type = 'started' "
            "where j.status = 'doing' and j.args ->> 'workspace' = :workspace group by j.id) started"
        ),
        {"workspace": str(context.workspace)},
    ).scalar_one()
    return found


def lock_name(workspace: WorkspaceId, conversation: ConversationId) -> str:
    """The queue's lock of a conversation: its jobs run one after another."""
    return f"{workspace}/{conversation}"


def queue_app(conninfo: str) -> App:
    """The worker's side of the queue."""
    return App(connector=PsycopgConnector(conninfo=conninfo))
