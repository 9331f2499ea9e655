"""Children of a supervisor end with it."""

import os
import signal
import subprocess
import sys

from vouchsafe.cli.supervised import MARK

_CHILD = "import time; from vouchsafe.cli.supervised import end_with_supervisor; end_with_supervisor(); time.sleep(60)"


def test_a_child_whose_supervisor_died_before_it_could_look_ends_as_well() -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True, capture_output=True)
    child = subprocess.run(
        [sys.executable, "-c", _CHILD], env={**os.environ, MARK: gone.stdout.decode().strip()}, check=False
    )
    assert child.returncode == -signal.SIGTERM


def test_a_process_started_by_hand_outlives_what_started_it() -> None:
    by_hand = {name: value for name, value in os.environ.items() if name != MARK}
    code = _CHILD.replace("time.sleep(60)", "time.sleep(1.5)")
    assert subprocess.run([sys.executable, "-c", code], env=by_hand, check=False).returncode == 0
