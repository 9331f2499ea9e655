"""Imports run one way; a stage that imports a stage, or shipped code that imports its own fakes, fails the build."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.architecture.sources import PACKAGE, ROOT, imports, inside, trees

LINTER = Path(sys.executable).with_name("lint-imports")


def lint(src: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINTER), "--no-cache", "--no-logo", "--config", str(ROOT / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(src)}
    return subprocess.run(command, cwd=src.parent, env=environment, capture_output=True, text=True, check=False)


def test_the_layer_rule_holds() -> None:
    result = lint(ROOT / "src")
    assert result.returncode == 0, result.stdout


@pytest.fixture
def copy_of_source(tmp_path: Path) -> Path:
    """The package's modules alone, without their data, in a folder that may be spoiled."""
    for path in PACKAGE.rglob("*.py"):
        target = tmp_path / "src" / path.relative_to(PACKAGE.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return tmp_path / "src"


@pytest.mark.parametrize(
    ("module", "planted"),
    [
        ("domain/text.py", "import vouchsafe.store.vault"),
        ("store/vault.py", "import vouchsafe.pipeline.send"),
        ("pipeline/send.py", "import vouchsafe.pipeline.ingest"),
        ("governance/packs.py", "import sqlalchemy"),
    ],
)
def test_a_planted_import_is_caught(copy_of_source: Path, module: str, planted: str) -> None:
    path = copy_of_source / "vouchsafe" / module
    path.write_text(path.read_text(encoding="utf-8") + f"\n{planted}\n", encoding="utf-8")

    result = lint(copy_of_source)

    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout


def test_shipped_code_never_imports_what_it_ships_for_plugin_authors() -> None:
    offenders = [
        path
        for path, tree in trees().items()
        if not inside(path, "testing") and any(name.startswith("vouchsafe.testing") for name in imports(tree))
    ]
    assert offenders == []


def test_the_core_is_synchronous_but_for_sockets_and_the_queue() -> None:
    allowed = ("web", "api", "worker", "cli", "plugins/channels")
    offenders = [p for p, t in trees().items() if "asyncio" in set(imports(t)) and not inside(p, *allowed)]
    assert offenders == []


def test_the_domain_needs_the_standard_library_only() -> None:
    foreign = {
        (path, name)
        for path, tree in trees().items()
        if inside(path, "domain")
        for name in imports(tree)
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "vouchsafe"}
    }
    assert foreign == set()
