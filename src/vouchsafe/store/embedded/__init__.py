"""PostgreSQL without an installation: the programs of a wheel under our own supervision.

One process owns the server of a data folder (`EmbeddedPostgres`); others join it (`own_or_join`).
"""

from vouchsafe.store.embedded.connection import ConnectionInfo, running_connection
from vouchsafe.store.embedded.errors import (
    AccountUnavailable,
    AlreadyOwned,
    ClusterMissing,
    DiskFull,
    EmbeddedPostgresError,
    FolderRefused,
    OwnerNotReady,
    PidFileBlocked,
    ProgramsMissing,
    StartFailed,
    StartTimedOut,
    StopTimedOut,
    VersionMismatch,
)
from vouchsafe.store.embedded.joining import own_or_join
from vouchsafe.store.embedded.programs import pg_binary
from vouchsafe.store.embedded.server import EmbeddedPostgres
from vouchsafe.store.embedded.waiting import Pace, Progress

__all__ = [
    "AccountUnavailable",
    "AlreadyOwned",
    "ClusterMissing",
    "ConnectionInfo",
    "DiskFull",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "FolderRefused",
    "OwnerNotReady",
    "Pace",
    "PidFileBlocked",
    "ProgramsMissing",
    "Progress",
    "StartFailed",
    "StartTimedOut",
    "StopTimedOut",
    "VersionMismatch",
    "own_or_join",
    "pg_binary",
    "running_connection",
]
