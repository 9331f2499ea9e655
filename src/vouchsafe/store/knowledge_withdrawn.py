"""Documents taken out of search by a person, and the replies that rest on a document."""

from sqlalchemy import LargeBinary, bindparam, func, insert, select, update

from vouchsafe.domain.ids import CaseId, DeskId, UserId
from vouchsafe.domain.knowledge import CitingReply, Withdrawal
from vouchsafe.domain.reply import DeliveryState
from vouchsafe.domain.states import OPEN_STAGES
from vouchsafe.evidence.event_types import EventType
from vouchsafe.evidence.leaf import fitting_source
from vouchsafe.ports.work import NotFound
from vouchsafe.store import schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

_TABLE, _EVENT, _OUTBOX, _CASE = schema.withdrawal, schema.event, schema.outbox, schema.case
_NAMES_IT = func.position(bindparam("named", type_=LargeBinary).op("in")(_EVENT.c.leaf)) > 0


def withdraw(context: Context, desk: DeskId, path: str, by: UserId, reason: str) -> bool:
    """Take a path out of search, in every version, until it is reinstated; False where it is out already."""
    if path in paths(context, desk):
        return False
    row = context.ids.new()
    context.connection.execute(
        insert(_TABLE),
        {
            "workspace_id": context.workspace,
            "id": row,
            "desk_id": desk,
            "path": path,
            "withdrawn_by": by,
            "withdrawn_at": context.clock.now(),
            "sealed": context.seal_row(Field.WITHDRAWAL, row, reason.encode()),
        },
    )
    return True


def reinstate(context: Context, desk: DeskId, path: str, by: UserId) -> None:
    """What is published under the path is searched again. Raises: NotFound."""
    done = context.connection.execute(
        update(_TABLE)
        .where(_TABLE.c.desk_id == desk, _TABLE.c.path == path, _TABLE.c.reinstated_at.is_(None))
        .values(reinstated_by=by, reinstated_at=context.clock.now())
    )
    if not done.rowcount:
        raise NotFound("no such document is withdrawn at this desk; vouchsafe knowledge list shows those that are")


def in_force(context: Context, desk: DeskId) -> tuple[Withdrawal, ...]:
    """Every document that is out of search, by path."""
    rows = context.connection.execute(
        select(_TABLE).where(_TABLE.c.desk_id == desk, _TABLE.c.reinstated_at.is_(None)).order_by(_TABLE.c.path)
    )
    return tuple(
        Withdrawal(
            row.path,
            UserId(row.withdrawn_by),
            row.withdrawn_at,
            context.open_row(Field.WITHDRAWAL, row.id, row.sealed).decode(),
        )
        for row in rows
    )


def paths(context: Context, desk: DeskId) -> frozenset[str]:
    """Paths that are out of search."""
    rows = context.connection.execute(
        select(_TABLE.c.path).where(_TABLE.c.desk_id == desk, _TABLE.c.reinstated_at.is_(None))
    )
    return frozenset(row.path for row in rows)


def citing(context: Context, desk: DeskId, path: str) -> tuple[CitingReply, ...]:
    """Replies of the desk that cite a document, in any version, newest first, whether they left or not.

    Found by the names of passages that stand in the leaves, so that nothing sealed is opened.
    """
    rows = context.connection.execute(
        select(_OUTBOX.c.case_id, _OUTBOX.c.state, _EVENT.c.at)
        .join(_OUTBOX, (_OUTBOX.c.workspace_id == _EVENT.c.workspace_id) & (_OUTBOX.c.event_id == _EVENT.c.id))
        .join(_CASE, (_CASE.c.workspace_id == _OUTBOX.c.workspace_id) & (_CASE.c.id == _OUTBOX.c.case_id))
        .where(
            _EVENT.c.type == EventType.REPLY_QUEUED.value,
            _CASE.c.desk_id == desk,
            _NAMES_IT,
        )
        .order_by(_EVENT.c.at.desc()),
        {"named": _named(path)},
    )
    return tuple(CitingReply(CaseId(row.case_id), DeliveryState(row.state).value, row.at) for row in rows)


def drafts_citing(context: Context, desk: DeskId, path: str) -> tuple[CaseId, ...]:
    """Open cases with a draft that cites a document, in any version, oldest first."""
    rows = context.connection.execute(
        select(_CASE.c.id, _CASE.c.opened_at)
        .join(_EVENT, (_EVENT.c.workspace_id == _CASE.c.workspace_id) & (_EVENT.c.case_id == _CASE.c.id))
        .where(
            _EVENT.c.type == EventType.DRAFT_MADE.value,
            _CASE.c.desk_id == desk,
            _CASE.c.stage.in_([stage.value for stage in OPEN_STAGES]),
            _NAMES_IT,
        )
        .distinct()
        .order_by(_CASE.c.opened_at, _CASE.c.id),
        {"named": _named(path)},
    )
    return tuple(CaseId(row.id) for row in rows)


def _named(path: str) -> bytes:
    """How a passage of the document begins in the list of sources of a leaf."""
    name, _, _ = fitting_source(f"{path}@{'0' * 12}#1").rpartition("@")
    return f'"{name}@'.encode()
