"""The shipped sources as syntax trees, read once a test run."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "vouchsafe"


@cache
def trees() -> dict[str, ast.Module]:
    """Every shipped module by its path below the package, such as `store/work.py`."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        found[path.relative_to(PACKAGE).as_posix()] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call in a tree."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    """The last name of what is called: `SafeText` of `text.SafeText(...)` and of `SafeText[...](...)`."""
    target = call.func
    if isinstance(target, ast.Subscript):
        target = target.value
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module named in an import, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(path: str, *places: str) -> bool:
    """Whether a module is one of these files or below one of these folders."""
    return any(path == place or path.startswith(f"{place.removesuffix('.py')}/") for place in places)
