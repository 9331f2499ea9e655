"""What tests of commands share: the real commands in this process, on a real database of their own."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL

from vouchsafe import app as wiring
from vouchsafe.app import App, make_app
from vouchsafe.cli import main as command_line
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.settings import Settings, load_settings
from vouchsafe.store import trail

PASSWORD = "quartz-lantern-orchard-sleet"
INIT = (
    *("init", "--patient-address", "desk@clinic.example", "--on-call", "oncall@clinic.example"),
    *("--organisation", "Saint Ada's Clinic", "--phone", "020 7946 0123", "--admin", "root@clinic.example"),
)


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


class Shell:
    """Runs commands as an operator types them."""

    def __init__(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, url: URL) -> None:
        self._capture, self._patch, self._url = capture, patch, url

    def __call__(self, *arguments: str, typed: str = "", code: int = 0) -> Said:
        """Run one command; `typed` is its standard input. A password in it goes with `--password-file -`."""
        with self._patch.context() as patch:
            patch.setattr(sys, "argv", ["vouchsafe", *arguments])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
            self._capture.readouterr()
            try:
                command_line.main()
                ended: object = 0
            except SystemExit as end:
                ended = end.code or 0
        out, err = self._capture.readouterr()
        assert ended == code, out + err
        assert "Traceback" not in err
        return Said(code, out, err)

    @property
    def settings(self) -> Settings:
        return load_settings()

    @contextmanager
    def opened(self) -> Iterator[App]:
        """The application behind the commands."""
        app = make_app(self.settings, self._url.render_as_string(hide_password=False))
        try:
            yield app
        finally:
            app.close()

    def workspace(self) -> WorkspaceId:
        with self.opened() as app:
            (found,) = app.workspaces()
        return found

    def events(self) -> list[str]:
        """Types of all events, oldest first."""
        with self.opened() as app, app.store(self.workspace()) as work:
            found = trail.search(work.context, limit=1_000)
        return [one.leaf.type.value for one in sorted(found, key=lambda one: one.leaf.id)]


@pytest.fixture
def shell(
    database_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """An empty installation; every command meets the test's database instead of starting one."""

    @contextmanager
    def here(_: Settings) -> Iterator[str]:
        yield database_url.render_as_string(hide_password=False)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(wiring, "running_database", here)
    for name, value in {"DATA_DIR": str(tmp_path / "data"), "DOMAIN": "clinic.example"}.items():
        monkeypatch.setenv(f"VOUCHSAFE_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(capsys, monkeypatch, database_url)


@pytest.fixture
def clinic_shell(shell: Shell) -> Shell:
    """An installation with a patient desk and one administrator, root@clinic.example."""
    shell(*INIT, "--password-file", "-", typed=PASSWORD)
    return shell
