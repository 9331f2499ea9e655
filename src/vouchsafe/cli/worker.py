"""`vouchsafe worker`: one worker process."""

import cyclopts
import structlog

from vouchsafe.app import open_app
from vouchsafe.cli.logs import quiet_logs
from vouchsafe.cli.supervised import end_with_supervisor
from vouchsafe.cli.telemetry import start_telemetry
from vouchsafe.installing import refuse_demo_words
from vouchsafe.settings import load_settings
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
        # Load the models before the first case, not during it.
        opened.redactor.redact(["ready"])
        opened.embedder.embed(["ready"])
        if settings.worker_metrics_port:
            shown = serve_metrics(settings.worker_metrics_port)
            log.info("metrics shown", port=shown[0].server_port if shown else None)
        Worker(opened).run()
    return 0
