"""Finds names and places in running text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from vouchsafe.domain.text import Span


class NamedKind(StrEnum):
    """What a model takes a name for."""

    PERSON = "person"
    PLACE = "place"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Named:
    """A name and its place in the text that was asked about, in characters."""

    span: Span
    kind: NamedKind


class NameFinder(Protocol):
    """A model that finds names. Safe to call from several threads; the same text gives the same answer."""

    @property
    def ref(self) -> str:
        """`name@digest` of the weights."""
        ...

    def find(self, text: str) -> tuple[Named, ...]:
        """Every name in a text of any length, in order of place. Raises where it cannot look."""
        ...
