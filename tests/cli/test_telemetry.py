"""An SDK is started only where OTEL_* asks for it, and its absence stops nothing."""

import sys
from types import ModuleType

import pytest
from structlog.testing import capture_logs

from vouchsafe.cli.telemetry import start_telemetry

NAME = "opentelemetry.instrumentation.auto_instrumentation"


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)


def sdk(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An installed SDK; what is started stands in the list."""
    started: list[str] = []
    module = ModuleType(NAME)
    module.initialize = lambda: started.append("started")  # type: ignore[attr-defined]  # a module made here
    for name in (NAME.rpartition(".")[0], NAME):
        monkeypatch.setitem(sys.modules, name, module)
    return started


def test_an_installed_sdk_starts_when_a_variable_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started = sdk(monkeypatch)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "vouchsafe")

    start_telemetry()

    assert started == ["started"]


def test_without_a_variable_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    started = sdk(monkeypatch)

    start_telemetry()

    assert started == []


def test_a_variable_without_an_sdk_is_said_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, NAME, None)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "vouchsafe")

    with capture_logs() as said:
        start_telemetry()

    assert "no SDK is installed" in said[0]["event"]
