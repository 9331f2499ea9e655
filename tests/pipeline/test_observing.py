"""What a stage says of itself to whoever traces: name, outcome, case; of an error its class and nothing else."""

from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from tests.pipeline.spans import Spans

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.states import AwaitingHuman
from vouchsafe.pipeline import flow, observing
from vouchsafe.pipeline.observing import happened, observed, word
from vouchsafe.testing import builders

CASE = UUID(int=7)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Spans:
    found = Spans()
    monkeypatch.setattr(observing, "_TRACER", found)
    return found


def endings(stage: str, outcome: str) -> float:
    return REGISTRY.get_sample_value("vouchsafe_stage_endings_total", {"stage": stage, "outcome": outcome}) or 0.0


def test_a_stage_that_ended_is_a_span_and_a_count(spans: Spans) -> None:
    before = endings("detect", "understood")
    with observed("detect", CASE) as seen:
        seen.outcome = "understood"

    (span,) = spans.ended
    assert span.says == {
        "vouchsafe.stage": "detect",
        "vouchsafe.outcome": "understood",
        "vouchsafe.case": str(CASE),
    }
    assert endings("detect", "understood") == before + 1


def test_an_error_is_named_by_its_class_and_its_words_go_nowhere(spans: Spans) -> None:
    with pytest.raises(RuntimeError), observed("redact", CASE):
        raise RuntimeError("Ada Byron wrote this")

    (span,) = spans.ended
    assert (span.says["vouchsafe.outcome"], span.failed_with) == ("failed", "RuntimeError")
    assert "Ada" not in repr(span.everything)


def test_what_a_stage_refuses_is_no_failure_of_the_stage(spans: Spans) -> None:
    with pytest.raises(VouchsafeError), observed("review", CASE):
        raise VouchsafeError("only a clinician signs")

    (span,) = spans.ended
    assert (span.says["vouchsafe.outcome"], span.failed_with) == ("refused", None)


def test_what_is_told_afterwards_lies_in_the_past_for_as_long_as_it_took(spans: Spans) -> None:
    happened("trail", 0.25, "integrated")

    (span,) = spans.ended
    assert span.ended_ns - span.started_ns == 250_000_000


def test_outcomes_are_words() -> None:
    assert word(builders.unanswerable()) == "unanswerable"
    assert AwaitingHuman.__name__ == "AwaitingHuman"
    assert word(object.__new__(AwaitingHuman)) == "awaiting_human"


def test_every_state_that_a_pass_goes_on_from_belongs_to_a_named_stage() -> None:
    assert set(flow._STAGE_AFTER.values()) | {"identify"} == set(flow.STAGES)
