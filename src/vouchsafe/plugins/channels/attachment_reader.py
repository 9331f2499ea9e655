"""Reads one PDF or DOCX from standard input and prints `{"readable": ..., "text": ...}`; run as a process of its own.

Usage: attachment_reader.py FORM MEMORY_MB CPU_S MAX_PAGES MAX_CHARACTERS. It imports nothing of vouchsafe, so that it
starts fast and can be run with an isolated interpreter. The values of `readable`
are those of `domain.message.Readable`.
"""

import io
import json
import logging
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any

_TEXT, _BREAKS, _TABS = "}t", ("}p", "}br", "}cr"), ("}tab", "}tc")


class NotWhole(Exception):
    """The file was not read whole as text; `readable` says why."""

    def __init__(self, readable: str) -> None:
        self.readable = readable
        super().__init__(readable)


def read_pdf(content: bytes, max_pages: int, max_characters: int) -> str:
    """The text. Raises: NotWhole for a page without words or with a picture, for files inside, for too many pages."""
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise NotWhole("encrypted")
    if len(reader.pages) > max_pages:
        raise NotWhole("too_long")
    words: list[str] = []
    for page in reader.pages:
        if _has_picture(page):
            raise NotWhole("picture")
        text = page.extract_text()
        if not text.strip() and page.get_contents() is not None:
            raise NotWhole("not_text")
        words.append(text)
        if sum(map(len, words)) > max_characters:
            raise NotWhole("too_long")
    words += [str(value) for value in (reader.get_form_text_fields() or {}).values() if value]
    words += [str(value) for value in (reader.metadata or {}).values() if value]
    joined = "\n".join(words)
    # Fonts without a map to letters give replacement characters: that is a picture of words, not words.
    if reader.attachments or joined.count("\ufffd") * 50 > len(joined):
        raise NotWhole("not_text")
    return joined


def read_docx(content: bytes, max_characters: int) -> str:
    """The text of every part: body, headers, footers, notes, comments, text boxes.

    Raises: NotWhole for pictures, files inside, macros, or too much text.
    """
    import docx

    words: list[str] = []
    for part in docx.Document(io.BytesIO(content)).part.package.iter_parts():
        if part.partname.startswith("/word/") and (
            part.content_type.startswith("image/") or "/media/" in part.partname
        ):
            raise NotWhole("picture")
        if "/embeddings/" in part.partname or "macroEnabled" in part.content_type:
            raise NotWhole("not_text")
        if part.partname.startswith("/word/") and part.partname.endswith(".xml"):
            words.append("".join(_words(part.blob)))
        if sum(map(len, words)) > max_characters:
            raise NotWhole("too_long")
    return "\n".join(w for w in words if w.strip())


def _has_picture(page: Any) -> bool:  # a pypdf page: its dictionaries have no types
    """Whether the page draws a picture, also inside a form."""
    seen = 0
    resources = [page.get("/Resources")]
    while resources and seen < 200:
        seen += 1
        one = resources.pop()
        one = one.get_object() if one is not None else None
        drawn = one.get("/XObject") if one else None
        for value in (drawn.get_object() if drawn is not None else {}).values():
            item = value.get_object()
            if item.get("/Subtype") == "/Image":
                return True
            resources.append(item.get("/Resources"))
    return bool(resources) or any(operator == b"INLINE IMAGE" for _, operator in _operations(page))


def _operations(page: Any) -> Any:  # pairs of operands and operator, as pypdf gives them
    contents = page.get_contents()
    return contents.operations if contents is not None else []


def _words(blob: bytes) -> Iterator[str]:
    """The words of one XML part, a line a paragraph. python-docx never resolves entities."""
    from docx.oxml import parse_xml

    for element in parse_xml(blob).iter():
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag.endswith(_TEXT):
            yield element.text or ""
        elif tag.endswith(_BREAKS):
            yield "\n"
        elif tag.endswith(_TABS):
            yield "\t"


def main(arguments: list[str]) -> int:
    """Set the limits, read, answer."""
    form, memory_mb, cpu_s, max_pages, max_characters = arguments[0], *(int(a) for a in arguments[1:])
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Libraries quote the file in warnings; nothing of it may reach a terminal or a log.
    logging.disable()
    warnings.simplefilter("ignore")
    content = sys.stdin.buffer.read()
    try:
        text = read_pdf(content, max_pages, max_characters) if form == "pdf" else read_docx(content, max_characters)
        readable = "read"
    except NotWhole as found:
        readable, text = found.readable, ""
    except MemoryError:
        readable, text = "too_long", ""
    except Exception:  # noqa: BLE001 - the libraries raise anything on hostile files; each of it means the same
        readable, text = "broken", ""
    sys.stdout.write(json.dumps({"readable": readable, "text": text}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
