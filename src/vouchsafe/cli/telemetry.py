"""Starts what an operator installed to receive our spans and figures; without it, and without OTEL_*, nothing (R3)."""

import os
from importlib import import_module

import structlog

_STARTS = "opentelemetry.instrumentation.auto_instrumentation"
"""Of the package opentelemetry-distro, which we neither pin nor install: where data goes is the operator's choice."""

log = structlog.get_logger()


def start_telemetry() -> None:
    """Start the SDK as its own variables `OTEL_*` say; where one is set and no SDK is there, say so and go on."""
    if not any(name.startswith("OTEL_") for name in os.environ):
        return
    try:
        module = import_module(_STARTS)
    except ModuleNotFoundError:
        log.warning("OTEL_ variables are set and no SDK is installed; see docs/operator.md")
        return
    module.initialize()
