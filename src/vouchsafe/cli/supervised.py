"""A child of `vouchsafe up` ends when its supervisor is gone, so that the next one finds ports and queue free."""

import os
import signal
import threading
import time

MARK = "VOUCHSAFE_SUPERVISED"
"""Set by the supervisor for its children; a process started by hand outlives whatever started it."""
_LOOK_EVERY_S = 0.5


def end_with_supervisor() -> None:
    """Watch the parent from a thread; once it has died, end this process as SIGTERM would."""
    if os.environ.get(MARK):
        threading.Thread(target=_watch, args=(os.getppid(),), name="supervisor-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
