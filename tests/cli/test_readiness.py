"""`vouchsafe readiness`: every stage, its owner, its limits, and an exit code that says whether they were kept."""

import json

from tests.cli.conftest import Shell

from vouchsafe.cli.readiness import commands
from vouchsafe.quality.readiness import STAGES, Kept, load, result


def test_it_prints_every_stage_with_its_owner_and_ends_with_1_while_a_limit_is_not_kept(shell: Shell) -> None:
    kept = [result(one).kept for stage in load(commands()) for one in stage.failures]
    code = 1 if Kept.NO in kept else 0

    said = shell("readiness", code=code).out
    assert [name for name in STAGES if f"\n{name}: " not in said] == []
    assert "Owner: clinician" in said

    rows = [json.loads(line) for line in shell("readiness", "--json", code=code).out.splitlines()]
    assert [row["kept"] for row in rows] == [one.value for one in kept]
    assert all(row["owner"] and row["limit"] and row["by"] for row in rows)


def test_commands_and_their_acts_are_known_by_name() -> None:
    assert {"eval redaction", "eval detection", "doctor"} <= commands()
    assert "eval nothing" not in commands()
