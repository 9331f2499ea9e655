"""Nobody reaches another workspace's rows: every table, every operation, both working roles."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from tests.conftest import Clinic
from tests.store.conftest import take

from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.store import schema
from vouchsafe.store.engine import APP, SEQUENCER, enter

INSUFFICIENT_PRIVILEGE = "42501"
SCOPED = [table for table in schema.metadata.sorted_tables if table.name not in schema.EXCEPTIONS]
SAMPLES: dict[type, Any] = {
    Uuid: UUID(int=7),
    LargeBinary: b"sealed",
    Text: "word",
    Integer: 7,
    BigInteger: 7,
    SmallInteger: 7,
    Boolean: True,
    DateTime: datetime(2026, 3, 2, tzinfo=UTC),
    Date: date(2026, 3, 2),
    JSONB: {},
    ARRAY: [],
}


def sample_row(table: Table, workspace: UUID) -> dict[str, Any]:
    """One row of a table, a value for each column by its type."""
    return {column.name: workspace if column.name == "workspace_id" else _sample(column) for column in table.columns}


def _sample(column: "Column[Any]") -> Any:
    for kind in type(column.type).__mro__:
        if kind in SAMPLES:
            return SAMPLES[kind]
    raise AssertionError(f"no sample for {column}")


@pytest.fixture
def planted(clinic: Clinic, superuser: Connection) -> Clinic:
    """A clinic with one row in every table; foreign keys are not looked at."""
    superuser.execute(text("set local session_replication_role = replica"))
    for table in SCOPED:
        superuser.execute(table.insert(), sample_row(table, clinic.workspace))
    superuser.commit()
    return clinic


@contextmanager
def acting(clinic: Clinic, role: str, workspace: WorkspaceId | None) -> Iterator[Connection]:
    engine = {APP: clinic.store.database.app, SEQUENCER: clinic.store.database.sequencer}[role]
    with engine.connect() as connection:
        enter(connection, workspace)
        yield connection
        connection.rollback()


def reaches(connection: Connection, statement: Any, values: dict[str, Any] | None = None) -> int:
    """How many rows a statement reaches; 0 where it is refused."""
    point = connection.begin_nested()
    try:
        return connection.execute(statement, values or {}).rowcount
    except DBAPIError as refused:
        if getattr(refused.orig, "sqlstate", "") != INSUFFICIENT_PRIVILEGE:
            raise
        return 0
    finally:
        point.rollback()


@pytest.mark.parametrize("role", [APP, SEQUENCER])
@pytest.mark.parametrize("inside", ["no workspace", "another workspace"])
def test_no_operation_reaches_a_row_of_another_workspace(
    planted: Clinic, other_workspace: WorkspaceId, role: str, inside: str
) -> None:
    reached = {}
    with acting(planted, role, other_workspace if inside == "another workspace" else None) as connection:
        for table in SCOPED:
            foreign = table.c.workspace_id == planted.workspace
            # Insert with a fresh id: a refusal must come from the policy, not from a key that is taken.
            fresh = sample_row(table, planted.workspace) | {
                name: uuid4() for name in ("id", "event_id", "item") if name in table.c
            }
            reached[table.name] = {
                "select": reaches(connection, table.select().where(foreign)),
                "update": reaches(connection, table.update().where(foreign).values(workspace_id=planted.workspace)),
                "delete": reaches(connection, table.delete().where(foreign)),
                "insert": reaches(connection, table.insert(), fresh),
            }
    assert {name: found for name, found in reached.items() if any(found.values())} == {}


def test_a_row_cannot_be_moved_into_another_workspace(planted: Clinic, other_workspace: WorkspaceId) -> None:
    moved = {}
    with acting(planted, APP, planted.workspace) as connection:
        for table in SCOPED:
            moved[table.name] = reaches(connection, table.update().values(workspace_id=other_workspace))
    assert {name for name, count in moved.items() if count} == set()


def test_the_matrix_would_see_a_table_without_its_policy(
    planted: Clinic, other_workspace: WorkspaceId, superuser: Connection
) -> None:
    superuser.execute(text("alter table staff disable row level security"))
    superuser.commit()

    with acting(planted, APP, other_workspace) as connection:
        assert reaches(connection, schema.staff.select().where(schema.staff.c.workspace_id == planted.workspace)) == 1


def test_a_pooled_connection_forgets_the_workspace_of_its_last_transaction(clinic: Clinic) -> None:
    take(clinic)
    for _ in range(5):
        with clinic.store.database.begin(clinic.workspace) as connection:
            assert connection.execute(schema.message.select()).all()
        with clinic.store.database.app.begin() as connection:  # nothing set at all
            assert connection.execute(schema.message.select()).all() == []


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (APP, "insert into leaf select workspace_id, 99, event_id, hash from leaf"),
        (APP, "update tile set hashes = hashes"),
        (APP, "delete from tile"),
        (APP, "update log_head set size = 0"),
        (APP, "insert into checkpoint values (gen_random_uuid(), 1, '', now())"),
        (APP, "delete from checkpoint"),
        (APP, "delete from payload"),
        (APP, "update payload set sealed = sealed"),
        (APP, "delete from pending"),
        (APP, "truncate pending"),
        (APP, "alter table event disable trigger all"),
        (APP, "drop table event"),
        (APP, "set session_replication_role = replica"),
        (APP, "set role vouchsafe_owner"),
        (SEQUENCER, 'update "case" set version = 0'),
        (SEQUENCER, "update outbox set state = 'queued'"),
        (SEQUENCER, "delete from message"),
        (SEQUENCER, "update event set leaf = leaf"),
        (SEQUENCER, "delete from leaf"),
        (SEQUENCER, "update leaf set hash = hash"),
        (SEQUENCER, "update checkpoint set note = ''"),
        (SEQUENCER, "delete from checkpoint"),
        (SEQUENCER, "insert into staff select * from staff"),
        (SEQUENCER, "set role vouchsafe_app"),
    ],
)
def test_a_role_cannot_do_what_is_not_its_duty(clinic: Clinic, role: str, statement: str) -> None:
    with (
        acting(clinic, role, clinic.workspace) as connection,
        pytest.raises(DBAPIError, match=r"permission denied|must be owner"),
    ):
        connection.execute(text(statement))


def test_a_word_of_the_workspace_setting_that_is_no_id_is_an_error_not_a_view(clinic: Clinic) -> None:
    with clinic.store.database.app.connect() as connection:
        connection.execute(text("select set_config('app.workspace', :w, true)"), {"w": json.dumps(["*"])})
        with pytest.raises(DBAPIError, match="uuid"):
            connection.execute(schema.message.select())
