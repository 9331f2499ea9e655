"""Reads every document of a folder; a file that cannot be trusted is hidden and named, the rest is read."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from vouchsafe.domain.answers import ApprovedAnswer, BadAnswer, approved
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.facts import Facts
from vouchsafe.domain.passage import Document
from vouchsafe.domain.words import FUNCTION_WORDS, words
from vouchsafe.plugins.knowledge.folder.facts import FACTS_FILE, read_facts
from vouchsafe.plugins.knowledge.folder.formats import SUFFIXES, Extract, Unreadable, parse_yaml, read
from vouchsafe.plugins.knowledge.folder.metadata import APPROVED_ANSWER, PAGE, BadMetadata, Metadata, check
from vouchsafe.plugins.knowledge.imported import Imported, Problem, WatchFiles

_MAX_BYTES = 100 * 1024 * 1024
_SIDECAR = ".meta.yaml"
_WRITTEN = frozenset({".md", ".markdown", ".txt"})
"""Files that may be approved answers: what is in them is what somebody wrote, and nothing else."""


_NOT_READ = {
    ".docm": "a Word file that holds macros; save it as .docx",
    ".dotm": "a Word template that holds macros; save it as .docx",
    ".doc": "an old Word file; save it as .docx",
    ".dot": "an old Word file; save it as .docx",
    ".rtf": "not a format that is read; save it as .docx or PDF",
    ".odt": "not a format that is read; save it as .docx or PDF",
    ".pages": "not a format that is read; export it as .docx or PDF",
    ".xls": "a spreadsheet; save the questions and answers as CSV",
    ".xlsx": "a spreadsheet; save the questions and answers as CSV",
    ".xlsm": "a spreadsheet that holds macros; save the questions and answers as CSV",
    ".ppt": "slides; save them as PDF",
    ".pptx": "slides; save them as PDF",
    ".pptm": "slides that hold macros; save them as PDF",
    ".epub": "not a format that is read; save it as PDF or HTML",
}
"""Files that somebody surely meant to be read. Pictures, scripts and the like are passed over without a word."""


class FolderSource:
    """A folder as a `KnowledgeSource`. Files are read anew on each call, so that a change is seen at once."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def documents(self) -> Iterable[Document]:
        """Every document that can be trusted, by path; see `read_folder` for the files left out."""
        return read_folder(self._root).documents


def read_folder(root: Path, watch: WatchFiles | None = None) -> Imported:
    """Read all Markdown, HTML, text, PDF, DOCX and CSV files under `root`.

    Metadata comes from front matter (Markdown, text), `<meta name>` (HTML), columns (CSV), and from `NAME.meta.yaml`
    beside the file (`fees.pdf.meta.yaml` or `fees.meta.yaml`), which wins. A file without a readable audience is
    hidden. Links that lead out of `root` are not followed. `watch` is shown how far the reading is. Slots of approved
    answers are filled from `facts.yaml` in `root`.
    Raises: VouchsafeError if `root` is not a folder.
    """
    if not root.is_dir():
        raise VouchsafeError(f"{root} is not a folder; give the folder that holds the knowledge base")
    documents: dict[tuple[str, str], Document] = {}
    problems: list[Problem] = []
    facts = read_facts(root)
    problems += [Problem(FACTS_FILE, f"{name}: {says}" if name else says) for name, says in facts.refused.items()]
    files = _files(root)
    for path in watch(files) if watch else files:
        name = path.relative_to(root).as_posix()
        try:
            for document in _read_file(root, path, name, facts):
                documents.setdefault((document.path, document.version), document)
        except (Unreadable, BadMetadata, BadAnswer) as problem:
            problems.append(Problem(name, str(problem)))
        except FileNotFoundError:
            problems.append(Problem(name, "went away while the folder was read"))
        except OSError as error:
            says = f"cannot be opened ({type(error).__name__}); check its permissions"
            problems.append(Problem(name, says, passing=True))
    return Imported(tuple(documents.values()), tuple(problems))


def _files(root: Path) -> list[Path]:
    found = []
    for folder, _, names in os.walk(root, followlinks=False):
        # Office programs leave a lock file (~$fees.docx) beside a file that is open.
        seen = (Path(folder, name) for name in names if not name.startswith(("~$", "._")))
        found += [path for path in seen if path.suffix.lower() in SUFFIXES or path.suffix.lower() in _NOT_READ]
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())


def _read_file(root: Path, path: Path, name: str, facts: Facts) -> list[Document]:
    suffix = path.suffix.lower()
    if suffix in _NOT_READ:
        raise Unreadable(_NOT_READ[suffix])
    if not path.resolve().is_relative_to(root.resolve()):
        raise Unreadable("a link that leads out of the folder; copy the file into it")
    size = path.stat().st_size
    if not path.is_file():
        raise Unreadable("not a plain file")
    if size > _MAX_BYTES:
        raise Unreadable("larger than 100 MB; cut it into parts")
    beside = _sidecar(root, path)
    filling = facts if suffix in _WRITTEN else None
    return [document_of(name, extract, beside, filling) for extract in read(suffix, path.read_bytes())]


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


def document_of(name: str, extract: Extract, beside: Mapping[str, object], facts: Facts | None = None) -> Document:
    """The document of what was read of a file; `beside` wins over what the file says itself.

    `facts` fill the slots of an approved answer; without them there is none in this place, and nobody's website or
    table becomes one by a word in it. Raises: BadMetadata, BadAnswer.
    """
    metadata = check({**extract.raw, **beside})
    title = metadata.title or extract.title or Path(name).stem.replace("-", " ").replace("_", " ").capitalize()
    language = metadata.language or _likely_language(extract.text)
    text, answer = _answer(extract.text, metadata, language, facts)
    return Document(
        path=name,
        version=_version(name, text, metadata, title, answer),
        title=title,
        audience=metadata.audience,
        effective_from=metadata.effective_from,
        effective_to=metadata.effective_to,
        approved_for_auto=metadata.approved_for_auto,
        language=language,
        intent=metadata.intent,
        owner=metadata.owner,
        review_date=metadata.review_date,
        text=text,
        answer=answer,
    )


def _answer(text: str, metadata: Metadata, language: str, facts: Facts | None) -> tuple[str, ApprovedAnswer | None]:
    """The words as they are sent, and what makes them an approved answer."""
    if facts is None:
        if metadata.kind == APPROVED_ANSWER:
            raise BadMetadata("an approved answer is a Markdown or text file, or a line of JSON Lines")
        return text, None
    if metadata.kind == PAGE:
        return text, None
    if metadata.kind != APPROVED_ANSWER:
        raise BadMetadata(f"unknown kind; leave it out for a page, or write `kind: {APPROVED_ANSWER}`")
    return approved(
        text,
        title=metadata.title,
        approved_by=metadata.approved_by,
        questions=metadata.questions,
        intent=metadata.intent,
        facts=facts,
        language=language,
    )


def _version(name: str, text: str, metadata: Metadata, title: str, answer: ApprovedAnswer | None) -> str:
    said: dict[str, object] = {
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
    if answer:
        slots = [[one.name, one.type, one.span.start, one.span.end] for one in answer.slots]
        said |= {"approved_by": answer.approved_by, "questions": answer.questions, "slots": slots}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def _likely_language(text: str) -> str:
    """The language whose function words stand in the text most often; English where none does."""
    found = words(text[:4_000])
    counts = {code: sum(word in listed for word in found) for code, listed in FUNCTION_WORDS.items()}
    return max(counts, key=lambda code: counts[code])
