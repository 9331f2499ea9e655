"""A draft beside its sources: every citation gets a number, every passage shows where the cited words stand."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date

from vouchsafe.domain.draft import Citation, Draft, Origin
from vouchsafe.domain.passage import Hits, Passage

_ORIGINS = {
    Origin.VERBATIM: "word for word from the source",
    Origin.TEMPLATE: "approved sentence, filled from the source",
    Origin.PHRASE: "approved phrase without facts",
    Origin.MODEL: "worded by a language model",
    Origin.PERSON: "written by a person",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the draft. `number` is its citation's, None without one; `bare` has no support but needs it.

    `reasons`: what the support check has against a bare sentence.
    """

    text: str
    origin: str
    number: int | None
    bare: bool
    phrase: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a passage. `number` is the citation that it supports, None for the words around."""

    text: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """A passage as shown beside the draft."""

    title: str
    heading: str
    document: str
    version: str
    since: date | None
    until: date | None
    audience: str
    score: str
    numbers: tuple[int, ...]
    pieces: tuple[Piece, ...]
    closed: bool = False
    """The reader may not read this page: its words are not here."""
    approved_by: str = ""
    """Who signed an approved answer off; empty for a page."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Draft and sources. Cited passages come first, in the order of their numbers."""

    paragraphs: tuple[tuple[Line, ...], ...]
    cited: tuple[Source, ...]
    others: tuple[Source, ...]

    @property
    def unsupported(self) -> int:
        """How many sentences say something without a source."""
        return sum(line.bare for paragraph in self.paragraphs for line in paragraph)


def lay_out(draft: Draft | None, hits: Hits, closed: Container[tuple[str, str]] = ()) -> Sheet:
    """The sheet of a draft, or of the passages alone where there is none.

    `closed`: documents by path and version that the reader may not read; of their passages only the title shows.
    """
    numbers: dict[Citation, int] = {}
    if draft:
        for citation in draft.citations:
            numbers[citation] = len(numbers) + 1
    paragraphs = (
        tuple(
            tuple(
                Line(
                    text=one.text.value,
                    origin=_ORIGINS[one.origin],
                    number=numbers[one.citation] if one.citation else None,
                    bare=not one.supported or (one.citation is None and one.origin in {Origin.MODEL, Origin.VERBATIM}),
                    phrase=one.origin is Origin.PHRASE,
                    reasons=one.reasons,
                )
                for one in paragraph
            )
            for paragraph in draft.paragraphs
        )
        if draft
        else ()
    )
    sources = [_source(hit.passage, hit.score, numbers, closed=_named(hit.passage) in closed) for hit in hits.hits]
    cited = sorted((one for one in sources if one.numbers), key=lambda one: one.numbers)
    return Sheet(paragraphs, tuple(cited), tuple(one for one in sources if not one.numbers))


def _named(passage: Passage) -> tuple[str, str]:
    return passage.document.path, passage.document.version


def _source(passage: Passage, score: float, numbers: dict[Citation, int], *, closed: bool) -> Source:
    here = {citation: number for citation, number in numbers.items() if citation.name == passage.name}
    document = passage.document
    return Source(
        title=document.title,
        heading="" if closed else passage.heading,
        document=document.path,
        version=document.version,
        since=document.effective_from,
        until=document.effective_to,
        audience=", ".join(sorted(document.audience)),
        score=f"{score:.2f}",
        numbers=tuple(sorted(here.values())),
        pieces=() if closed else tuple(_pieces(passage.text, here)),
        closed=closed,
        approved_by=document.answer.approved_by if document.answer else "",
    )


def _pieces(text: str, here: dict[Citation, int]) -> Iterable[Piece]:
    """The passage cut at the cited spans; where spans overlap, the first one keeps the shared words."""
    at = 0
    for citation, number in sorted(here.items(), key=lambda item: item[0].span.start):
        start, end = max(citation.span.start, at), min(citation.span.end, len(text))
        if end <= start:
            continue
        if start > at:
            yield Piece(text[at:start], None)
        yield Piece(text[start:end], number)
        at = end
    if at < len(text):
        yield Piece(text[at:], None)
