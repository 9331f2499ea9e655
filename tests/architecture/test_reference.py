"""The reference pages say what the code says, and name every setting, command, event and rule."""

import pytest
from tests.architecture.sources import ROOT, trees

from vouchsafe.cli.main import COMMANDS
from vouchsafe.cli.reference import pages
from vouchsafe.governance.packs import SHIPPED, load_pack
from vouchsafe.settings import Settings

FOLDER = ROOT / "docs" / "reference"


@pytest.mark.parametrize(
    "name", ["commands.md", "data.md", "events.md", "readiness.md", "rules.md", "scope.md", "settings.md"]
)
def test_a_reference_page_equals_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], "run: ./vouchsafe reference"


def test_every_setting_is_documented() -> None:
    page = (FOLDER / "settings.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"`VOUCHSAFE_{name.upper()}`" not in page] == []


def test_every_rule_file_of_the_gate_stands_in_the_reference() -> None:
    page = pages()["rules.md"]
    folder = "pipeline/gate/rules/"
    files = {path.removeprefix(folder).removesuffix(".py") for path in trees() if path.startswith(folder)}
    assert {name for name in files - {"__init__"} if f"`{name}`" not in page} == set()


def test_every_command_file_is_listed_and_every_listed_command_has_a_file() -> None:
    files = {path.removeprefix("cli/").removesuffix(".py") for path in trees() if path.startswith("cli/")}
    without_a_command = {
        "__init__",
        "main",
        "batch",
        "logs",
        "demo_model",
        "demo_traffic",
        "supervised",
        "asking",
        "desks",
        "demo_papers",
        "mail_door",
        "telemetry",
    }
    assert set(COMMANDS) - files == set()
    assert files - set(COMMANDS) - without_a_command == set()


def test_the_scope_names_every_shipped_intent_once_with_how_far_it_may_go() -> None:
    page = pages()["scope.md"]
    for intent in (one for name in SHIPPED for one in load_pack(name=name).intents):
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{intent.name}` |")]
        assert f"`{intent.mode.value}`" in row
