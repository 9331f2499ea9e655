"""No pattern reads a text again and again: steps are counted on texts made from the pattern itself, no clock is read.

A worker computes one case at a time, so a mail that makes one pattern slow makes everybody wait.
"""

import ast
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.architecture.backtracking import branches, grows, growth, parsed

import vouchsafe

LINEAR = 2.4
"""Growth of steps where a text doubles: 2 is linear, 4 quadratic; the rest is what short texts round."""

BOUNDED = {
    ("vouchsafe.cli.reference", r"\s*Example:"): "reads our own docstrings",
    ("vouchsafe.domain.sentences", "[\\\"'“‘«(\\[]*((?:"): "looks at the 24 characters before a full stop",
    ("vouchsafe.governance.knowledge_conflicts", ""): "sentences of an operator's own pages",
    ("vouchsafe.pipeline.detect.rules", r"(?<![\w])(?:[^?]{0,400}\?"): "at most 400 steps a word",
    ("vouchsafe", r"(?<![\w])(?:your[ ,\-]{1,3}(?:cancellation"): "looks within one sentence of 800 characters",
    ("vouchsafe.pipeline.draft.by_model", ""): "what a model wrote, as long as its budget lets it",
    ("vouchsafe.pipeline.draft.support.facts", ""): "sentences of drafts and pages",
    ("vouchsafe.pipeline.draft.support.pleasantries", ""): "sentences of drafts",
    ("vouchsafe.pipeline.redact.patterns.addresses", r"(?:\s(?:of|the"): "the words of one match",
    ("vouchsafe.pipeline.redact.reading", r"([^\W_]+)[.,]?"): "the 24 characters before a number",
    ("vouchsafe.plugins.channels.email.quotes", r"^[^\n]{4,600}?"): "three header lines of at most 400 characters",
    ("vouchsafe.quality.labelled", r"\{\{(?P<label>"): "an operator's own labelled file",
}
"""Patterns that would be slow on a long text and never see one: module, how the pattern begins, why."""


@dataclass(frozen=True)
class Found:
    """A compiled pattern, where it stands, and whether it is only tried at the beginning of a text."""

    module: str
    pattern: re.Pattern[str]
    anchored: bool


def _modules() -> Iterator[ModuleType]:
    for one in pkgutil.walk_packages(vouchsafe.__path__, "vouchsafe."):
        if ".migrations." not in one.name and not one.name.endswith("__main__"):
            yield importlib.import_module(one.name)


def _inside(value: Any, depth: int = 5) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth and isinstance(value, dict):
        for one in value.values():
            yield from _inside(one, depth - 1)
    elif depth and isinstance(value, (tuple, list)):
        for one in value:
            yield from _inside(one, depth - 1)
    elif (
        depth and is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith("vouchsafe")
    ):
        for field in fields(value):
            yield from _inside(getattr(value, field.name, None), depth - 1)


def _written(tree: ast.Module) -> Iterator[tuple[re.Pattern[str], bool]]:
    """Patterns written where they are used, as in `re.sub(r"...", ...)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {
            f"re.{name}" for name in ("search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
        }:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield re.compile(first.value), ast.unparse(node.func) in {"re.match", "re.fullmatch"}


def _uses(tree: ast.Module, name: str) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    }


def _every() -> list[Found]:
    found: dict[tuple[str, int], Found] = {}
    for module in _modules():
        path = Path(str(module.__file__))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, value in vars(module).items():
            uses = _uses(tree, name) if isinstance(value, re.Pattern) else set()
            anchored = bool(uses) and uses <= {"match", "fullmatch"}
            for pattern in _inside(value):
                _keep(found, Found(module.__name__, pattern, anchored))
        for pattern, anchored in _written(tree):
            _keep(found, Found(module.__name__, pattern, anchored))
    return list(found.values())


def _keep(found: dict[tuple[str, int], Found], one: Found) -> None:
    key = (one.pattern.pattern, one.pattern.flags)
    if key not in found or found[key].anchored:
        found[key] = one


def _reason(one: Found) -> str | None:
    return next(
        (
            why
            for (module, begins), why in BOUNDED.items()
            if one.module.startswith(module) and one.pattern.pattern.startswith(begins)
        ),
        None,
    )


def slowest(pattern: str, flags: int = 0, *, anchored: bool = False) -> tuple[float, str]:
    """The worst growth over the branches of a pattern."""
    tree, flags = parsed(pattern, flags)
    found = [growth(branch, flags, anchored=anchored) for branch in branches(tree) if grows(branch)]
    return max(found, default=(0.0, ""))


@pytest.fixture(autouse=True)
def _deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    "pattern",
    [
        r"[\w.+-]+@",
        r"(?:a+)+b",
        r"\s+$",
        r"(?:\w+\s*)*!",
        r"x*x*y",
        r"/\*.*?\*/",
        r"<a[^>]*>",
        r"(?:a|ab|b)*c|(?:a|a)*d",
        r"(\w+)=.*\1;",
    ],
)
def test_a_slow_pattern_is_seen(pattern: str) -> None:
    assert slowest(pattern)[0] > LINEAR


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![\w.+-])[\w.+-]+@",
        r"\w+",
        r"\s+",
        r"(?:\d,)*\d",
        r"(?<!a)a++b",
        r"\d{1,40}[.,]\d{2}",
        r"\[[^\[\]]*\]",
        r"^\s+x",
    ],
)
def test_a_linear_pattern_is_not(pattern: str) -> None:
    assert slowest(pattern)[0] <= LINEAR


def test_what_is_slow_to_find_may_be_fast_at_the_beginning_of_a_text() -> None:
    assert slowest(r"[\w.+-]+@")[0] > LINEAR
    assert slowest(r"[\w.+-]+@", anchored=True)[0] <= LINEAR
    assert slowest(r"\s*\s*x", anchored=True)[0] > LINEAR


def test_every_pattern_of_ours_is_linear() -> None:
    every = _every()
    assert len(every) > 400, "the walk over the modules finds fewer patterns than there are"
    slow = []
    for one in every:
        if _reason(one) is None:
            rate, text = slowest(one.pattern.pattern, one.pattern.flags, anchored=one.anchored)
            if rate > LINEAR:
                slow.append(f"{one.module}: {rate:.1f} on {text}: {one.pattern.pattern[:100]!r}")
    assert slow == []


def test_the_pattern_that_reads_a_stream_at_each_of_its_words_is_linear() -> None:
    (marks,) = [one for one in _every() if one.module.endswith(".by_model") and one.pattern.pattern.startswith(r"\n|")]

    assert slowest(marks.pattern.pattern, marks.pattern.flags)[0] <= LINEAR


def test_no_reason_stands_for_a_pattern_that_is_gone_or_is_fast() -> None:
    slow: Sequence[Found] = [one for one in _every() if _reason(one) is not None]
    for (module, begins), why in BOUNDED.items():
        # A module that is not there has nothing to be slow.
        if importlib.util.find_spec(module) is None:
            continue
        mine = [one for one in slow if one.module.startswith(module) and one.pattern.pattern.startswith(begins)]
        assert mine, f"no pattern of {module} begins with {begins!r}: {why}"
        rates = [slowest(one.pattern.pattern, one.pattern.flags, anchored=one.anchored)[0] for one in mine]
        assert max(rates) > LINEAR, f"{begins!r} of {module} is fast; its reason can go"
