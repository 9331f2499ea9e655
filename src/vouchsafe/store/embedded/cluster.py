"""Making a cluster, and the settings that carry our promises about it."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vouchsafe.store.embedded.account import spawn
from vouchsafe.store.embedded.errors import DiskFull, StartFailed, VersionMismatch
from vouchsafe.store.embedded.places import PORT, Home
from vouchsafe.store.embedded.programs import MAJOR, Programs

SUPERUSER = "postgres"
LOG_FILES_KEPT = 10

_COMMON = {
    # No network: the socket folder is the only way in.
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    # The log must not quote what people wrote. An error's text may hold a value ("invalid input syntax for
    # type integer: ..."), its detail and statement too, and so may the detail of a crash: none are written.
    # "log" still keeps starts, stops, recovery, crashes and refused connections; errors reach the client.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "on",
    "log_filename": "postgres-%Y%m%d-%H%M%S.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "10MB",
    "timezone": "UTC",
    # A worker that freezes inside a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "60s",
    # A new table is read as if it were tiny until it has statistics; they come within seconds of the first rows.
    "autovacuum_naptime": "5s",
}
# A write that the disk took only in part is reported by its size alone.
_DISK_FULL = ("No space left on device", "Disk quota exceeded", "Check free disk space", "wrote only ")
_LEFTOVERS = (
    'lock file ".*" (already exists|is empty)',
    "pre-existing shared memory block",
    "could not bind Unix address .*: Address already in use",
)
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
_FLEETING = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def settings(home: Home, socket_dir: Path, *, durable: bool) -> dict[str, str]:
    """The settings given on the command line, where no configuration file and no ALTER SYSTEM can undo them."""
    places = {"unix_socket_directories": str(socket_dir), "log_directory": str(home.log_dir)}
    return _COMMON | places | (_DURABLE if durable else _FLEETING)


def has_cluster(home: Home) -> bool:
    """Whether a cluster of our version is there. Raises VersionMismatch for one of another version."""
    try:
        found = (home.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return False
    if found != MAJOR:
        raise VersionMismatch(home.cluster, found, MAJOR)
    return True


def make_cluster(home: Home, programs: Programs, *, durable: bool) -> None:
    """Make an empty cluster: UTF-8, checksums, the same collation on every machine, no way in by network.

    Made under another name and renamed, so that a cluster is either whole or not there.
    Raises: StartFailed, DiskFull.
    """
    for unfinished in home.path.glob("unfinished-*"):
        shutil.rmtree(unfinished)
    unfinished = home.path / f"unfinished-{os.getpid()}"
    arguments: list[str | Path] = [
        programs.path("initdb"),
        *("--pgdata", unfinished),
        *("--username", SUPERUSER),
        *("--auth-local", "trust"),  # the 0700 folder of the socket decides who gets that far
        *("--auth-host", "reject"),
        *("--encoding", "UTF8"),
        # Built into PostgreSQL: an upgrade of the operating system cannot change the order of an index.
        *("--no-locale", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        "--data-checksums",
        "--no-instructions",
    ]
    if not durable:
        arguments.append("--no-sync")
    with tempfile.TemporaryFile() as output:
        status = spawn(home.account, arguments, stderr=output, own_session=False).wait()
        output.seek(0)
        said = output.read().decode(errors="replace")
    if status != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise explain(home, "initdb", said)
    unfinished.rename(home.cluster)


def explain(home: Home, program: str, output: str) -> DiskFull | StartFailed:
    """The error for a program that ended early, from what it said (see `said_by_server`)."""
    if is_disk_full(output):
        return DiskFull(home.path)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    reasons = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "error:"))]
    # The first complaint is the cause, what follows are its consequences.
    return StartFailed(program, (reasons or lines[-1:] or [""])[0], home.log_dir)


def is_disk_full(output: str) -> bool:
    """Whether the words of a program say that no space is left (ENOSPC or a quota)."""
    return any(words in output for words in _DISK_FULL)


def is_blocked_by_leftovers(output: str) -> bool:
    """Whether a server ended because a killed one, or a file of it, still holds its place."""
    return any(re.search(pattern, output) for pattern in _LEFTOVERS)


def said_by_server(home: Home, started_output: str) -> str:
    """What a server that ended said: before its log was open, then the end of that log."""
    newest = max(_logs(home), default=None)
    if newest is None or "logging collector" not in started_output:
        return started_output  # it never came as far as its log: the newest there is of an earlier run
    with newest.open("rb") as log:
        log.seek(max(0, newest.stat().st_size - 65536))
        end = log.read().decode(errors="replace")
    # A start within the same second goes on in the file of the one before.
    return started_output + end.rpartition("LOG:  starting PostgreSQL")[2]


def prune_logs(home: Home) -> None:
    """Keep the newest log files only; PostgreSQL begins new ones but never removes any."""
    for old in sorted(_logs(home))[:-LOG_FILES_KEPT]:
        old.unlink(missing_ok=True)


def _logs(home: Home) -> Iterator[Path]:
    return iter(()) if home.log_dir.is_symlink() else home.log_dir.glob("postgres-*.log")
