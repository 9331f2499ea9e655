"""Counts and durations for Prometheus; labels are names of stages and outcomes, never ids."""

from contextlib import suppress
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from vouchsafe.ports.spending import Budget

_MS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 500, 700)

STAGES = Histogram(
    "vouchsafe_stage_seconds",
    "Seconds a stage took, by the state it gave",
    ["stage"],
    # Close enough for a median and a 95th percentile between two of them (bench/cases.py workers).
    buckets=[ms / 1000 for ms in (*_MS, 1_000, 3_000, 10_000)],
)
SENT = Counter("vouchsafe_outbox_total", "Items that left the outbox, by how", ["outcome"])
INTEGRATED = Counter("vouchsafe_events_integrated_total", "Events that got a leaf index")
LOOP_FAILURES = Counter("vouchsafe_loop_failures_total", "Rounds of a loop that failed", ["loop"])
MODEL_USED = Gauge("vouchsafe_model_used_today", "What calls to the model used since midnight UTC", ["unit"])
MODEL_MOST = Gauge("vouchsafe_model_limit_a_day", "What they may use a day", ["unit"])
"""Units are `calls`, `tokens` and `cost`, in the currency of the price. Read from the ledger, so every worker of an
installation shows the same."""


def model_spent(budget: Budget) -> None:
    """Show what the model used today beside its limits."""
    for figure, spend in ((MODEL_USED, budget.used), (MODEL_MOST, budget.most)):
        figure.labels("calls").set(spend.calls)
        figure.labels("tokens").set(spend.tokens)
        figure.labels("cost").set(spend.cost / 1_000_000)


def stage_seconds(stage: str, seconds: float) -> None:
    """Count one stage of one pass."""
    STAGES.labels(stage).observe(seconds)


def serve_metrics(port: int, *, tries: int = 64) -> tuple[WSGIServer, Thread] | None:
    """Show this process's counts on this machine at the first free port from `port` on; None where all are taken."""
    for candidate in range(port, port + tries):
        with suppress(OSError):
            return start_http_server(candidate, addr="127.0.0.1")
    return None
