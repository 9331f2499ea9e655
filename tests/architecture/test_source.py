"""What no shipped file may hold: leftovers, catch-all modules, places of one machine, files of size."""

import ast
import io
import re
import subprocess
import tokenize
from pathlib import Path

import pytest
from tests.architecture.sources import PACKAGE, ROOT, called, calls, trees

from vouchsafe.cli.logs import ALLOWED

MARKERS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
LONGEST = 70
LARGEST_MB = 5
MACHINE_PLACES = re.compile(r"""(?<![\w.])/(?:work|home|root|Users)/""")
TEXT_FILES = {".py", ".yaml", ".yml", ".toml", ".md", ".sql", ".txt", ".html", ".css", ".js", ".json", ".in", ""}
LOG_METHODS = {"debug", "info", "warning", "error", "critical", "exception"}


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name.decode() for name in done.stdout.split(b"\0") if name]


def test_no_leftover_markers_in_shipped_code() -> None:
    found = [
        (path.name, token.start[0])
        for path in PACKAGE.rglob("*.py")
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
        if token.type == tokenize.COMMENT and MARKERS.search(token.string)
    ]
    assert found == []


def test_no_stub_is_shipped() -> None:
    raised = [
        (path, node.lineno)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and "NotImplemented" in ast.dump(node)
    ]
    assert raised == []


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared", "base"}
    assert [p for p in trees() if set(Path(p).with_suffix("").parts) & drawers] == []


def test_no_function_outgrows_a_screen() -> None:
    long = [
        (path, node.name, node.end_lineno - node.lineno + 1)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST
    ]
    assert long == []


def test_every_module_says_in_a_docstring_what_it_is() -> None:
    assert [path for path, tree in trees().items() if tree.body and not ast.get_docstring(tree)] == []


def test_no_file_names_a_place_of_one_machine() -> None:
    this = Path(__file__)
    found = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix in TEXT_FILES
        and path != this
        and path.is_file()
        # Sample data of patients and pages may speak of paths; code, docs and settings may not.
        and not path.is_relative_to(PACKAGE / "data" / "demo")
        and MACHINE_PLACES.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_no_tracked_file_is_large() -> None:
    large = [p.name for p in tracked() if p.is_file() and p.stat().st_size > LARGEST_MB * 1024 * 1024]
    # The network of detection, 22 MB: decision 0029.
    assert large == ["heads.onnx"]


def log_keys(tree: ast.AST) -> set[str]:
    """Keys of every structured log line of a module; `**` and positional values count as `*`."""
    found: set[str] = set()
    for call in calls(tree):
        target = call.func
        if not (isinstance(target, ast.Attribute) and target.attr in LOG_METHODS):
            continue
        if not (isinstance(target.value, ast.Name) and target.value.id in {"log", "_log", "logger", "_LOG", "LOG"}):
            continue
        found |= {keyword.arg or "*" for keyword in call.keywords}
        if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant):
            found.add("*")
    return found


def test_log_lines_carry_allowed_keys_and_fixed_words_only() -> None:
    offenders = {path: keys - ALLOWED for path, tree in trees().items() if (keys := log_keys(tree)) - ALLOWED}
    assert offenders == {}


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("log.info('sent', case=c, text=words)", {"case", "text"}),
        ("log.info(f'sent {words}')", {"*"}),
        ("log.info('sent', **about)", {"*"}),
        ("log.error('failed %s', error)", {"*"}),
    ],
)
def test_a_planted_log_line_is_seen(code: str, keys: set[str]) -> None:
    assert log_keys(ast.parse(code)) == keys


def test_no_log_line_carries_an_error_or_a_traceback() -> None:
    offenders = [
        (path, call.lineno)
        for path, tree in trees().items()
        for call in calls(tree)
        if called(call) == "exception" and isinstance(call.func, ast.Attribute) and "log" in ast.dump(call.func.value)
    ]
    assert offenders == []
