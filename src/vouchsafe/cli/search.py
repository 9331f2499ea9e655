"""`vouchsafe search --kb DIR`: finds passages in a folder of documents, one JSON object a line (design section 10)."""

import sys
from datetime import date
from pathlib import Path

import cyclopts

from vouchsafe.cli.batch import BadLine, Line, need_text, optional_texts, run_batch
from vouchsafe.cli.desks import pack_of
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.passage import Audience, Hit, Scope
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.retrieve.index import Index, vectors_from_bytes, vectors_to_bytes
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.ports.clock import SystemClock
from vouchsafe.ports.embedder import Embedder

app = cyclopts.App(name="search", help="Find passages in a folder of documents: JSON Lines in, JSON Lines out.")


@app.default
def search(
    source: Path | None = None,
    *,
    kb: Path,
    desk: str | None = None,
    on: str | None = None,
    k: int = 10,
    vectors: Path | None = None,
) -> None:
    """Answer every line of SOURCE, or of standard input; queries are redacted first.

    Takes `id`, `query`, optional `audience` (a list, `public` where absent). Gives `id`, `hits` [document, passage,
    score, text], `confidence` from 0 to 1, `abstain`. Files that are left out are named on standard error.

    Parameters
    ----------
    source
        A file of JSON Lines; standard input where absent.
    kb
        The folder of documents.
    desk
        A policy pack (folder or file), or the name of a shipped one: its time zone says which day it is.
    on
        The day that counts, as 2026-01-31; today where absent.
    k
        How many passages at most.
    vectors
        A file that keeps the passages' vectors between runs; made where absent.
    """
    index = index_of(kb, MiniLm(), vectors)
    redactor, today = Redactor(SpacyMd()), the_day(on, pack_of(desk).zone)
    sys.exit(run_batch(lambda line: answer(index, redactor, today, k, line), source))


def index_of(folder: Path, embedder: Embedder, kept: Path | None) -> Index:
    """The index of a folder; what had to be left out is named on standard error. Raises: VouchsafeError."""
    imported = read_folder(folder)
    for problem in imported.problems:
        print(f"left out: {problem.path}: {problem.says}", file=sys.stderr)
    known = vectors_from_bytes(kept.read_bytes(), embedder.ref) if kept and kept.exists() else {}
    index = Index.build(imported.documents, embedder, known)
    if kept and not set(index.vectors) <= set(known):
        kept.write_bytes(vectors_to_bytes(index.vectors, embedder.ref))
    return index


def the_day(given: str | None, zone: str) -> date:
    """The day given, else today in a zone. Raises: VouchsafeError for what is no day."""
    from zoneinfo import ZoneInfo

    if given is None:
        return SystemClock().now().astimezone(ZoneInfo(zone)).date()
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise VouchsafeError("--on needs a day such as 2026-01-31") from error


def answer(index: Index, redactor: Redactor, today: date, k: int, line: Line) -> Line:
    """One line answered. Raises: BadLine for a line without a query, or that could not be redacted."""
    redaction = redactor.redact([need_text(line, "query")])
    if redaction.failed:
        raise BadLine("this query could not be redacted")
    scope = Scope(_groups(line), Assurance.ANONYMOUS, today)
    hits = index.search(scope, redaction.parts[0].text, k=k)
    return {
        "id": line["id"],
        "hits": [shown(hit) for hit in hits.hits],
        "confidence": round(hits.confidence, 4),
        "abstain": hits.abstain,
    }


def audience_of(line: Line) -> frozenset[str] | None:
    """The groups under `audience`; None where the line has none, an empty list means nobody."""
    if line.get("audience") is None:
        return None
    if isinstance(line["audience"], str):
        return frozenset({line["audience"]})
    return frozenset(optional_texts(line, "audience"))


def _groups(line: Line) -> frozenset[str]:
    given = audience_of(line)
    return frozenset({Audience.PUBLIC.value}) if given is None else given


def shown(hit: Hit) -> Line:
    """A hit as the batch commands print it; `passage` is `path@version#number`, as in the trail."""
    passage = hit.passage
    return {
        "document": passage.document.path,
        "passage": passage.name,
        "score": round(hit.score, 4),
        "text": passage.text,
    }
