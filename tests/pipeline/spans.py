"""A tracer of OpenTelemetry's interface that keeps what it is told, as an operator's SDK would send it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode


class KeptSpan(trace.NonRecordingSpan):
    """A span that remembers its name, its times and what it was told."""

    def __init__(self, name: str, started_ns: int) -> None:
        super().__init__(trace.INVALID_SPAN_CONTEXT)
        self.name, self.started_ns, self.ended_ns = name, started_ns, 0
        self.says: dict[str, Any] = {}
        self.failed_with: str | None = None
        self.everything: list[Any] = []

    def is_recording(self) -> bool:
        return True

    def set_attribute(self, key: str, value: Any) -> None:
        self.says[key] = value
        self.everything.append(value)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        self.everything += [status, description]
        if isinstance(status, Status) and status.status_code is StatusCode.ERROR:
            self.failed_with = status.description

    def record_exception(self, exception: BaseException, *_: Any, **__: Any) -> None:
        self.everything.append(str(exception))

    def add_event(self, name: str, *more: Any, **named: Any) -> None:
        self.everything += [name, more, named]

    def end(self, end_time: int | None = None) -> None:
        self.ended_ns = end_time or 0


class Spans(trace.Tracer):
    """Keeps every span, the ended ones in the order in which they ended."""

    def __init__(self) -> None:
        self.ended: list[KeptSpan] = []

    def start_span(self, name: str, *_: Any, start_time: int | None = None, **__: Any) -> KeptSpan:
        span = KeptSpan(name, start_time or 0)
        self.ended.append(span)
        return span

    @contextmanager
    def start_as_current_span(  # type: ignore[override]  # the interface's own decorator type is not public
        self, name: str, *, record_exception: bool = True, set_status_on_exception: bool = True, **_: Any
    ) -> Iterator[KeptSpan]:
        span = self.start_span(name)
        # What the SDK does with an error unless it is told not to.
        with trace.use_span(
            span,
            end_on_exit=True,
            record_exception=record_exception,
            set_status_on_exception=set_status_on_exception,
        ):
            yield span
