"""An installation of the first release comes forward: nothing is lost, and it goes on working."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import URL, create_engine, make_url, text
from tests.cli.conftest import Shell, clinic_shell, shell
from tests.cli.test_trail_commands import a_mail

from vouchsafe import app as wiring
from vouchsafe.app import App
from vouchsafe.plugins.keys.folder import FolderKeys
from vouchsafe.ports.channel import Accepted, Quarantined
from vouchsafe.settings import Settings
from vouchsafe.store import alarms, quarantine, setup
from vouchsafe.store.embedded import EmbeddedPostgres
from vouchsafe.store.engine import OWNER
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case

__all__ = ["clinic_shell", "shell"]

FIRST = "0001"


@pytest.fixture
def first_release(server: EmbeddedPostgres, template: str) -> Iterator[URL]:
    """An empty database as the first release made it. `template`: the roles exist."""
    name = f"first_of_{template}"
    admin = create_engine(server.connection.url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'create database "{name}"'))
    url = make_url(server.connection.url(name))
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"grant usage, create on schema public to {OWNER}"))
        connection.execute(text(f"set local role {OWNER}"))
        config = Config()
        config.set_main_option("script_location", str(setup.migrations_folder()))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
    engine.dispose()
    yield url
    with admin.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))
    admin.dispose()


def columns(connection: psycopg.Connection) -> dict[str, list[str]]:
    rows = connection.execute(
        "select table_name, array_agg(column_name::text order by ordinal_position) "
        "from information_schema.columns join information_schema.tables using (table_schema, table_name) "
        "where table_schema = 'public' and table_type = 'BASE TABLE' group by 1"
    ).fetchall()
    return {name: found for name, found in rows if name != "alembic_version"}


def counts(connection: psycopg.Connection, tables: list[str]) -> dict[str, int]:
    found = {}
    for table in tables:
        row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
        assert row is not None
        found[table] = row[0]
    return found


def copy_rows(source: psycopg.Connection, target: psycopg.Connection) -> None:
    """Every row of `source`, as far as the tables and columns of `target` hold it; sequences too."""
    target.execute("set session_replication_role = replica")
    for table, names in columns(target).items():
        listed = sql.SQL(", ").join(map(sql.Identifier, names))
        place = sql.Identifier(table)
        target.execute(sql.SQL("delete from {}").format(place))
        out = sql.SQL("copy {} ({}) to stdout (format binary)").format(place, listed)
        into = sql.SQL("copy {} ({}) from stdin (format binary)").format(place, listed)
        with source.cursor().copy(out) as reading, target.cursor().copy(into) as writing:
            for block in reading:
                writing.write(block)
    for name, last in source.execute("select sequencename::text, last_value from pg_sequences").fetchall():
        if last is not None:
            target.execute("select setval(%s, %s)", (name, last))
    target.execute("set session_replication_role = origin")


def connected(url: URL) -> psycopg.Connection:
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))


def work_off(app: App, taken: Accepted | Quarantined) -> None:
    """Compute the case, number its events and sign them."""
    assert isinstance(taken, Accepted)
    assert taken.case is not None
    (workspace,) = app.workspaces()
    advance_case(app, workspace, taken.case)
    worker = Worker(app)
    for _ in range(2):
        worker.drain(workspace)


def test_a_filled_database_of_the_first_release_comes_forward_whole_and_works(
    clinic_shell: Shell, first_release: URL, database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clinic_shell.opened() as app:
        taken = app.intake(a_mail(1))
        app.quarantine(a_mail(1).channel, "desk@clinic.example", b"From: Ada Byron", "parser_failed")
        work_off(app, taken)
    assert isinstance(taken, Accepted)
    with connected(database_url) as source, connected(first_release) as target:
        copy_rows(source, target)
        tables = sorted(columns(target))
        before = counts(target, tables)
    assert min(before[name] for name in ("case", "message", "event", "leaf", "checkpoint", "quarantine")) > 0

    setup._prepare(first_release, FolderKeys(clinic_shell.settings.keys_dir))

    with connected(first_release) as target:
        assert counts(target, tables) == before

    @contextmanager
    def there(_: Settings) -> Iterator[str]:
        yield first_release.render_as_string(hide_password=False)

    monkeypatch.setattr(wiring, "running_database", there)
    monkeypatch.setattr(clinic_shell, "_url", first_release)
    assert "proof    verified" in clinic_shell("explain", str(taken.case)).out
    assert "verdict   verified" in clinic_shell("verify").out
    with clinic_shell.opened() as app:
        again = app.intake(a_mail(2))
        work_off(app, again)
        with app.store(app.workspaces()[0]) as work:
            assert len(quarantine.waiting(work.context)) == 1
            alarms.open_alarms(work.context)
    assert isinstance(again, Accepted)
    assert "ruling:made" in clinic_shell("explain", str(again.case)).out
    assert "verdict   verified" in clinic_shell("verify").out
