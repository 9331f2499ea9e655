"""Deferring jobs inside our own transactions: ids only, one lock a conversation."""

from datetime import datetime
from typing import Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from sqlalchemy import text

from vouchsafe.domain.ids import CaseId, ConversationId, WorkspaceId
from vouchsafe.store.context import Context

ADVANCE_CASE = "advance_case"
DRAFT_BY_MODEL = "draft_by_model"
CASES, DRAFTS = "cases", "drafts"
"""Queues: messages to judge, and drafts to ask a language model for, which may be slow and holds up no message."""

# Never opened: a job deferred on our connection needs no connector of its own.
_deferrer = App(connector=SyncPsycopgConnector())


def defer_advance(context: Context, conversation: ConversationId, case: CaseId) -> None:
    """Queue the computation of a case; gone again if this transaction rolls back."""
    raw: Any = context.connection.connection.dbapi_connection  # psycopg's own connection
    _deferrer.configure_task(
        ADVANCE_CASE, connection=raw, lock=lock_name(context.workspace, conversation), queue=CASES
    ).defer(workspace=str(context.workspace), case=str(case))


def defer_draft(context: Context, case: CaseId, version: int) -> None:
    """Queue the question to a language model for a case in this version; gone again if this transaction rolls back.

    Without the conversation's lock: a newer message is judged meanwhile, and the version then says that it came late.
    """
    raw: Any = context.connection.connection.dbapi_connection  # psycopg's own connection
    _deferrer.configure_task(DRAFT_BY_MODEL, connection=raw, queue=DRAFTS).defer(
        workspace=str(context.workspace), case=str(case), version=version
    )


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
