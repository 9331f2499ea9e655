"""The readiness record: whole, checked at loading, and everything it names is there (R4)."""

import ast
from collections.abc import Callable
from importlib import resources

import pytest
import yaml
from tests.architecture.sources import ROOT

from vouchsafe.cli.readiness import commands
from vouchsafe.governance.weights import all_weights
from vouchsafe.pipeline import flow
from vouchsafe.quality.readiness import STAGES, Failure, Kept, Limit, NotReady, load, parse, result

DATA = resources.files("vouchsafe.data")
TEXT = DATA.joinpath("readiness.yaml").read_text(encoding="utf-8")
NO_MODEL = {"htmx", "htmx_sse", "font_regular", "font_bold", "font_italic", "font_bold_italic"}


def changed(change: Callable[[dict], None]) -> str:  # type: ignore[type-arg]  # a YAML document
    content = yaml.safe_load(TEXT)
    change(content)
    return yaml.safe_dump(content)


def test_every_stage_that_flow_runs_stands_in_the_record_in_its_order() -> None:
    stages = [one.name for one in load(commands())]

    assert stages == list(STAGES)
    start = stages.index("identify")
    assert tuple(stages[start : start + len(flow.STAGES)]) == flow.STAGES


def test_every_test_and_program_that_measures_is_there() -> None:
    missing = []
    for stage in load(commands()):
        for one in stage.failures:
            path, _, name = one.by.partition("::")
            if one.how == "command":
                continue
            file = ROOT / path
            tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
            found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            if not file.is_file() or (one.how == "test" and name not in found):
                missing.append(one.by)

    assert missing == []


def test_no_model_is_in_use_whose_failures_were_not_written_down() -> None:
    named = {model for stage in load(commands()) for model in stage.models}
    kept = [one for folder in ("detect", "redact", "retrieve", "draft") for one in DATA.joinpath(folder).iterdir()]
    trained = {one.name for one in kept if one.name.endswith((".onnx", ".npz", ".crfsuite"))}
    trained |= {"calibration.json", "support.json"}

    assert {one.role for one in all_weights()} - NO_MODEL - named == set()
    assert trained - {model.rpartition("/")[2] for model in named} == set()


def test_a_record_without_a_stage_is_refused() -> None:
    with pytest.raises(NotReady, match="the stages are ingest, identify"):
        parse(changed(lambda record: record["stages"].pop(3)), commands())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda stage: stage.update(owner="nobody"), "is no role"),
        (lambda stage: stage.update(failures=[]), "names no way to fail"),
        (lambda stage: stage["failures"][0].update(by={"command": "eval nothing"}), "eval nothing is not there"),
        (lambda stage: stage["failures"][0].update(by={"hope": "x"}), "nothing measures it"),
        (lambda stage: stage["failures"][0].update(threshold={"unit": "share"}), "exactly one of"),
        (lambda stage: stage["failures"][0].pop("metric"), "not of its shape"),
    ],
)
def test_a_stage_without_owner_failure_measure_or_limit_is_refused(
    change: Callable[[dict], None],  # type: ignore[type-arg]  # a YAML document
    says: str,
) -> None:
    with pytest.raises(NotReady, match=says):
        parse(changed(lambda record: change(record["stages"][2])), commands())


def a_failure(figure: str, value: float, *, is_floor: bool, unit: str = "share") -> Failure:
    return Failure("x", "x", Limit(value, unit, is_floor=is_floor), "R4", "command", "eval detection", figure)


def test_a_limit_that_was_not_kept_is_said_and_one_that_n_cannot_carry_is_not_called_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    share = {"hits": 96, "n": 100, "value": 0.96, "at_least": 0.91, "at_most": 0.99}
    monkeypatch.setattr("vouchsafe.quality.readiness.figures", lambda: {"desk": {"x": share}})

    assert result(a_failure("desk.x", 0.97, is_floor=True)).kept is Kept.NO
    assert result(a_failure("desk.x", 0.95, is_floor=True)).kept is Kept.NOT_SHOWN
    assert result(a_failure("desk.x", 0.90, is_floor=True)).kept is Kept.YES
    assert result(a_failure("desk.x", 0.97, is_floor=False)).kept is Kept.NOT_SHOWN
    assert result(a_failure("desk.x", 95, is_floor=False, unit="messages")).kept is Kept.NO
    assert result(a_failure("", 0.0, is_floor=False)).kept is Kept.UNKNOWN


def test_every_figure_that_the_record_names_came_with_this_version() -> None:
    for stage in load(commands()):
        for one in stage.failures:
            assert not one.figure or result(one).says, one.figure
