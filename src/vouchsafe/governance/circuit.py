"""A circuit breaker: after some failures in a row a service is left alone for a while, then one call may try it."""

from datetime import datetime, timedelta
from threading import Lock


class Circuit:
    """Counts failures of one service in this process. Safe to use from several threads."""

    def __init__(self, *, opens_after: int, stays_open_s: float) -> None:
        self._opens_after = opens_after
        self._stays_open = timedelta(seconds=stays_open_s)
        self._failures = 0
        self._next_try: datetime | None = None
        self._lock = Lock()

    def lets_through(self, now: datetime) -> bool:
        """Whether a call may be tried. While it is open, one call each period may, and decides for the others."""
        with self._lock:
            if self._next_try is None:
                return True
            if now < self._next_try:
                return False
            self._next_try = now + self._stays_open
            return True

    def succeeded(self) -> None:
        """The service answered."""
        with self._lock:
            self._failures, self._next_try = 0, None

    def failed(self, now: datetime) -> None:
        """The service did not."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._opens_after:
                self._next_try = now + self._stays_open
