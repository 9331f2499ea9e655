"""For commands that need the database for a while, whether or not the system is up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vouchsafe.store.embedded.connection import ConnectionInfo, running_connection
from vouchsafe.store.embedded.errors import AlreadyOwned, OwnerNotReady
from vouchsafe.store.embedded.ownership import GUESTS_LOCK, FolderLock, await_guests, owner_pid
from vouchsafe.store.embedded.server import EmbeddedPostgres
from vouchsafe.store.embedded.waiting import Pace, Progress, silent

# The owner may be making the cluster, or stopping.
JOIN_LIMIT_S = 60.0
# A command that owned the server waits this long for others that joined it before it stops the server.
GUESTS_LIMIT_S = 60.0


@contextmanager
def own_or_join(
    data_dir: Path,
    *,
    durable: bool = True,
    progress: Progress = silent,
    pace: Pace | None = None,
    join_limit_s: float = JOIN_LIMIT_S,
) -> Iterator[ConnectionInfo]:
    """A running server for the length of the block: that of the owner, or our own if there is no owner.

    Our own is stopped at the end, after waiting up to a minute for other commands that joined it (a second
    Ctrl-C ends that wait).
    Raises: OwnerNotReady if an owner exists but its server does not answer within `join_limit_s` seconds,
    and what `EmbeddedPostgres.start` raises.
    """
    pace = pace or Pace()
    server = EmbeddedPostgres(data_dir, durable=durable, progress=progress, pace=pace)
    guests = FolderLock(server.data_dir / GUESTS_LOCK)
    joined = _own_or_find(server, guests, pace, join_limit_s, progress)
    try:
        if joined is None:
            with server:
                try:
                    yield server.connection
                finally:
                    await_guests(guests, limit_s=GUESTS_LIMIT_S, pace=pace, progress=progress)
        else:
            yield joined
    finally:
        guests.release()


def _own_or_find(
    server: EmbeddedPostgres, guests: FolderLock, pace: Pace, limit_s: float, progress: Progress
) -> ConnectionInfo | None:
    """Take ownership (None), or give the connection of the owner's server, with the guests' lock held."""
    joined: ConnectionInfo | None = None

    def is_settled() -> bool:
        nonlocal joined
        try:
            server.acquire_ownership()
        except AlreadyOwned:
            # First the lock, then the look: an owner that stops after our look waits for the lock.
            if guests.take(shared=True):
                joined = running_connection(server.data_dir)
                if joined is None:
                    guests.release()
            return joined is not None
        return True

    waiting_for = "waiting for the owner of the database to be ready"
    if not pace.wait_until(is_settled, limit_s=limit_s, progress=progress, waiting_for=waiting_for):
        raise OwnerNotReady(server.data_dir, owner_pid(server.data_dir), limit_s)
    return joined
