"""A worker's pulse: a file touched again and again, for as long as no job of the worker runs for too long.

Whoever started the worker watches the file. It stops as well where no thread of ours gets to run, as in an expression
that a matcher never comes back from.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

FILE = "VOUCHSAFE_PULSE_FILE"
"""Names the file to touch; set by `vouchsafe up` for its workers, no setting."""
GRACE_S = 60.0
"""How much longer than its deadline a job may run: what it does between two looks at the clock, and its write."""
_EVERY_S = 2.0


class Pulse:
    """`longest_s` is how long one job may run."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._begun: dict[int, float] = {}
        named = os.environ.get(FILE)
        self._file = Path(named) if named else None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A job runs, in this thread."""
        me = threading.get_ident()
        self._begun[me] = monotonic()
        try:
            yield
        finally:
            del self._begun[me]

    def beat_until(self, stop: threading.Event) -> None:
        """Beat from a thread of its own."""
        if self._file is not None:
            threading.Thread(target=self._beat, args=(self._file, stop), name="pulse", daemon=True).start()

    def is_well(self) -> bool:
        """Whether no job runs for too long."""
        begun = min(self._begun.copy().values(), default=None)
        return begun is None or monotonic() - begun <= self._longest_s

    def _beat(self, file: Path, stop: threading.Event) -> None:
        while True:
            if self.is_well():
                file.touch()
            if stop.wait(_EVERY_S):
                return
