"""What the migrated database holds is what design section 5 promises and what `store/schema.py` says."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, create_engine, text

from vouchsafe.store import schema
from vouchsafe.store.engine import APP, SEQUENCER

OUR_TABLES = {table.name for table in schema.metadata.sorted_tables} | {"alembic_version"}


@pytest.fixture
def admin(database_url: URL) -> Iterator[Connection]:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def names(connection: Connection, query: str) -> set[str]:
    return set(connection.execute(text(query)).scalars())


def test_the_tables_without_row_level_security_are_exactly_the_listed_exceptions(admin: Connection) -> None:
    open_tables = names(
        admin,
        "select relname from pg_class join pg_namespace n on n.oid = relnamespace where nspname = 'public' "
        "and relkind in ('r', 'p', 'm', 'v', 'f') and not (relrowsecurity and relforcerowsecurity)",
    )

    assert {name for name in open_tables if not name.startswith("procrastinate_")} == set(schema.EXCEPTIONS)
    assert sorted(schema.EXCEPTIONS) == ["alembic_version", "route", "workspace"], "design section 5 lists these three"


def test_every_policy_covers_every_command_of_every_role_and_both_directions(admin: Connection) -> None:
    rows = admin.execute(
        text(
            "select tablename, permissive, roles::text as roles, cmd, qual, with_check "
            "from pg_policies where schemaname = 'public'"
        )
    ).all()

    assert {row.tablename for row in rows} == OUR_TABLES - schema.EXCEPTIONS
    for row in rows:
        assert (row.cmd, row.roles) == ("ALL", "{public}"), row.tablename
        assert row.qual == row.with_check, row.tablename
        assert row.qual.startswith("(workspace_id = (NULLIF(current_setting('app.workspace'"), row.tablename


def test_every_unique_key_of_a_workspace_table_starts_with_the_workspace(admin: Connection) -> None:
    # A unique key looks across workspaces: without the workspace first it tells one about another's rows.
    rows = admin.execute(
        text(
            "select c.relname, i.relname as index, a.attname from pg_index x join pg_class c on c.oid = x.indrelid "
            "join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = c.relnamespace "
            "join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0] "
            "where n.nspname = 'public' and x.indisunique"
        )
    ).all()
    wrong = [
        (row.relname, row.index, row.attname)
        for row in rows
        if row.relname in OUR_TABLES - schema.EXCEPTIONS and row.attname != "workspace_id"
    ]
    assert wrong == []


def test_every_foreign_key_carries_the_workspace(admin: Connection) -> None:
    # Checks of foreign keys pass row-level security by: only a composite key keeps a row in its workspace.
    rows = admin.execute(
        text(
            "select conrelid::regclass::text as holder, conname, "
            "(select array_agg(attname::text) from pg_attribute where attrelid = conrelid and attnum = any(conkey)) "
            "as columns from pg_constraint join pg_namespace n on n.oid = connamespace "
            "where contype = 'f' and n.nspname = 'public'"
        )
    ).all()
    ours = [row for row in rows if not row.holder.startswith("procrastinate_")]
    assert ours
    assert [(row.holder, row.conname) for row in ours if "workspace_id" not in row.columns] == []


def test_a_migrated_database_equals_the_schema_in_code(admin: Connection) -> None:
    def ours(_: object, name: str | None, kind: str, *__: object) -> bool:
        return kind != "table" or not (name or "").startswith(("procrastinate_", "alembic_version"))

    context = MigrationContext.configure(
        admin, opts={"compare_type": True, "compare_server_default": True, "include_object": ours}
    )
    assert compare_metadata(context, schema.metadata) == []


def test_a_missing_column_or_index_would_be_seen(admin: Connection) -> None:
    admin.execute(text('alter table "case" drop column attempts'))
    admin.execute(text("drop index outbox_due"))
    context = MigrationContext.configure(admin, opts={"compare_type": True})

    found = str(compare_metadata(context, schema.metadata))

    admin.rollback()
    assert "attempts" in found
    assert "outbox_due" in found


def test_partial_and_descending_indexes_are_those_of_the_code(admin: Connection) -> None:
    # The comparison of Alembic does not look at predicates and directions.
    rows = admin.execute(text("select indexname, indexdef from pg_indexes where schemaname = 'public'")).all()
    found = {row.indexname: row.indexdef for row in rows}
    assert "WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text]))" in found["outbox_due"]
    assert "WHERE (step IS NOT NULL)" in found["event_step"]
    assert "WHERE (acknowledged_at IS NULL)" in found["alarm_open"]
    assert "risk_rank DESC" in found["case_open"]


def test_working_roles_own_nothing_and_rule_nothing(admin: Connection) -> None:
    rows = admin.execute(text("select * from pg_roles where rolname = any(:roles)"), {"roles": [APP, SEQUENCER]}).all()
    assert len(rows) == 2
    for row in rows:
        rights = (row.rolsuper, row.rolbypassrls, row.rolcreatedb, row.rolcreaterole, row.rolreplication)
        assert not any(rights), row.rolname
    owned = admin.execute(
        text("select relname from pg_class where pg_get_userbyid(relowner) = any(:roles)"), {"roles": [APP, SEQUENCER]}
    ).all()
    assert owned == []
    members = admin.execute(
        text("select 1 from pg_auth_members where pg_get_userbyid(member) = any(:roles)"), {"roles": [APP, SEQUENCER]}
    ).all()
    assert members == []


def test_no_function_of_ours_runs_with_the_rights_of_its_owner(admin: Connection) -> None:
    elevated = names(
        admin,
        "select proname from pg_proc join pg_namespace n on n.oid = pronamespace "
        "where nspname = 'public' and prosecdef",
    )
    assert elevated == set()
