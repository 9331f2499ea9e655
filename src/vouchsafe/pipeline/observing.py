"""Each stage as a trace span and in figures: its name, the case's id, how it ended; never a word of anybody (R3).

Spans and their figures go through the API of OpenTelemetry, which does nothing until an operator starts the process
with an SDK and an exporter (docs/operator.md). The count of endings stands in /metrics whether or not they do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, time_ns
from uuid import UUID

from opentelemetry import metrics, trace
from opentelemetry.trace import Span, Status, StatusCode
from prometheus_client import Counter

from vouchsafe.domain.errors import VouchsafeError

_NAME = "vouchsafe"
_TRACER = trace.get_tracer(_NAME)
_SECONDS = metrics.get_meter(_NAME).create_histogram(
    "vouchsafe.stage.duration",
    unit="s",
    description="Seconds a stage took, by stage and outcome",
    explicit_bucket_boundaries_advisory=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
_ENDED = Counter("vouchsafe_stage_endings_total", "Stages that ended, by stage and outcome", ["stage", "outcome"])
FAILED, REFUSED = "failed", "refused"


@dataclass(slots=True)
class Observed:
    """What is said of a stage once it has ended: a closed word for its outcome, and the case where there is one."""

    outcome: str = "done"
    case: UUID | None = None


@contextmanager
def observed(stage: str, case: UUID | None = None) -> Iterator[Observed]:
    """Watch one run of a stage; the block may set outcome and case. An error is named by its class alone."""
    seen, started = Observed(case=case), perf_counter()
    # The text and the traceback of an error may quote a patient, so the SDK must not record them by itself.
    with _TRACER.start_as_current_span(stage, record_exception=False, set_status_on_exception=False) as span:
        try:
            yield seen
        except VouchsafeError:
            # Ours: somebody asked for what may not be, which the stage is there to say.
            seen.outcome = REFUSED
            raise
        except Exception as error:
            seen.outcome = FAILED
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            _describe(span, stage, seen)
            _count(stage, seen.outcome, perf_counter() - started)


def happened(stage: str, seconds: float, outcome: str) -> None:
    """A run of a stage that is worth telling only now that it is over: one that found something to do."""
    ended = time_ns()
    span = _TRACER.start_span(stage, start_time=ended - int(seconds * 1e9))
    _describe(span, stage, Observed(outcome))
    span.end(ended)
    _count(stage, outcome, seconds)


def word(value: object) -> str:
    """The name of a value's class as an outcome: `AwaitingHuman` is `awaiting_human`."""
    name = type(value).__name__
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")


def _describe(span: Span, stage: str, seen: Observed) -> None:
    span.set_attribute("vouchsafe.stage", stage)
    span.set_attribute("vouchsafe.outcome", seen.outcome)
    if seen.case is not None:
        span.set_attribute("vouchsafe.case", str(seen.case))


def _count(stage: str, outcome: str, seconds: float) -> None:
    _SECONDS.record(seconds, {"vouchsafe.stage": stage, "vouchsafe.outcome": outcome})
    _ENDED.labels(stage, outcome).inc()
