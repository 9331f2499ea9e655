"""Logs of every process: JSON lines, and only keys from an allow-list, so that no words of a patient get in."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "case",
        "item",
        "loop",
        "failure",
        "where",
        "state",
        "protocol",
        "place",
        "problem",
        "stage",
        "ms",
        "count",
        "port",
        "channel",
        "outcome",
        "attempt",
        "route",
        "status",
        "request",
        "queue",
        "size",
        "code",
        "bytes",
        "recipients",
        "taken",
        "later",
        "number",
    }
)


def quiet_logs(level: str) -> None:
    """Set up structured logs on stderr; libraries speak only of warnings."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    # The queue's library prints arguments and results of jobs at INFO, and retries of a lost connection as warnings.
    for name in ("procrastinate", "uvicorn.access", "sqlalchemy", "aiosmtpd", "mail.log"):
        logging.getLogger(name).setLevel(logging.ERROR)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        # Whatever stderr is when a line is written; a stream kept from here could be closed by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _only_allowed(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    dropped = sorted(set(line) - ALLOWED)
    kept = {name: value for name, value in line.items() if name in ALLOWED}
    if dropped:
        kept["dropped"] = dropped
    return kept
