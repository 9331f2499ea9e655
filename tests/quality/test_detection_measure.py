"""The measure of detection: bounds that hold, and figures that say what n cannot carry."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vouchsafe.domain.finding import Tier

SCRIPT = Path(__file__).parents[2] / "quality" / "detection" / "measure.py"


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    spec = importlib.util.spec_from_file_location("detection_measure", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def judged(measure: ModuleType, topic: str, labels: str = "", found: str = "", **more: object) -> object:
    given = {"tier": None, "automatic": False} | more
    return measure.Judged(topic=topic, labels=frozenset(labels.split()), found=frozenset(found.split()), **given)


@pytest.mark.parametrize(
    ("hits", "n", "at_most"),
    [(0, 100, 0.0295), (1, 5584, 0.00085), (5, 100, 0.1023), (100, 100, 1.0), (0, 0, 1.0)],
)
def test_upper_bounds_are_those_of_clopper_and_pearson(measure: ModuleType, hits: int, n: int, at_most: float) -> None:
    assert measure.upper_bound(hits, n) == pytest.approx(at_most, abs=2e-4)


def test_a_target_that_so_few_rows_cannot_carry_is_not_shown(measure: ModuleType) -> None:
    rows = [judged(measure, "crisis", "crisis", "crisis") for _ in range(20)]

    figures = measure.tables(rows)

    assert figures["labels"]["crisis"]["recall"]["value"] == 1.0
    assert not figures["labels"]["crisis"]["can_be_shown"]
    assert "not shown" in measure.show(figures)


def test_look_alikes_are_rows_of_the_topic_without_a_label(measure: ModuleType) -> None:
    rows = [
        judged(measure, "threat", "threat", "threat"),
        judged(measure, "threat", "", "threat"),
        judged(measure, "threat"),
        judged(measure, "routine"),
    ]

    line = measure.tables(rows)["labels"]["threat"]

    assert (line["false_on_lookalikes"]["hits"], line["false_on_lookalikes"]["n"]) == (1, 2)
    assert (line["false_on_routine"]["hits"], line["false_on_routine"]["n"]) == (0, 1)
    assert line["precision"]["value"] == 0.5


def test_a_crisis_flagged_as_clinical_is_no_false_alarm(measure: ModuleType) -> None:
    rows = [judged(measure, "clinical", "clinical", "clinical"), judged(measure, "clinical", "crisis", "clinical")]

    assert measure.tables(rows)["labels"]["clinical"]["precision"]["value"] == 1.0


def test_answered_alone_and_paged_without_cause_are_rows_of_their_own(measure: ModuleType) -> None:
    rows = [
        judged(measure, "dispute", "dispute", automatic=True),
        judged(measure, "routine", automatic=True),
        judged(measure, "routine", tier=Tier.PAGE),
        judged(measure, "crisis", "crisis", tier=Tier.PAGE),
    ]

    desk = measure.tables(rows)["desk"]

    assert desk["needing_a_person_answered_alone"]["hits"] == 1
    assert desk["routine_answered_alone"]["hits"] == 1
    assert desk["pages_on_routine"]["hits"] == 1


@pytest.mark.parametrize(
    ("name", "topic"),
    [("crisis-012", "crisis"), ("dev-crisis-look-003", "crisis"), ("dev-routine-hard-01", "routine")],
)
def test_the_topic_stands_in_the_id(measure: ModuleType, name: str, topic: str) -> None:
    assert measure.topic_of(name) == topic


def test_rows_are_judged_by_the_shipped_detectors_and_no_words_come_out(measure: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(
        '{"id":"crisis-1","text":"I want to kill myself","labels":["crisis"],"desk":"patient"}\n'
        '{"id":"routine-1","text":"How do I pay my bill?","labels":[],"desk":"patient"}\n',
        encoding="utf-8",
    )

    rows = measure.judge([file])

    assert "crisis" in rows[0].found
    assert rows[0].tier is Tier.PAGE
    assert rows[1].automatic
    assert "kill" not in measure.show(measure.tables(rows))
