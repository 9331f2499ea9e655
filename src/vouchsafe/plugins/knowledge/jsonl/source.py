"""Reads documents from JSON Lines: `path`, `text` and the metadata that a file's front matter would hold.

    {"path": "fees/copies.md", "text": "A copy costs $4.", "audience": ["public"], "owner": "records"}

`format` is markdown (where it is absent), html or text. A line that cannot be used is named by its number. Slots of
approved answers are filled from `facts.yaml` beside the file.
"""

import re
from pathlib import Path

import orjson

from vouchsafe.domain.answers import BadAnswer
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.facts import Facts
from vouchsafe.domain.passage import Document
from vouchsafe.plugins.knowledge.folder.facts import FACTS_FILE, read_facts
from vouchsafe.plugins.knowledge.folder.formats import Extract, Unreadable, read
from vouchsafe.plugins.knowledge.folder.metadata import BadMetadata
from vouchsafe.plugins.knowledge.folder.source import document_of
from vouchsafe.plugins.knowledge.imported import Imported, Problem

_SUFFIXES = {"markdown": ".md", "html": ".html", "text": ".txt"}
_PATH = re.compile(r"(?!/)[^\x00-\x1f\x7f@#\\]{1,200}")
_LONGEST_LINE = 20 * 1024 * 1024


def read_jsonl(file: Path) -> Imported:
    """Every document of the file, in order of path. Raises: VouchsafeError where the file cannot be opened."""
    documents: dict[str, Document] = {}
    facts = read_facts(file.parent)
    problems = [Problem(FACTS_FILE, f"{name}: {says}" if name else says) for name, says in facts.refused.items()]
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    try:
                        _keep(_document(line, facts), documents)
                    except (Unreadable, BadMetadata, BadAnswer) as problem:
                        problems.append(Problem(f"line {number}", str(problem)))
    except OSError as error:
        raise VouchsafeError(f"{file} cannot be read ({error.strerror}); name a file of JSON Lines") from None
    return Imported(tuple(documents[path] for path in sorted(documents)), tuple(problems))


def _keep(document: Document, documents: dict[str, Document]) -> None:
    if document.path in documents:
        raise Unreadable("the same path stands on an earlier line")
    documents[document.path] = document


def _document(line: bytes, facts: Facts) -> Document:
    if len(line) > _LONGEST_LINE:
        raise Unreadable("larger than 20 MB; cut the document into parts")
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Unreadable("not JSON") from None
    if not isinstance(row, dict):
        raise Unreadable("not a JSON object")
    path, text, form = row.pop("path", None), row.pop("text", None), row.pop("format", "markdown")
    if not isinstance(path, str) or not _PATH.fullmatch(path) or ".." in path.split("/"):
        raise Unreadable("needs `path`: a name such as fees/copies.md, without @ and #")
    if not isinstance(text, str) or not isinstance(form, str) or form not in _SUFFIXES:
        raise Unreadable("needs `text`, and `format` markdown, html or text where it is given")
    (extract,) = read(_SUFFIXES[form], text.encode("utf-8", "surrogatepass"))
    # What stands in the line counts; front matter inside the text is part of another system's page.
    return document_of(path, Extract(extract.text, {}, extract.title), row, None if form == "html" else facts)
