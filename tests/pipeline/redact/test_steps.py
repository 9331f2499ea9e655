"""No text makes redaction work longer than in proportion to its length; counted in steps, which no busy machine changes."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from vouchsafe.pipeline.redact.reading import read
from vouchsafe.pipeline.redact.redactor import Redactor

TraceFunction = Callable[[FrameType, str, Any], Any]

HOSTILE = ["1", "a", "A", "1 ", "Ab ", "1-", "a.", "a@", "(1) ", "x*", "::", "\n", "\nAb ", "one-", "<b>", "[NAME_"]
HOSTILE += ["a b c ", "12 Main St ", "member id ", "no. # : ", "password is ", "On a, ", "From: ", "Thanks\n", "aA1!"]
HOSTILE += ["+1", "$1,", "0.1", "1/", "- ", " x", "\n>", "<a ", "'s ", "(", "[", "1 - ", "one dash ", "hundred ", "É "]


def steps(work: Callable[[], object]) -> int:
    """How many lines of our own Python a piece of work runs, each turn of a loop counted."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal counted
        counted += event == "line"
        return count

    def enter(frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
        return count if "vouchsafe" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize("seed", HOSTILE)
def test_a_text_twice_as_long_takes_twice_the_steps(light: Redactor, seed: str) -> None:
    short, long = seed * (300 // len(seed)), seed * (600 // len(seed))
    light.redact([short, long])

    assert steps(lambda: light.redact([long])) < 2.2 * steps(lambda: light.redact([short])) + 500


@pytest.mark.parametrize("seed", HOSTILE)
def test_a_text_twice_as_long_is_read_in_twice_the_steps(seed: str) -> None:
    short, long = seed * (1000 // len(seed)), seed * (2000 // len(seed))
    for text in (short, long):
        read(text)  # words once looked up are remembered

    assert steps(lambda: read(long)) < 2.2 * steps(lambda: read(short)) + 200
