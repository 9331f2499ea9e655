"""One message from arrival to its answer leaves, for each stage, an event in the trail, a span and a count (R3)."""

import pytest
from prometheus_client import REGISTRY
from tests.conftest import Clinic
from tests.journeys.scene import settle, write
from tests.pipeline.spans import Spans

from vouchsafe.app import App
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.staff import Role
from vouchsafe.installing import add_user
from vouchsafe.pipeline import observing
from vouchsafe.quality.readiness import STAGES
from vouchsafe.reviewing import Reviewing
from vouchsafe.store import desks, trail

WORDS = "Hello, when is the main clinic open on Saturdays? Thank you, Ada Byron"
EVENTS = {
    "ingest": "message:received",
    "identify": "contact:matched",
    "redact": "text:redacted",
    "detect": "findings:made",
    "retrieve": "knowledge:searched",
    "draft": "draft:made",
    "gate": "ruling:made",
    "review": "reply:approved",
    "send": "reply:sent",
}
"""The event of each stage; of the last one, the trail itself, it is that every event has its place in the log."""


def counted() -> dict[str, float]:
    found: dict[str, float] = {}
    for family in REGISTRY.collect():
        for sample in family.samples:
            if sample.name == "vouchsafe_stage_endings_total":
                stage = sample.labels["stage"]
                found[stage] = found.get(stage, 0.0) + sample.value
    return found


def test_every_stage_of_one_message_leaves_an_event_a_span_and_a_count(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans, before = Spans(), counted()
    monkeypatch.setattr(observing, "_TRACER", spans)
    password = "quartz-lantern-orchard-sleet"
    agent = add_user(app, clinic.workspace, "agent", "Ann", "Desk", frozenset({Role.AGENT}), password, None)
    with clinic.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.COPILOT)

    # On a slow machine the models would load for longer than a transaction may wait.
    assert app.detectors(app.pack("patient"))
    assert app.redactor

    case = write(app, WORDS)
    settle(app, clinic, case)
    with clinic.store(clinic.workspace) as work:
        version = work.case_row(case).version
    Reviewing(app, clinic.workspace).approve(case, agent, version, None)
    settle(app, clinic, case)

    with clinic.store(clinic.workspace) as work:
        events = trail.of_case(work.context, case)
    kinds = {one.leaf.type.value for one in events}
    assert [stage for stage, kind in EVENTS.items() if kind not in kinds] == []
    assert all(one.index is not None for one in events)

    seen = {span.name for span in spans.ended if span.says.get("vouchsafe.case") == str(case)}
    assert seen == set(EVENTS)
    assert {span.name for span in spans.ended} == set(STAGES)
    assert "failed" not in {span.says["vouchsafe.outcome"] for span in spans.ended}
    after = counted()
    assert [stage for stage in STAGES if after.get(stage, 0) <= before.get(stage, 0)] == []

    told = repr([(span.name, span.says, span.everything) for span in spans.ended])
    assert [word for word in ("Ada", "Byron", "Saturdays", "home.example") if word in told] == []
