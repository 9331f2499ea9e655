"""`vouchsafe readiness`: how each stage can fail, its metric, limit and owner, and what was measured (R4)."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import cyclopts

from vouchsafe.cli.main import COMMANDS
from vouchsafe.quality.readiness import Failure, Kept, Stage, load, result

app = cyclopts.App(name="readiness", help="Print the readiness record.")


@app.default
def readiness(*, as_json: Annotated[bool, cyclopts.Parameter(name="--json", negative=())] = False) -> int:
    """Print the readiness record. Ends with 1 where a limit is not kept by what was measured with the shipped heads.

    Parameters
    ----------
    as_json
        One JSON object a line: stage, owner, failure, metric, limit, source, by, kept, measured.
    """
    stages = load(commands())
    if as_json:
        for line in _lines(stages):
            print(json.dumps(line))
    else:
        for stage in stages:
            print(f"\n{stage.name}: {stage.does}. Owner: {stage.owner.value}")
            for one in stage.failures:
                found = result(one)
                print(f"  {found.kept.value:<10} {one.failure}")
                print(f"  {'':<10} {one.metric}: {one.limit}" + (f"; measured {found.says}" if found.says else ""))
                print(f"  {'':<10} {_measured_by(one)}  ({one.source})")
    return 1 if any(result(one).kept is Kept.NO for stage in stages for one in stage.failures) else 0


def commands() -> frozenset[str]:
    """Every command, and every act of a command as `eval redaction`, read from their files without importing them."""
    found = set(COMMANDS)
    for name in COMMANDS:
        tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                acts = [one for one in node.decorator_list if ast.unparse(one).startswith("app.command")]
                found |= {f"{name} {node.name.replace('_', '-')}" for _ in acts}
    return frozenset(found)


def readiness_reference() -> str:
    """The page `docs/reference/readiness.md`."""
    lines = [
        "# Readiness",
        "",
        "Generated from `data/readiness.yaml`; a test keeps this page equal to it. How each stage can fail, by what",
        "that is measured, what it may come to, and who answers for it (R4). The limits come from the requirements and",
        "were fixed before a model was chosen; a stage uses a model file only where the stage's failures stand here.",
        "`vouchsafe readiness` shows what was measured with the shipped heads beside each limit: some are not kept.",
    ]
    for stage in load(commands()):
        models = f" Models: {', '.join(f'`{one}`' for one in stage.models)}." if stage.models else ""
        lines += ["", f"## {stage.name}", "", f"{stage.does.capitalize()}. Owner: {stage.owner.value}.{models}", ""]
        lines += ["| it fails where | metric | limit | source | measured by |", "|---|---|---|---|---|"]
        lines += [
            f"| {one.failure} | {one.metric} | {one.limit} | {one.source} | `{_measured_by(one)}` |"
            for one in stage.failures
        ]
    return "\n".join(lines) + "\n"


def _measured_by(failure: Failure) -> str:
    return {
        "command": f"vouchsafe {failure.by}",
        "test": failure.by.rpartition("::")[0].removeprefix("tests/") + " " + failure.by.rpartition("::")[2],
        "program": failure.by,
    }[failure.how]


def _lines(stages: tuple[Stage, ...]) -> Iterator[dict[str, str]]:
    for stage in stages:
        for one in stage.failures:
            found = result(one)
            yield {
                "stage": stage.name,
                "owner": stage.owner.value,
                "failure": one.failure,
                "metric": one.metric,
                "limit": str(one.limit),
                "source": one.source,
                "by": f"{one.how}: {one.by}",
                "kept": found.kept.value,
                "measured": found.says,
            }
