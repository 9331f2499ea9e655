"""Domain values to bytes and back, for sealed fields. With the row readers, the one place that makes them anew."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # a type or a union of types; typing has no word for it
    return TypeAdapter(kind)


def dump(kind: Any, value: object) -> bytes:
    """The JSON of a domain value; `kind` is its type or a union of types."""
    return _adapter(kind).dump_json(value)


def load(kind: type[T], stored: bytes) -> T:
    """The value again. Raises: pydantic.ValidationError where the bytes are not of that shape."""
    wanted: Any = kind  # a parameterised generic is no plain type
    value: T = _adapter(wanted).validate_json(stored)
    return value
