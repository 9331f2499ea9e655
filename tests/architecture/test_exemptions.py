"""Whoever exempts a line from a check says why, on that line: an exemption without a reason is never taken back."""

import io
import re
import tokenize
from collections.abc import Iterator

import pytest
from tests.architecture.sources import ROOT
from tests.architecture.test_source import tracked

CODES = r"[A-Z]+[0-9]*(?:\s*,\s*[A-Z]+[0-9]*)*"
EXEMPTION = re.compile(rf"#\s*(?:ruff:\s*)?(?:noqa(?::\s*{CODES})?|type:\s*ignore(?:\[[a-z, -]+\])?|pragma:[\w ]+)")
NAMELESS = re.compile(r"#\s*(?:ruff:\s*)?(?:noqa(?!:)|type:\s*ignore(?!\[))")
"""An exemption from everything: no code is named."""
LEAST = 5
"""Letters of a reason: `# ours` says nothing."""
QUOTED_CODES = re.compile(r'"[A-Z]+[0-9]*"')


def exemptions(content: str) -> Iterator[tuple[int, str, str]]:
    """Line, exemption and the reason behind it, for every comment that exempts."""
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type != tokenize.COMMENT:
            continue
        for found in EXEMPTION.finditer(token.string):
            # Two exemptions on one line may share the reason that stands behind both.
            behind = EXEMPTION.sub("", token.string[found.start() :])
            yield token.start[0], found[0], behind.strip(" #-")


def without_a_reason(content: str) -> list[tuple[int, str]]:
    return [(line, what) for line, what, why in exemptions(content) if sum(map(str.isalpha, why)) < LEAST]


def sources() -> dict[str, str]:
    """Every tracked Python file by its path."""
    files = [path for path in tracked() if path.suffix == ".py" and path.is_file()]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_every_exempted_line_says_why() -> None:
    assert {path: found for path, content in sources().items() if (found := without_a_reason(content))} == {}


def test_no_line_is_exempted_from_everything() -> None:
    found = {
        path: [what for _, what, _ in exemptions(content) if NAMELESS.match(what)]
        for path, content in sources().items()
    }
    assert {path: what for path, what in found.items() if what} == {}


def test_every_exemption_of_the_project_file_says_why() -> None:
    content = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lint = content[content.index("[tool.ruff.lint]") : content.index("[tool.ruff.lint.pydocstyle]")]
    lines = [line for line in lint.splitlines() if QUOTED_CODES.search(line) and "select =" not in line]

    assert len(lines) > 20, "the lists are no longer where they were"
    assert [line for line in lines if sum(map(str.isalpha, line.partition("#")[2])) < LEAST] == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("zip(a, a)  # noqa: B905", [(1, "# noqa: B905")]),
        ("zip(a, a)  # noqa: B905  # ours", [(1, "# noqa: B905")]),
        ("zip(a, a)  # noqa: B905  # a pair needs no strict", []),
        ("x = y  # type: ignore[arg-type]", [(1, "# type: ignore[arg-type]")]),
        ("x = y  # type: ignore[arg-type] - the library names it wrongly", []),
        ("# ruff: noqa: E501 - a phrase stays on one line", []),
        ("x = 1  # said of noqa comments in general", []),
    ],
)
def test_a_planted_exemption_is_seen(line: str, found: list[tuple[int, str]]) -> None:
    assert without_a_reason(f"{line}\n") == found
