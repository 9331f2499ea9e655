"""Loads the one component that finds names, once per process, and asks it under a lock."""

import re
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vouchsafe.domain.text import Span
from vouchsafe.governance.weights import open_weights, weights_ref
from vouchsafe.ports.ner import Named, NamedKind

if TYPE_CHECKING:
    from spacy.language import Language

_ROLE = "ner"
_UNUSED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "strings")
"""Parts that finding names does not touch: `ner` brings layers of its own. Without the strings the model
answers the same (800 texts of the development data, hash for hash) in 211 instead of
348 MB and loads in a quarter of the time."""
_KINDS = {
    "PERSON": NamedKind.PERSON,
    "GPE": NamedKind.PLACE,
    "LOC": NamedKind.PLACE,
    "FAC": NamedKind.PLACE,
    "ORG": NamedKind.ORGANISATION,
}
_PIECE = 4000
"""Characters given to the model at once: memory grows with the longest piece."""
_BREAK = re.compile(r"\n\s*\n|[.!?]\s|\s")


class SpacyMd:
    """Finds names with spaCy. `folder` is the operator's own copy of the weights, held to the same hashes.

    Weights are checked when the object is made and loaded at the first text: not every text is given to the model, and
    none is to be judged beside altered ones. Raises: WeightsMissing, WeightsAltered when made.
    """

    def __init__(self, folder: Path | None = None) -> None:
        open_weights(_ROLE, folder)
        self._folder = folder

    @property
    def ref(self) -> str:
        """`package@digest` of the weights."""
        return weights_ref(_ROLE)

    def find(self, text: str) -> tuple[Named, ...]:
        """Every name in the text."""
        model, lock = _loaded(self._folder)
        with lock:
            return tuple(named for start, piece in _pieces(text) for named in _names(model, start, piece))


_loading = threading.Lock()


def _loaded(folder: Path | None) -> "tuple[Language, threading.Lock]":
    """The model and the lock that goes with it, once per process, however many finders and threads ask."""
    with _loading:
        return _load(folder)


@cache
def _load(folder: Path | None) -> "tuple[Language, threading.Lock]":
    import spacy

    # One thread at a time: spaCy writes new words into the model's tables while it reads a text, and what two wrote at
    # once makes it find names wrongly from then on.
    return spacy.load(open_weights(_ROLE, folder), exclude=list(_UNUSED)), threading.Lock()


def _names(model: "Language", start: int, piece: str) -> Iterator[Named]:
    # The zone lets go of the words of this text afterwards; without it a worker would keep every name it ever saw.
    with model.memory_zone():
        for entity in model(piece).ents:
            kind = _KINDS.get(entity.label_)
            if kind is not None:
                yield Named(Span(start + entity.start_char, start + entity.end_char), kind)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text in pieces that end at a sentence or a space where there is one."""
    start = 0
    while len(text) - start > _PIECE:
        window = text[start : start + _PIECE]
        ends = [match.end() for match in _BREAK.finditer(window, _PIECE // 2)]
        end = start + (ends[-1] if ends else _PIECE)
        yield start, text[start:end]
        start = end
    if text[start:].strip():
        yield start, text[start:]
