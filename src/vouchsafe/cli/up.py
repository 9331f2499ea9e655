"""`vouchsafe up`: own the database, run serve and workers as children, restart what dies, stop in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import cyclopts

from vouchsafe.app import make_app, prepared
from vouchsafe.cli.supervised import MARK
from vouchsafe.installing import refuse_demo_words
from vouchsafe.settings import Settings, load_settings
from vouchsafe.store.embedded import EmbeddedPostgres
from vouchsafe.worker.pulse import FILE

app = cyclopts.App(name="up", help="Start database, web server, mail listener and workers, and keep them running.")

STOP_WITHIN_S = 20.0
QUICK_DEATH_S = 5.0
SILENT_AFTER_S = 30.0
"""A worker whose pulse stops for so long hangs, or computes one case for too long."""


@dataclass
class _Child:
    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait_s: float = 0.0
    not_before: float = field(default=0.0)
    pulse: Path | None = None
    beat: int = 0
    beat_at: float = 0.0


class Supervisor:
    """Owns the embedded database and the processes. Use as a context manager; `watch` keeps them running."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = ""
        self._server: EmbeddedPostgres | None = None
        self._children = [_Child("serve", ("serve",))]
        self._children += [_Child(f"worker {n + 1}", ("worker",)) for n in range(settings.workers)]
        self._stop = threading.Event()
        self._stack = ExitStack()
        self._pulses = Path()

    def __enter__(self) -> Self:
        with ExitStack() as begun:
            self._pulses = Path(begun.enter_context(TemporaryDirectory(prefix="vouchsafe-pulse-")))
            if not self.settings.database_url:
                self._server = begun.enter_context(EmbeddedPostgres(self.settings.data_dir / "postgres", progress=_say))
            admin = self._server.connection.url() if self._server else self.settings.database_url
            self.url = prepared(self.settings, admin)
            self._stack = begun.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_children()
        self._stack.close()

    def start_children(self) -> None:
        """Start every child that does not run."""
        for child in self._children:
            if child.process is None:
                self._spawn(child)

    def watch(self) -> None:
        """Keep database and children running until `stop`."""
        while not self._stop.wait(0.5):
            if self._server is not None:
                self._server.restart_if_dead()
            for child in self._children:
                self._look_after(child)

    def stop(self) -> None:
        """End `watch`."""
        self._stop.set()

    def pids(self) -> dict[str, int]:
        """Process ids of the running parts, by name."""
        found = {child.name: child.process.pid for child in self._children if child.process}
        if self._server is not None and self._server.pid is not None:
            found["postgres"] = self._server.pid
        return found

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            code = child.process.poll()
            if code is None and self._is_silent(child, now):
                _say(f"{child.name} hangs; ending it")
                child.process.kill()
                code = child.process.wait()
            if code is None:
                return
            # A database restart ends a worker with code 0, so whatever the code, it is started again.
            child.process = None
            child.wait_s = min(30.0, max(0.5, child.wait_s * 2)) if now - child.started < QUICK_DEATH_S else 0.0
            child.not_before = now + child.wait_s
            _say(
                f"{child.name} ended with code {code}; starting it again"
                + (f" in {child.wait_s:.0f} s" if child.wait_s >= 1 else "")
            )
        if now >= child.not_before:
            self._spawn(child)

    def _is_silent(self, child: _Child, now: float) -> bool:
        """Whether a pulse that began has stopped; by our own clock, so that a machine that slept kills nobody."""
        if child.pulse is None or not child.pulse.exists():
            return False
        beat = child.pulse.stat().st_mtime_ns
        if beat != child.beat:
            child.beat, child.beat_at = beat, now
        return now - child.beat_at > SILENT_AFTER_S

    def _spawn(self, child: _Child) -> None:
        environment = environment_of(self.settings)
        if child.arguments == ("worker",):
            child.pulse = self._pulses / child.name.replace(" ", "-")
            child.pulse.unlink(missing_ok=True)
            environment[FILE] = str(child.pulse)
        child.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "vouchsafe.cli.main", *child.arguments],
            env=environment,
            # Its own group: a Ctrl-C in the terminal reaches only us, and we stop them in order.
            start_new_session=True,
        )
        child.started = time.monotonic()

    def _end_children(self) -> None:
        running = [child.process for child in self._children if child.process and child.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_S
        for process in running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment in which a child process has exactly these settings.

    Every setting is passed, empty ones too: one left out would be read from our own environment or from `.env`, and a
    demo would then work on the operator's database and send by their relay.
    """
    named = {f"VOUCHSAFE_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    # A name in another case counts for a setting as well and must not stand beside ours.
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in named}
    return {**inherited, MARK: str(os.getpid()), **named}


@app.default
def up() -> int:
    """Start everything and keep it running until Ctrl-C or SIGTERM."""
    settings = load_settings()
    with Supervisor(settings) as supervisor:
        opened = make_app(settings, supervisor.url)
        refuse_demo_words(opened)
        opened.close()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop())
        supervisor.start_children()
        _say(f"vouchsafe is starting at {settings.base_url}")
        supervisor.watch()
        _say("stopping ...")
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
