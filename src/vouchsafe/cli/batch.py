"""The loop that every batch command shares: JSON Lines in, JSON Lines out, in order (design section 10)."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import orjson

from vouchsafe.domain.errors import VouchsafeError

Line = dict[str, object]
Handle = Callable[[Line], Line]


class NoInput(VouchsafeError):
    """The input file cannot be read."""

    def __init__(self, source: Path, error: OSError) -> None:
        why = (error.strerror or "it cannot be read").lower()
        super().__init__(f"{source}: {why}; name a file of JSON Lines, or leave it out to read standard input")


class BadLine(VouchsafeError):
    """A line does not hold what the command needs. The message names the key, never its value."""


def run_batch(handle: Handle, source: Path | None) -> int:
    """Answer every line of a file, or of standard input, on standard output; return the exit code.

    A line that cannot be answered gives `{"id": ..., "error": "..."}` in its place and makes the exit code 1; the
    lines after it are still answered. Lines of white space only are passed over.
    Raises: NoInput where the file cannot be read.
    """
    if source is None:
        return _answer(handle, sys.stdin.buffer, sys.stdout.buffer)
    try:
        lines = source.open("rb")
    except OSError as error:
        raise NoInput(source, error) from None
    with lines:
        return _answer(handle, lines, sys.stdout.buffer)


def need_text(line: Mapping[str, object], key: str) -> str:
    """The text under a key. Raises BadLine where it is missing or something else."""
    value = line.get(key)
    if not isinstance(value, str):
        raise BadLine(f'"{key}" is missing or not a text')
    return value


def optional_texts(line: Mapping[str, object], key: str) -> tuple[str, ...]:
    """The list of texts under a key, empty where the key is absent or null. Raises BadLine for anything else."""
    value = line.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadLine(f'"{key}" is not a list of texts')
    texts = tuple(one for one in value if isinstance(one, str))
    if len(texts) != len(value):
        raise BadLine(f'"{key}" is not a list of texts')
    return texts


def optional_object(line: Mapping[str, object], key: str) -> Mapping[str, object]:
    """The object under a key, empty where the key is absent or null. Raises BadLine for anything else."""
    value = line.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadLine(f'"{key}" is not an object')
    return value


def _answer(handle: Handle, lines: Iterable[bytes], out: BinaryIO) -> int:
    failed = False
    for answer in _answers(handle, lines):
        failed = failed or "error" in answer
        out.write(_encode(answer) + b"\n")
        # Whoever pipes into us reads answers as they come.
        out.flush()
    return 1 if failed else 0


def _answers(handle: Handle, lines: Iterable[bytes]) -> Iterator[Line]:
    for raw in lines:
        if raw.strip():
            yield _one(handle, raw)


def _one(handle: Handle, raw: bytes) -> Line:
    try:
        line = _decode(raw)
    except (ValueError, RecursionError):
        return {"id": None, "error": "not a line of JSON"}
    if not isinstance(line, dict):
        return {"id": None, "error": "not a JSON object"}
    identity = line.get("id")
    if identity is None:
        return {"id": None, "error": '"id" is missing'}
    try:
        return handle(line)
    except VouchsafeError as refusal:
        return {"id": identity, "error": str(refusal)}
    except Exception as failure:  # noqa: BLE001 - the outer edge: one bad line must not take the others with it
        # The class alone: the text of an unforeseen error may quote the message.
        return {"id": identity, "error": f"failed: {type(failure).__name__}"}


def _decode(raw: bytes) -> object:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        # orjson refuses lone surrogates ("\\ud800"), which real exports do hold.
        return json.loads(raw)


def _encode(answer: Line) -> bytes:
    try:
        return orjson.dumps(answer)
    except TypeError:
        return json.dumps(answer).encode("ascii")
