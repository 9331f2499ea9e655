"""Messages in which somebody has marked what identifies, read from JSON Lines.

Either `spans`, a list of {"start", "end", "label"} in characters of `text`, or the marks inside the text:
`call {{NAME:Mary}} at {{PHONE:555-0144}}`. `kind` or `source` names the group that a row is reported under.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vouchsafe.domain.errors import VouchsafeError

NEUTRAL = "OTHER"
"""Neither a leak when left nor an error when masked: organisations, states, weekdays, ages under 90."""
_MARK = re.compile(r"\{\{(?P<label>[A-Z_]+):(?P<words>.*?)\}\}", re.DOTALL)

LabelledSpan = tuple[int, int, str]


class BadRow(VouchsafeError):
    """A line of a labelled file cannot be used. Names the file and the line, quotes nothing."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        super().__init__(f"{path.name}, line {line}: {why}")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One message. Spans are half-open, in order of place, and do not overlap."""

    id: str
    group: str
    text: str
    spans: tuple[LabelledSpan, ...]

    def lowered(self) -> "LabelledText":
        """The same message in lower case, as long as before."""
        text = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in self.text)
        return LabelledText(self.id, self.group, text, self.spans)


def read_labelled(path: Path) -> Iterator[LabelledText]:
    """The rows of a file, in order; empty lines are passed over. Raises: BadRow, OSError."""
    for number, row in rows_of(path):
        group = str(row.get("kind") or path.name.split(".")[0])
        text, spans = unmarked(row["text"]) if "spans" not in row else (row["text"], _spans(path, number, row))
        yield LabelledText(str(row.get("id", number)), group, text, spans)


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and object of every line with a "text"; empty lines are passed over. Raises: BadRow, OSError."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise BadRow(path, number, "this is not JSON") from None
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise BadRow(path, number, 'an object with a "text" is needed')
        yield number, row


def unmarked(marked: str) -> tuple[str, tuple[LabelledSpan, ...]]:
    """The text without its marks, and the spans they named."""
    pieces: list[str] = []
    spans: list[LabelledSpan] = []
    length = at = 0
    for mark in _MARK.finditer(marked):
        before, words = marked[at : mark.start()], mark["words"]
        start = length + len(before)
        pieces += [before, words]
        length = start + len(words)
        spans.append((start, length, mark["label"]))
        at = mark.end()
    return "".join([*pieces, marked[at:]]), tuple(spans)


def _spans(path: Path, number: int, row: Mapping[str, object]) -> tuple[LabelledSpan, ...]:
    found, end = [], 0
    try:
        given = [(int(one["start"]), int(one["end"]), str(one["label"])) for one in row["spans"]]  # type: ignore[attr-defined]  # anything else raises below
    except (TypeError, KeyError, ValueError):
        raise BadRow(path, number, '"spans" needs objects with "start", "end" and "label"') from None
    for one in sorted(given):
        if one[0] < end or one[1] <= one[0] or one[1] > len(str(row["text"])):
            raise BadRow(path, number, "a span is empty, overlaps another or lies outside the text")
        found.append(one)
        end = one[1]
    return tuple(found)
