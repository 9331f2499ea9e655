"""Workspaces, desks, and the routes that lead a recipient, host or session to them."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

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
    """A desk of a workspace. `pack` names its policy pack."""

    id: DeskId
    name: str
    mode: Mode
    pack: str
    facts: DeskFacts
    knowledge_version: int


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
    table = schema.route
    row = connection.execute(
        select(table.c.workspace_id, table.c.desk_id).where(table.c.hash == vault.route(name))
    ).one_or_none()
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
    rows = context.connection.execute(select(schema.desk).order_by(schema.desk.c.name))
    return tuple(
        Desk(
            DeskId(row.id),
            row.name,
            Mode(row.mode),
            row.pack,
            codec.load(DeskFacts, context.open_row(Field.DESK, row.id, row.sealed)),
            row.knowledge_version,
        )
        for row in rows
    )


def get(context: Context, desk: DeskId) -> Desk:
    """One desk. Raises: NotFound."""
    for one in every(context):
        if one.id == desk:
            return one
    raise NotFound("there is no such desk")


def set_mode(context: Context, desk: DeskId, mode: Mode) -> None:
    """Change how far the AI may go on this desk."""
    context.connection.execute(update(schema.desk).where(schema.desk.c.id == desk).values(mode=mode.value))
