"""Makes a database ours: roles, schema, row-level security, grants; and brings an older one forward.

A database belongs to the keys it was set up with. Their fingerprint stands as the comment of the table
`alembic_version`, where dumps carry it along and no working role can change it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, MetaData, Table, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, ProgrammingError
from sqlalchemy.schema import SetTableComment

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.ports.keys import KeyStore, KeyUnavailable
from vouchsafe.store.engine import APP, OWNER, SEQUENCER, UNREACHABLE, is_embedded
from vouchsafe.store.vault import role_password

DATABASE = "vouchsafe"
DRIVER = "postgresql+psycopg"
CONNECT_WITHIN_S = 10
_SETUP_LOCK = 7_231_190_226
_OWNED = re.compile(r"keys ([0-9a-f]{32}) first in (.+)", re.DOTALL)
_NO_RIGHT = "42501"
_UNKNOWN = "that holds the keys of its workspaces"


class DatabaseUnfit(VouchsafeError):
    """The server or our rights on it do not do. The message says what the operator must change."""


class OtherKeys(DatabaseUnfit):
    """The database was set up with other keys than those at hand."""

    def __init__(self, given: KeyStore, first_in: str) -> None:
        has = "holds no key" if given.is_new else "holds another root key"
        super().__init__(
            f"this database was set up with the key folder {first_in}, and {given.place} {has}. Set "
            "VOUCHSAFE_DATA_DIR to the data folder of this installation, or copy its key folder there (from its own "
            "backup). Never start with a new key beside an existing database: nothing in it could be opened. "
            "Nothing was changed"
        )


def prepare(admin: URL | str, keys: KeyStore) -> URL:
    """Create database, roles and schema as far as they are missing, and migrate; gives the database's URL.

    `admin` names a role that may create databases and roles (our own server's superuser, or the operator's). Safe to
    call at every start and from several processes at once.
    Raises: DatabaseUnfit; OtherKeys where the database belongs to other keys, before anything is made or changed.
    """
    admin = _parsed(admin)
    with plainly(admin):
        url = admin
        if is_embedded(admin):
            url = admin.set(database=DATABASE)
            _create_database(admin.set(database="postgres"))
        _prepare(url, keys)
    return url


@contextmanager
def plainly(url: URL | str) -> Iterator[None]:
    """Say what a database refuses as a sentence for whoever runs it, without the password. Raises: DatabaseUnfit."""
    url = make_url(url)
    place = "vouchsafe's own" if is_embedded(url) else f"{url.database} on {url.host}:{url.port or 5432}"
    try:
        yield
    except UNREACHABLE as error:
        raise DatabaseUnfit(
            f"the database {place} cannot be used now: {_reason(error, url)}. See that it runs, and that "
            "VOUCHSAFE_DATABASE_URL names host, role and password as they are"
        ) from error
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _NO_RIGHT:
            raise
        raise DatabaseUnfit(
            f"the role {url.username} may not set up the database {place}: {_reason(error, url)}. It needs CREATEROLE, "
            f"must own the database, and must have made the roles {OWNER}, {APP} and {SEQUENCER} itself or hold them "
            "WITH ADMIN OPTION"
        ) from error


def _parsed(url: URL | str) -> URL:
    """The URL, if it is one that we can use. The sentence repeats nothing of it: a password may stand anywhere."""
    shape = f"it looks like {DRIVER}://ROLE:PASSWORD@HOST/DATABASE, with @ / : in a password written as %40 %2F %3A"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # No cause: the error quotes what was set.
        raise DatabaseUnfit(f"VOUCHSAFE_DATABASE_URL is no URL of a database; {shape}") from None
    if parsed.drivername != DRIVER:
        raise DatabaseUnfit(f"VOUCHSAFE_DATABASE_URL must begin with {DRIVER}://; {shape}")
    if "@" in (parsed.host or ""):
        raise DatabaseUnfit(f"VOUCHSAFE_DATABASE_URL holds more than one @; {shape}")
    return parsed


def _reason(error: Exception, url: URL) -> str:
    """The first thing the driver says. Later lines may quote a statement."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
    # Where a name has several addresses the first line only announces what was tried.
    says = lines[1] if lines[0].endswith(":") and len(lines) > 1 else lines[0]
    if url.password:
        says = says.replace(url.password, "***")
    return says.strip(" -.")


def _prepare(url: URL, keys: KeyStore) -> None:
    timeout = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_WITHIN_S}
    engine = create_engine(url, hide_parameters=True, connect_args=timeout)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:k)"), {"k": _SETUP_LOCK})
            _check_server(connection)
            # Before roles: their passwords follow from the keys, and a new one shuts every running process out.
            _check_keys(connection, keys)
            _create_roles(connection, keys, embedded=is_embedded(url))
            _migrate(connection)
            _note_keys(connection, keys)
    finally:
        engine.dispose()


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


def _check_keys(connection: Connection, keys: KeyStore) -> None:
    """Refuse other keys than those of this database. An empty one takes any. Raises: OtherKeys."""
    if revision(connection) is None:
        return
    if owner := _OWNED.fullmatch(_comment(connection)):
        if keys.is_new or owner[1] != _fingerprint(keys):
            raise OtherKeys(keys, owner[2])
        return
    # Set up before fingerprints were kept, or restored without comments: what the workspaces seal with has to open.
    for workspace in connection.execute(text("select id from workspace")).scalars():
        if keys.is_new:
            raise OtherKeys(keys, _UNKNOWN)
        try:
            keys.index_secret(WorkspaceId(workspace))
        except KeyUnavailable as error:
            raise OtherKeys(keys, _UNKNOWN) from error


def _note_keys(connection: Connection, keys: KeyStore) -> None:
    """Write down whose database this is, once; the owner's role is in force."""
    if not _OWNED.fullmatch(_comment(connection)):
        says = f"keys {_fingerprint(keys)} first in {keys.place}"
        connection.execute(SetTableComment(Table("alembic_version", MetaData(), comment=says)))


def _comment(connection: Connection) -> str:
    return connection.execute(text("select obj_description(to_regclass('alembic_version'), 'pg_class')")).scalar() or ""


def _fingerprint(keys: KeyStore) -> str:
    """Tells keys apart and says nothing about them: half of an HKDF of 32 random bytes."""
    return keys.derive("fingerprint").hex()[:32]


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
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseUnfit(
            f"the database stands at revision {revision(connection)}, which this release does not know: a newer one "
            "has brought it forward. Use that release, or restore the backup taken before the upgrade"
        ) from error


def migrations_folder() -> Path:
    """Where the migrations stand."""
    return Path(str(files("vouchsafe.store").joinpath("migrations")))
