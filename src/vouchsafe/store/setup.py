"""Makes a database ours: roles, schema, row-level security, grants; and brings an older one forward."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, create_engine, text

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.ports.keys import KeyStore
from vouchsafe.store.engine import APP, OWNER, SEQUENCER, is_embedded
from vouchsafe.store.vault import role_password

DATABASE = "vouchsafe"
_SETUP_LOCK = 7_231_190_226


class DatabaseUnfit(VouchsafeError):
    """The server or our rights on it do not do. The message says what the operator must change."""


def prepare(admin: URL, keys: KeyStore) -> URL:
    """Create database, roles and schema as far as they are missing, and migrate; gives the database's URL.

    `admin` names a role that may create databases and roles (our own server's superuser, or the operator's). Safe to
    call at every start and from several processes at once.
    Raises: DatabaseUnfit.
    """
    url = admin
    if is_embedded(admin):
        url = admin.set(database=DATABASE)
        _create_database(admin.set(database="postgres"))
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:k)"), {"k": _SETUP_LOCK})
            _check_server(connection)
            _create_roles(connection, keys, embedded=is_embedded(url))
            _migrate(connection)
    finally:
        engine.dispose()
    return url


def revision(connection: Connection) -> str | None:
    """The migration the database stands at."""
    found = connection.execute(text("select to_regclass('alembic_version')")).scalar()
    if found is None:
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def _create_database(admin: URL) -> None:
    engine = create_engine(admin, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:k)"), {"k": _SETUP_LOCK})
            exists = connection.execute(text("select 1 from pg_database where datname = :d"), {"d": DATABASE}).scalar()
            if not exists:
                connection.execute(text(f'create database "{DATABASE}"'))
    finally:
        engine.dispose()


def _check_server(connection: Connection) -> None:
    version = int(connection.execute(text("show server_version_num")).scalar() or 0)
    if version < 160000:
        raise DatabaseUnfit(f"PostgreSQL 16 or newer is needed, this server is {version // 10000}; upgrade it")


def _create_roles(connection: Connection, keys: KeyStore, *, embedded: bool) -> None:
    attributes = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
    for role, login in ((OWNER, "NOLOGIN"), (APP, "LOGIN"), (SEQUENCER, "LOGIN")):
        exists = connection.execute(text("select 1 from pg_roles where rolname = :r"), {"r": role}).scalar()
        if not exists:
            connection.execute(text(f"create role {role} {login} {attributes}"))
        if login == "LOGIN" and not embedded:
            # DDL takes no bound parameters; the password is hexadecimal by construction.
            connection.execute(text(f"alter role {role} password '{role_password(keys, role)}'"))
        connection.execute(text(f"alter role {role} set idle_in_transaction_session_timeout = '60s'"))
    connection.execute(text(f"grant {OWNER} to current_user"))
    connection.execute(text(f"grant usage, create on schema public to {OWNER}"))
    connection.execute(text(f"grant usage on schema public to {APP}, {SEQUENCER}"))


def _migrate(connection: Connection) -> None:
    connection.execute(text(f"set local role {OWNER}"))
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def migrations_folder() -> Path:
    """Where the migrations stand."""
    return Path(str(files("vouchsafe.store").joinpath("migrations")))
