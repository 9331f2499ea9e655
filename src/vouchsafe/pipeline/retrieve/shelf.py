"""All passages with what can be known of them before anybody asks, and the part of it that one reader may see."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from vouchsafe.domain.passage import Document, Passage, Scope
from vouchsafe.domain.words import stems
from vouchsafe.pipeline.retrieve.answering import OFFERS, offered
from vouchsafe.pipeline.retrieve.passages import heading_text, indexed_text
from vouchsafe.pipeline.retrieve.postings import Field, Floats, Pairs, Rows, Worded, norms
from vouchsafe.ports.embedder import Vectors

_REMEMBERED_SCOPES = 8


@dataclass(frozen=True, slots=True)
class View:
    """The permitted rows and what depends on them alone.

    `rows` int64 (n,), ascending; `place` int64 (all rows,), -1 outside the scope. The others have one entry a permitted
    row, but `page_norms` one a page and `centre` 384.
    """

    rows: Rows
    place: Rows
    vectors: Vectors
    centre: Vectors
    """The mean of the permitted vectors."""
    distances: Floats
    """Of each vector from the centre."""
    norms: Floats
    heading_norms: Floats
    pages: Rows
    page_norms: Floats


class Shelf:
    """What does not depend on a question. Safe to share between threads."""

    def __init__(self, passages: tuple[Passage, ...], vectors: Vectors) -> None:
        """`vectors`: float32, (passages, 384), rows of length 1, in the order of `passages`."""
        self.passages = passages
        self.vectors = vectors
        worded = [_worded(passage, indexed_text(passage)) for passage in passages]
        self.text = Field(worded)
        self.headings = Field([_worded(passage, heading_text(passage)) for passage in passages])
        self.pairs = Pairs(worded)
        self.codes = sorted({one.code for one in worded})
        numbers: dict[str, int] = {code: number for number, code in enumerate(self.codes)}
        self.language = np.array([numbers[one.code] for one in worded], dtype=np.int64)
        # A page cut into files keeps its title; that is what holds it together.
        titles: dict[str, int] = {}
        self.page = np.array([titles.setdefault(p.document.title, len(titles)) for p in passages], dtype=np.int64)
        offers = [offered(passage.text) for passage in passages]
        self.offers = np.array(offers, dtype=np.float32).reshape(len(passages), len(OFFERS))
        self._views: OrderedDict[tuple[Scope, str | None], View] = OrderedDict()
        self._lock = threading.Lock()

    def view(self, scope: Scope, language: str | None) -> View:
        """What the scope may read, of one language where one is given; remembered for the scopes seen last."""
        key = (scope, language[:2].lower() if language else None)
        with self._lock:
            view = self._views.get(key)
        if view is not None:
            return view
        view = self._make_view(*key)
        with self._lock:
            self._views[key] = view
            while len(self._views) > _REMEMBERED_SCOPES:
                self._views.popitem(last=False)
        return view

    def _permitted(self, scope: Scope, code: str | None) -> Rows:
        readable: dict[int, bool] = {}
        permitted = []
        for row, passage in enumerate(self.passages):
            document = passage.document
            if id(document) not in readable:
                readable[id(document)] = scope.may_read(document) and code in (None, code_of(document))
            if readable[id(document)]:
                permitted.append(row)
        return np.array(permitted, dtype=np.int64)

    def _make_view(self, scope: Scope, code: str | None) -> View:
        rows = self._permitted(scope, code)
        place = np.full(len(self.passages), -1, dtype=np.int64)
        place[rows] = np.arange(rows.size)
        vectors = self.vectors if rows.size == len(self.passages) else self.vectors[rows]
        centre = vectors.mean(axis=0) if rows.size else np.zeros(self.vectors.shape[1], dtype=np.float32)
        # |v - c| from what is there already: 1 - 2vc + cc, as each vector has length 1.
        distances = np.sqrt(np.maximum(1.0 - 2.0 * (vectors @ centre) + centre @ centre, 1e-6))
        lengths = self.text.lengths[rows]
        _, pages = np.unique(self.page[rows], return_inverse=True)
        return View(
            rows=rows,
            place=place,
            vectors=vectors,
            centre=centre,
            distances=distances.astype(np.float32),
            norms=norms(lengths),
            heading_norms=norms(self.headings.lengths[rows]),
            pages=pages.astype(np.int64),
            page_norms=norms(np.bincount(pages, weights=lengths).astype(np.float32)),
        )


def code_of(document: Document) -> str:
    """A document's language in two letters."""
    return document.language[:2].lower()


def _worded(passage: Passage, text: str) -> Worded:
    code = code_of(passage.document)
    return Worded(code, stems(text, code))
