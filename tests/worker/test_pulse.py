"""A worker's pulse stops when one of its jobs runs for too long, and begins again when that ends."""

import threading
from pathlib import Path

import pytest

from vouchsafe.worker import pulse
from vouchsafe.worker.pulse import FILE, Pulse


def test_a_job_that_runs_for_too_long_stops_the_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(pulse, "monotonic", lambda: now)
    beating = Pulse(longest_s=120)

    with beating.at_work():
        now = 120.0
        assert beating.is_well()
        now = 121.0
        assert not beating.is_well()
    assert beating.is_well()


def test_a_pulse_touches_the_file_it_was_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE, str(tmp_path / "worker-1"))
    stop, touched = threading.Event(), threading.Event()
    monkeypatch.setattr(Path, "touch", lambda _: touched.set())

    Pulse(longest_s=120).beat_until(stop)

    assert touched.wait(timeout=30)
    stop.set()
