"""Waiting for something outside to become true, with a limit and a word now and then."""

import time
from collections.abc import Callable
from dataclasses import dataclass

POLL_S = 0.01
SAY_EVERY_S = 5.0

Progress = Callable[[str], None]
"""Receives one line for the person who waits."""


def silent(line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How time passes; a test passes its own and needs no patience.

    `monotonic` gives seconds from an arbitrary start, `sleep` waits that many seconds.
    """

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def wait_until(
        self,
        is_true: Callable[[], bool],
        *,
        limit_s: float,
        progress: Progress = silent,
        waiting_for: str = "",
    ) -> bool:
        """Whether `is_true` came true within `limit_s` seconds; asked at least once.

        `progress` hears `waiting_for` with the seconds so far, every five seconds.
        """
        began = self.monotonic()
        said = began
        while not is_true():
            now = self.monotonic()
            if now - began >= limit_s:
                return False
            if now - said >= SAY_EVERY_S:
                said = now
                progress(f"{waiting_for} ({now - began:.0f} s so far)")
            self.sleep(POLL_S)
        return True
