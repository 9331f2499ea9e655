"""Connections: one engine a role, the workspace set in every transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import psycopg
from sqlalchemy import URL, Connection, Engine, Text, bindparam, create_engine, event, func, make_url, select, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.ports.keys import KeyStore
from vouchsafe.store.vault import role_password

UNREACHABLE = (OperationalError, psycopg.OperationalError)
"""What is raised while the database is away or restarting, or when it ended a transaction that stood still for too
long (a machine that stalled); trying again later can help."""

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_INSISTS_ON_TLS = frozenset({"require", "verify-ca", "verify-full"})
OWNER, APP, SEQUENCER = "vouchsafe_owner", "vouchsafe_app", "vouchsafe_sequencer"


_TRIES = 4
_ENDED_BY_A_CONFLICT = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock: nothing was changed, and the same work may succeed now."""
_Result = TypeVar("_Result")
_ENTER = select(func.set_config("app.workspace", bindparam("ws", type_=Text), True))  # noqa: FBT003  # true: this transaction only


def again_after_conflict(change: Callable[[], _Result]) -> _Result:
    """Do a whole transaction, up to four times where PostgreSQL ends it in favour of another one.

    A message must not be turned away because two arrived at once. `change` must begin its transaction itself.
    """
    for _ in range(_TRIES - 1):
        try:
            return change()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _ENDED_BY_A_CONFLICT:
                raise
    return change()


class Database:
    """Engines of the two working roles. `with database.begin(workspace)` is the only way to a row."""

    def __init__(self, url: URL | str, keys: KeyStore, *, pool: int = 8) -> None:
        self.url = make_url(url)
        self.app = _engine(role_url(self.url, APP, keys), pool)
        self.sequencer = _engine(role_url(self.url, SEQUENCER, keys), 3)

    @contextmanager
    def begin(self, workspace: WorkspaceId | None) -> Iterator[Connection]:
        """A transaction of the application role; without a workspace it sees only the tables that have none."""
        with _answering(self.app, partial(enter, workspace=workspace)) as connection:
            yield connection
            connection.commit()

    @contextmanager
    def begin_sequencer(self, workspace: WorkspaceId) -> Iterator[Connection]:
        """A transaction of the sequencer's role."""
        with _answering(self.sequencer, partial(enter, workspace=workspace)) as connection:
            yield connection
            connection.commit()

    def connect(self) -> Connection:
        """A connection of the application role that answers, for what needs more than one transaction of `begin`."""
        connection = _answering(self.app, _ping)
        connection.rollback()
        return connection

    def close(self) -> None:
        """Close every pooled connection."""
        self.app.dispose()
        self.sequencer.dispose()


def enter(connection: Connection, workspace: WorkspaceId | None) -> None:
    """Set the workspace of this transaction; with none, row-level security shows nothing."""
    connection.execute(_ENTER, {"ws": str(workspace or "")})


def _answering(engine: Engine, first: Callable[[Connection], object]) -> Connection:
    """A connection on which `first` was done, in a transaction.

    One that died in the pool is replaced once: what a transaction begins with anyway stands in for a ping before it.
    """
    try:
        return _connected(engine, first)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    # The pool has dropped every connection that is older than the error.
    return _connected(engine, first)


def _connected(engine: Engine, first: Callable[[Connection], object]) -> Connection:
    connection = engine.connect()
    try:
        first(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _ping(connection: Connection) -> None:
    connection.execute(text("select 1"))


def role_url(url: URL, role: str, keys: KeyStore) -> URL:
    """The URL for another role: by socket under our own server no password is needed, elsewhere it is derived."""
    if is_embedded(url):
        return url.set(username=role, password=None)
    return url.set(username=role, password=role_password(keys, role))


def is_embedded(url: URL) -> bool:
    """Whether the URL names a socket folder, as our own server does."""
    host = url.query.get("host", url.host or "")
    return isinstance(host, str) and host.startswith("/")


def crosses_open_network(url: str) -> bool:
    """Whether the database is on another machine and its URL does not insist on TLS.

    Without `sslmode` the driver takes TLS where it is offered, so that anybody on the way can take it away (R73).
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return False  # nothing can be reached by it; `setup.prepare` says so
    named = parsed.query.get("host", parsed.host or "")
    hosts = named.split(",") if isinstance(named, str) else [one for part in named for one in part.split(",")]
    if all(not host or host.startswith("/") or host in _THIS_MACHINE for host in hosts):
        return False
    return parsed.query.get("sslmode") not in _INSISTS_ON_TLS


def _engine(url: URL, pool: int) -> Engine:
    # hide_parameters: without it an error's text prints whole messages.
    engine = create_engine(url, hide_parameters=True, pool_size=pool, max_overflow=8, future=True)
    event.listen(engine, "handle_error", _as_unreachable, retval=True)
    return engine


def _as_unreachable(failure: ExceptionContext) -> BaseException | None:
    """A connection that PostgreSQL closed because we stood still counts as one that was lost."""
    error = failure.original_exception
    if isinstance(error, psycopg.errors.IdleInTransactionSessionTimeout):
        # Without the statement's parameters, which hold messages.
        return OperationalError(failure.statement, None, psycopg.OperationalError(str(error)), hide_parameters=True)
    return None
