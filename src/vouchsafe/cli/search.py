"""`vouchsafe search --kb DIR`: finds passages in a folder of documents, one JSON object a line (design section 10)."""

import sys
from datetime import date
from pathlib import Path

import cyclopts

from vouchsafe.cli.batch import BadLine, Line, need_text, optional_texts, run_batch
from vouchsafe.cli.desks import pack_of
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.passage import Audience, Document, Hit, Scope
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.retrieve.calibration import Calibration, parse
from vouchsafe.pipeline.retrieve.index import Index, vectors_from_bytes, vectors_to_bytes
from vouchsafe.pipeline.retrieve.own_calibration import OwnCalibration, OwnQuestion, calibrated
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
    calibration: Path | None = None,
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
    calibration
        A file of `vouchsafe search calibrate`: when to abstain on these documents. The shipped one where absent.
    """
    index = index_of(kb, MiniLm(), vectors, calibration_in(calibration) if calibration else None)
    redactor, today = Redactor(SpacyMd()), the_day(on, pack_of(desk).zone)
    sys.exit(run_batch(lambda line: answer(index, redactor, today, k, line), source))


@app.command
def calibrate(
    source: Path | None = None,
    *,
    kb: Path,
    out: Path,
    on: str | None = None,
    refuse: float = 0.9,
    vectors: Path | None = None,
) -> None:
    """Set when a search abstains on these documents, from questions they answer, and measure what it costs.

    SOURCE, or standard input, holds JSON Lines: `id`, `query`, `document` (the path that answers); gives `id`,
    `document`, `in_folder`. Each question is asked with its document and with it taken away; the threshold refuses
    most of the second kind. The rates, on standard error and in the file, are for documents that had no part in their
    threshold. The score alone never sends, whatever it says.

    Parameters
    ----------
    source
        A file of JSON Lines; standard input where absent.
    kb
        The folder of documents.
    out
        The file to write, for `vouchsafe search --calibration`.
    on
        The day that counts, as 2026-01-31; today where absent.
    refuse
        The share of questions without a source that shall be refused, between 0 and 1.
    vectors
        A file that keeps the passages' vectors between runs; used where it exists.
    """
    if not 0.0 < refuse < 1.0:
        raise VouchsafeError("--refuse needs a share between 0 and 1, such as 0.9")
    embedder = MiniLm()
    documents = documents_of(kb)
    known = vectors_from_bytes(vectors.read_bytes(), embedder.ref) if vectors and vectors.exists() else {}
    redactor = Redactor(SpacyMd())
    asked: list[OwnQuestion] = []

    def take(line: Line) -> Line:
        asked.append(own_question(redactor, line))
        return {"id": line["id"], "document": asked[-1].topic, "in_folder": asked[-1].topic in paths}

    paths = {document.path for document in documents}
    code = run_batch(take, source)
    own = calibrated(documents, embedder, asked, known, refuse=refuse, on=the_day(on, "UTC"))
    out.write_bytes(own.to_bytes())
    print(measured(own), file=sys.stderr)
    sys.exit(code)


def measured(own: OwnCalibration) -> str:
    """What a threshold refuses and lets pass, in a line."""
    return (
        f"{own.questions} questions about {own.topics} documents: threshold {own.calibration.threshold:.4f}; without "
        f"their document {own.refused:.0%} were refused ({own.wanted:.0%} wanted), with it {own.answered:.0%} passed"
    )


def own_question(redactor: Redactor, line: Line) -> OwnQuestion:
    """A question, redacted, and the path of the document that answers it. Raises: BadLine."""
    return OwnQuestion(_redacted(redactor, need_text(line, "query")), need_text(line, "document"))


def calibration_in(file: Path) -> Calibration:
    """The constants in a file. Raises: VouchsafeError where it is none."""
    try:
        return parse(file.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise VouchsafeError(f"{file} is no calibration; make one with vouchsafe search calibrate") from error


def documents_of(folder: Path) -> tuple[Document, ...]:
    """The documents of a folder; what had to be left out is named on standard error. Raises: VouchsafeError."""
    imported = read_folder(folder)
    for problem in imported.problems:
        print(f"left out: {problem.path}: {problem.says}", file=sys.stderr)
    return tuple(imported.documents)


def index_of(folder: Path, embedder: Embedder, kept: Path | None, calibration: Calibration | None = None) -> Index:
    """The index of a folder; what had to be left out is named on standard error. Raises: VouchsafeError."""
    documents = documents_of(folder)
    known = vectors_from_bytes(kept.read_bytes(), embedder.ref) if kept and kept.exists() else {}
    index = Index.build(documents, embedder, known, calibration=calibration)
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
    query = _redacted(redactor, need_text(line, "query"))
    scope = Scope(_groups(line), Assurance.ANONYMOUS, today)
    hits = index.search(scope, query, k=k)
    return {
        "id": line["id"],
        "hits": [shown(hit) for hit in hits.hits],
        "confidence": round(hits.confidence, 4),
        "abstain": hits.abstain,
    }


def _redacted(redactor: Redactor, query: str) -> SafeText:
    redaction = redactor.redact([query])
    if redaction.failed:
        raise BadLine("this query could not be redacted")
    return redaction.parts[0].text


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
