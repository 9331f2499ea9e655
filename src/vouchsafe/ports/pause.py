"""Waiting comes in from outside, so that a test of retries takes no time and always waits the same."""

import random
import time
from typing import Protocol


class Pause(Protocol):
    """Waits, and scatters how long."""

    def wait(self, seconds: float) -> None:
        """Come back after so many seconds."""
        ...

    def scatter(self) -> float:
        """A number in [0, 1), so that many processes do not all try again at once."""
        ...


class RealPause:
    """The machine's own time and chance."""

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)

    def scatter(self) -> float:
        """A random number in [0, 1)."""
        return random.random()  # noqa: S311 - spreads retries, guards nothing
