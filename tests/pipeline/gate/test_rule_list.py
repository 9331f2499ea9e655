"""The list of rules is complete, documented, and each rule has its own table of tests."""

import re
from pathlib import Path

from vouchsafe.pipeline.gate import rules
from vouchsafe.pipeline.gate.rules import ALL_RULES, PERSON_RULES, rule_reference

ROOT = Path(__file__).parents[3]
FILES = {path.stem for path in Path(str(rules.__file__)).parent.glob("*.py")} - {"__init__"}


def test_every_rule_file_is_listed_once() -> None:
    ids = [str(rule.id) for rule in ALL_RULES]

    assert sorted(ids) == sorted(FILES)
    assert {rule.id for rule in PERSON_RULES} <= set(ids)


def test_every_rule_has_its_own_table_of_tests() -> None:
    tests = {path.stem.removeprefix("test_") for path in (Path(__file__).parent / "rules").glob("test_*.py")}

    assert tests == FILES


def test_every_rule_names_its_source_and_what_it_holds() -> None:
    for rule in ALL_RULES:
        assert re.match(r"R\d+|Design section \d+|RFC \d+|45 CFR", rule.source), rule.id
        assert re.match(r"Hold [^.]+\.$|Hold .*[.)]$", rule.holds), rule.id


def test_the_reference_on_disk_is_the_generated_one() -> None:
    assert (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8") == rule_reference()
