"""The supervisor ends a worker whose pulse has stopped, and starts it again."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from vouchsafe.cli import up
from vouchsafe.cli.up import SILENT_AFTER_S, Supervisor, _Child
from vouchsafe.settings import Settings


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[_Child]:
    child = _Child("worker 1", ("worker",), pulse=tmp_path / "worker-1")
    child.process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield child
    child.process.kill()
    child.process.wait()


def test_a_worker_without_a_pulse_is_ended_and_started_again(
    worker: _Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(up, "time", SimpleNamespace(monotonic=lambda: now))
    supervisor = Supervisor(Settings(_env_file=None, data_dir=tmp_path / "data", domain="clinic.example"))
    again: list[str] = []
    monkeypatch.setattr(supervisor, "_spawn", lambda child: again.append(child.name))
    assert worker.pulse is not None
    assert worker.process is not None
    running = worker.process

    supervisor._look_after(worker)  # it loads its models still: no pulse yet
    now += SILENT_AFTER_S + 1
    supervisor._look_after(worker)
    worker.pulse.touch()
    supervisor._look_after(worker)
    now += SILENT_AFTER_S
    supervisor._look_after(worker)
    assert (again, running.poll()) == ([], None)

    now += 1
    supervisor._look_after(worker)

    assert again == ["worker 1"]
    assert running.poll() is not None
    worker.process = running
