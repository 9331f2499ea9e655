"""Reads every document of a folder; a file that cannot be trusted is hidden and named, the rest is read."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.passage import Document
from vouchsafe.domain.words import FUNCTION_WORDS, words
from vouchsafe.plugins.knowledge.folder.formats import SUFFIXES, Extract, Unreadable, parse_yaml, read
from vouchsafe.plugins.knowledge.folder.metadata import BadMetadata, Metadata, check

_MAX_BYTES = 100 * 1024 * 1024
_SIDECAR = ".meta.yaml"


@dataclass(frozen=True, slots=True)
class Problem:
    """One file that is not used, and why, in a sentence for the person who keeps the folder."""

    path: str
    says: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What a folder gave: documents in order of their path, and the files that were left out."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


class FolderSource:
    """A folder as a `KnowledgeSource`. Files are read anew on each call, so that a change is seen at once."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def documents(self) -> Iterable[Document]:
        """Every document that can be trusted, by path; see `read_folder` for the files left out."""
        return read_folder(self._root).documents


def read_folder(root: Path) -> Imported:
    """Read all Markdown, HTML, text, PDF, DOCX and CSV files under `root`.

    Metadata comes from front matter (Markdown, text), `<meta name>` (HTML), columns (CSV), and from `NAME.meta.yaml`
    beside the file (`fees.pdf.meta.yaml` or `fees.meta.yaml`), which wins. A file without a readable audience is
    hidden. Links that lead out of `root` are not followed.
    Raises: VouchsafeError if `root` is not a folder.
    """
    if not root.is_dir():
        raise VouchsafeError(f"{root} is not a folder; give the folder that holds the knowledge base")
    documents: dict[tuple[str, str], Document] = {}
    problems: list[Problem] = []
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        try:
            for document in _read_file(root, path, name):
                documents.setdefault((document.path, document.version), document)
        except (Unreadable, BadMetadata) as problem:
            problems.append(Problem(name, str(problem)))
        except OSError as error:
            problems.append(Problem(name, f"cannot be opened ({type(error).__name__}); check its permissions"))
    return Imported(tuple(documents.values()), tuple(problems))


def _files(root: Path) -> list[Path]:
    found = []
    for folder, _, names in os.walk(root, followlinks=False):
        found += [Path(folder, name) for name in names if Path(name).suffix.lower() in SUFFIXES]
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())


def _read_file(root: Path, path: Path, name: str) -> list[Document]:
    if not path.resolve().is_relative_to(root.resolve()):
        raise Unreadable("a link that leads out of the folder; copy the file into it")
    if not path.is_file():
        raise Unreadable("not a plain file")
    if path.stat().st_size > _MAX_BYTES:
        raise Unreadable("larger than 100 MB; cut it into parts")
    beside = _sidecar(root, path)
    return [_document(name, extract, beside) for extract in read(path.suffix.lower(), path.read_bytes())]


def _sidecar(root: Path, path: Path) -> Mapping[str, object]:
    for beside in (path.with_name(path.name + _SIDECAR), path.with_name(path.stem + _SIDECAR)):
        if beside.is_file():
            if not beside.resolve().is_relative_to(root.resolve()):
                raise Unreadable(f"{beside.name} is a link that leads out of the folder")
            try:
                text = beside.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError as error:
                raise Unreadable(f"{beside.name} is not UTF-8 text") from error
            return parse_yaml(text, beside.name)
    return {}


def _document(name: str, extract: Extract, beside: Mapping[str, object]) -> Document:
    metadata = check({**extract.raw, **beside})
    title = metadata.title or extract.title or Path(name).stem.replace("-", " ").replace("_", " ").capitalize()
    language = metadata.language or _likely_language(extract.text)
    return Document(
        path=name,
        version=_version(name, extract.text, metadata, title),
        title=title,
        audience=metadata.audience,
        effective_from=metadata.effective_from,
        effective_to=metadata.effective_to,
        approved_for_auto=metadata.approved_for_auto,
        language=language,
        intent=metadata.intent,
        owner=metadata.owner,
        review_date=metadata.review_date,
        text=extract.text,
    )


def _version(name: str, text: str, metadata: Metadata, title: str) -> str:
    said = {
        "path": name,
        "text": text,
        "title": title,
        "audience": sorted(metadata.audience),
        "dates": [str(metadata.effective_from), str(metadata.effective_to), str(metadata.review_date)],
        "approved_for_auto": metadata.approved_for_auto,
        "language": metadata.language,
        "intent": metadata.intent,
        "owner": metadata.owner,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def _likely_language(text: str) -> str:
    """The language whose function words stand in the text most often; English where none does."""
    found = words(text[:4_000])
    counts = {code: sum(word in listed for word in found) for code, listed in FUNCTION_WORDS.items()}
    return max(counts, key=lambda code: counts[code])
