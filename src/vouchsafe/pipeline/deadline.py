"""How long a pass may take. Stages and their steps ask between two pieces of work; no thread is interrupted.

What hangs inside one call is not stopped by this: `worker/sweeps.py` gives such a case to a person, and `vouchsafe up`
ends the worker (`worker/pulse.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from vouchsafe.domain.errors import VouchsafeError

_ENDS: ContextVar[float | None] = ContextVar("pass_ends", default=None)
"""The moment on the monotonic clock; each thread has its own."""


class TookTooLong(VouchsafeError):
    """A pass went past its deadline."""

    def __init__(self) -> None:
        super().__init__("the message took too long to compute; a person must read it")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What runs inside, in this thread, has so many seconds."""
    before = _ENDS.set(monotonic() + seconds)
    try:
        yield
    finally:
        _ENDS.reset(before)


def in_time() -> None:
    """Nothing, while there is time or where no deadline was set. Raises: TookTooLong, again at each call."""
    ends = _ENDS.get()
    if ends is not None and monotonic() > ends:
        raise TookTooLong
