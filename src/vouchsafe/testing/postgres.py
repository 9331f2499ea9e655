"""A real server for the length of a test run."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vouchsafe.store.embedded import EmbeddedPostgres, EmbeddedPostgresError
from vouchsafe.store.embedded.places import PORT


@contextmanager
def throwaway_server(*, durable: bool = False) -> Iterator[EmbeddedPostgres]:
    """A server with an empty cluster in a short temporary folder; both are gone afterwards.

    Not durable unless asked: tests of faults pass `durable=True`, others save the time.
    """
    data_dir = Path(tempfile.mkdtemp(prefix="vs-", dir="/tmp"))
    # Under root the server's account has to pass through; the folder holds nothing but its locks.
    data_dir.chmod(0o711)
    server = EmbeddedPostgres(data_dir, durable=durable)
    try:
        with server:
            yield server
    finally:
        with suppress(EmbeddedPostgresError):  # it never started
            # A killed server leaves its socket behind, and the folder with it.
            _remove_socket(server.connection.socket_dir)
        shutil.rmtree(data_dir, ignore_errors=True)


def _remove_socket(folder: Path) -> None:
    """Remove what a killed server leaves in its socket folder, and the folder if nothing else is in it."""
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
