"""Reads a provider's JSON without trusting it: every step says what it expects, anything else is `Malformed`."""

import json
from collections.abc import Mapping
from typing import Any

from vouchsafe.ports.model import Malformed
from vouchsafe.ports.wire import HttpReply, HttpRequest

Json = Mapping[str, Any]


def body_of(reply: HttpReply) -> Json:
    """The object that the reply holds. Raises: Malformed."""
    return object_of(reply.body)


def object_of(content: bytes | str) -> Json:
    """The object that a piece of JSON holds. Raises: Malformed."""
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Malformed("the reply is not JSON") from None
    return _object(found, "the reply")


def at(value: object, *path: str | int) -> Any:  # parsed JSON; the callers below give it a type
    """What stands at a path of keys and positions, None where a key is not there. Raises: Malformed."""
    for step in path:
        if value is None:
            return None
        if isinstance(step, int):
            if not isinstance(value, list) or not 0 <= step < len(value):
                raise Malformed(f"the reply has no item {step} where one belongs")
            value = value[step]
        else:
            value = _object(value, "a part of the reply").get(step)
    return value


def text_at(value: object, *path: str | int) -> str:
    """The text at a path. Raises: Malformed where there is none."""
    found = at(value, *path)
    if not isinstance(found, str):
        raise Malformed(f"the reply has no text at {_name(path)}")
    try:
        found.encode("utf-8")
    except UnicodeEncodeError:
        # Half a letter: JSON can escape it, and no record could hold it.
        raise Malformed(f"the reply has half a letter at {_name(path)}") from None
    return found


def optional_text_at(value: object, *path: str | int) -> str:
    """The text at a path, empty where nothing stands there. Raises: Malformed for anything else."""
    return "" if at(value, *path) is None else text_at(value, *path)


def count_at(value: object, *path: str | int) -> int | None:
    """The whole number at a path, None where nothing stands there. Raises: Malformed for anything else."""
    found = at(value, *path)
    if found is None:
        return None
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise Malformed(f"the reply has no count at {_name(path)}")
    return found


def list_at(value: object, *path: str | int) -> list[Any]:
    """The list at a path. Raises: Malformed where there is none."""
    found = at(value, *path)
    if not isinstance(found, list):
        raise Malformed(f"the reply has no list at {_name(path)}")
    return found


def post(url: str, headers: Mapping[str, str], body: Json) -> HttpRequest:
    """A request with a JSON body. Other alphabets are escaped, so that half a letter cannot stop it."""
    content = json.dumps(body, separators=(",", ":")).encode("ascii")
    both = {"content-type": "application/json", "accept": "application/json", **headers}
    return HttpRequest(url, tuple(both.items()), content)


def _object(value: object, what: str) -> Json:
    if not isinstance(value, dict):
        raise Malformed(f"{what} is not an object")
    return value


def _name(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path))


def _no_number(_: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")
