"""A child of `vouchsafe up` ends when its supervisor is gone, so that the next one finds ports and queue free."""

import os
import signal
import threading
import time

MARK = "VOUCHSAFE_SUPERVISED"
"""The supervisor's process id, set for its children; a process started by hand outlives whatever started it."""
_LOOK_EVERY_S = 0.5


def end_with_supervisor() -> None:
    """Watch the parent from a thread; once it is not the supervisor any more, end this process as SIGTERM would.

    The supervisor names itself: it can die before its child has asked who the parent is.
    """
    if supervisor := os.environ.get(MARK):
        threading.Thread(target=_watch, args=(int(supervisor),), name="supervisor-watch", daemon=True).start()


def _watch(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
