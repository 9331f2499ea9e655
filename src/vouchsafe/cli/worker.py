"""`vouchsafe worker`: one worker process."""

import cyclopts
import structlog

from vouchsafe.app import App, open_app
from vouchsafe.cli.logs import quiet_logs
from vouchsafe.cli.supervised import end_with_supervisor
from vouchsafe.cli.telemetry import start_telemetry
from vouchsafe.installing import refuse_demo_words
from vouchsafe.pipeline.detect.heads import load_heads
from vouchsafe.settings import load_settings
from vouchsafe.worker.errors import where
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.metrics import serve_metrics

log = structlog.get_logger()

app = cyclopts.App(name="worker", help="Run one worker process: cases, trail, outbox, sweeps.")


@app.default
def worker() -> int:
    """Work until SIGTERM."""
    end_with_supervisor()
    settings = load_settings()
    quiet_logs(settings.log_level)
    start_telemetry()
    with open_app(settings, pool=8) as opened:
        refuse_demo_words(opened)
        warm(opened)
        if settings.worker_metrics_port:
            shown = serve_metrics(settings.worker_metrics_port)
            log.info("metrics shown", port=shown[0].server_port if shown else None)
        Worker(opened).run()
    return 0


def warm(opened: App) -> None:
    """Load the models before the first case, not during it.

    With files that are altered or gone the worker starts all the same: it gives its cases to people, and sends.
    """
    for place, load in (
        ("redactor", lambda: opened.redactor.redact(["ready"])),
        ("encoder", lambda: opened.embedder.embed(["ready"])),
        ("heads", load_heads),
    ):
        try:
            load()
        except Exception as error:  # noqa: BLE001 - a worker that does not start gives no case to anybody
            log.error("model cannot be used", place=place, failure=type(error).__name__, where=where(error))
