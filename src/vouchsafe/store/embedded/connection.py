"""How to reach the server of a data folder, whoever owns it."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from psycopg import pq
from psycopg.conninfo import make_conninfo

from vouchsafe.store.embedded.cluster import SUPERUSER
from vouchsafe.store.embedded.places import PORT, find_home
from vouchsafe.store.embedded.postmaster import Standing, read_pid_file, standing


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """How to reach a running server: a socket in a folder that only its account and root may enter."""

    socket_dir: Path
    port: int = PORT
    superuser: str = SUPERUSER

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """The connection string for psycopg and libpq; as the superuser if no user is named."""
        return make_conninfo(
            "", host=str(self.socket_dir), port=self.port, dbname=database, user=user or self.superuser
        )

    def url(self, database: str = "postgres", user: str | None = None) -> str:
        """The same as a URL for SQLAlchemy with psycopg."""
        name, base = quote(user or self.superuser, safe=""), quote(database, safe="")
        return f"postgresql+psycopg://{name}@/{base}?host={quote(str(self.socket_dir), safe='')}&port={self.port}"


def answers(connection: ConnectionInfo) -> bool:
    """Whether a server accepts connections there."""
    conninfo = make_conninfo(connection.dsn(), connect_timeout=5)
    return pq.PGconn.ping(conninfo.encode()) == pq.Ping.OK


def running_connection(data_dir: Path) -> ConnectionInfo | None:
    """How to reach the server that runs for `data_dir`, whoever owns it; None if none is ready.

    The folder of the socket is read from the server's own notes, which lie in its private home.
    """
    home = find_home(data_dir.expanduser().resolve())
    found = None if home is None else read_pid_file(home.cluster)
    if home is None or found is None or not found.is_ready or found.socket_dir is None:
        return None
    if standing(found.pid, home) is not Standing.SERVER:
        return None
    connection = ConnectionInfo(found.socket_dir, found.port or PORT)
    return connection if answers(connection) else None
