"""Workspaces, desks, and the routes that lead a recipient, host or session to them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from vouchsafe.domain.drafter import AS_SET, DeskDrafter, drafter_of
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.domain.pack import Mode
from vouchsafe.ports.work import NotFound
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field
from vouchsafe.store.vault import Vault


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """What is sealed beside a desk: the addresses it writes from, and where its pages go."""

    address: str
    name: str
    on_call: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk of a workspace. `pack` names its policy pack; `drafter` says whether a language model drafts here."""

    id: DeskId
    name: str
    mode: Mode
    pack: str
    facts: DeskFacts
    knowledge_version: int
    drafter: DeskDrafter = AS_SET
    calibration: str = ""
    """What `vouchsafe knowledge calibrate` measured at this desk, as JSON; empty for the shipped calibration."""


_BY_NAME = select(schema.desk).order_by(schema.desk.c.name)
_ONE = select(schema.desk).where(schema.desk.c.id == bindparam("desk"))
_ROUTE = select(schema.route.c.workspace_id, schema.route.c.desk_id).where(schema.route.c.hash == bindparam("hash"))


def add_workspace(connection: Connection, workspace: WorkspaceId) -> None:
    """Make a workspace known; does nothing if it is."""
    connection.execute(upsert(schema.workspace).on_conflict_do_nothing(), {"id": workspace, "state": "active"})


def workspaces(connection: Connection) -> tuple[WorkspaceId, ...]:
    """Every active workspace; a sweep sets each in turn."""
    table = schema.workspace
    rows = connection.execute(select(table.c.id).where(table.c.state == "active").order_by(table.c.id))
    return tuple(WorkspaceId(row.id) for row in rows)


def add_route(connection: Connection, vault: Vault, name: str, workspace: WorkspaceId, desk: DeskId | None) -> None:
    """From now on this recipient, host or session leads here."""
    statement = upsert(schema.route).values(hash=vault.route(name), workspace_id=workspace, desk_id=desk)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["hash"], set_={"workspace_id": workspace, "desk_id": desk})
    )


def follow(connection: Connection, vault: Vault, name: str) -> tuple[WorkspaceId, DeskId | None] | None:
    """Where a recipient, host or session leads, or None."""
    row = connection.execute(_ROUTE, {"hash": vault.route(name)}).one_or_none()
    if row is None:
        return None
    return WorkspaceId(row.workspace_id), DeskId(row.desk_id) if row.desk_id else None


def add(context: Context, name: str, mode: Mode, pack: str, facts: DeskFacts) -> DeskId:
    """A new desk."""
    desk = DeskId(context.ids.new())
    context.connection.execute(
        insert(schema.desk),
        {
            "workspace_id": context.workspace,
            "id": desk,
            "name": name,
            "mode": mode.value,
            "pack": pack,
            "sealed": context.seal_row(Field.DESK, desk, codec.dump(DeskFacts, facts)),
        },
    )
    return desk


def every(context: Context) -> tuple[Desk, ...]:
    """The desks of the workspace, by name."""
    return tuple(_desk(context, row) for row in context.connection.execute(_BY_NAME))


def get(context: Context, desk: DeskId) -> Desk:
    """One desk. Raises: NotFound."""
    row = context.connection.execute(_ONE, {"desk": desk}).one_or_none()
    if row is None:
        raise NotFound("there is no such desk")
    return _desk(context, row)


def set_mode(context: Context, desk: DeskId, mode: Mode) -> None:
    """Change how far the AI may go on this desk."""
    context.connection.execute(update(schema.desk).where(schema.desk.c.id == desk).values(mode=mode.value))


def set_drafter(context: Context, desk: DeskId, drafter: DeskDrafter) -> None:
    """Change whether, and by which language model, drafts of this desk are written."""
    context.connection.execute(update(schema.desk).where(schema.desk.c.id == desk).values(drafter=drafter.kept))


def set_calibration(context: Context, desk: DeskId, content: str) -> None:
    """Keep when searches of this desk abstain; empty for as shipped. Indexes that are built see it from then on."""
    context.connection.execute(update(schema.desk).where(schema.desk.c.id == desk).values(calibration=content))


def set_facts(context: Context, desk: DeskId, facts: DeskFacts) -> None:
    """Change what is sealed beside a desk. The routes that lead to it are not touched."""
    sealed = context.seal_row(Field.DESK, desk, codec.dump(DeskFacts, facts))
    context.connection.execute(update(schema.desk).where(schema.desk.c.id == desk).values(sealed=sealed))


def _desk(context: Context, row: Row[Any]) -> Desk:
    return Desk(
        DeskId(row.id),
        row.name,
        Mode(row.mode),
        row.pack,
        codec.load(DeskFacts, context.open_row(Field.DESK, row.id, row.sealed)),
        row.knowledge_version,
        drafter_of(row.drafter),
        row.calibration,
    )
