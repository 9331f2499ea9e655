"""File formats as plain text with `#` headings and `-` list items, one paragraph a line."""

import csv
import io
import logging
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.plugins.knowledge.folder.metadata import Raw

_MAX_PAGES = 2_000
_MAX_PDF_S = 300.0
"""A PDF can be made so that drawing one page takes hours; 500 ordinary pages take some seconds."""
_MANY_EMPTY = 3
"""A cover and a back are often pictures."""
_MAX_UNPACKED = 200 * 1024 * 1024
"""A DOCX is a zip file; one that unpacks to more than this many bytes is refused before it is opened."""
_SPACE = re.compile(r"\s+")
_ITEM = re.compile(r"^\s*(?:[-*•‣–]|\d{1,3}[.)])\s+")
_UNDERLINE = re.compile(r"^(=+|-+)\s*$")
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Unreadable(VouchsafeError):
    """A file cannot be read as text; the sentence says why and what to do."""


class _Once(yaml.SafeLoader):
    """YAML in which a key stands once: of two prices it would keep the last, and nobody could say which was meant."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - signature of yaml
        """The mapping. Raises: Unreadable naming the key that stands twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise Unreadable(f"{key.value[:40]} stands twice in it, in line {key.start_mark.line + 1}")
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class _PlainDates(_Once):
    """YAML without its own dates, so that a day that does not exist is told as such, by name."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - how PyYAML is configured
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _AsWritten(_Once):
    """YAML whose values are the words that stand there: YAML 1.1 reads 7:30 as 450, 0300 as 192 and no as false."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - how PyYAML is configured


@dataclass(frozen=True, slots=True)
class Extract:
    """One document's words, and the metadata that stood in the file itself."""

    text: str
    raw: Raw = field(default_factory=dict)
    title: str = ""
    """What the file shows as its title, where the metadata has none."""


@dataclass(slots=True)
class _Blocks:
    """Collects headings, items, paragraphs and table rows and writes them in our plain form."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)

    def add(self, kind: str, text: str) -> None:
        """One block: `#`s for a heading, `-` for an item, `|` for a cell of the open row, empty for a paragraph."""
        words = _SPACE.sub(" ", _CONTROL.sub("", text)).strip()
        if kind == "|":
            self.cells.append(words)
        elif words:
            self.lines.append((kind, words))

    def table(self) -> None:
        """A table begins; its first row names the columns."""
        self.header, self.cells = [], []

    def end_row(self) -> None:
        """Write the row as a list item that can be read, and quoted, alone: "Copy on paper: Price $4; Time 2 days"."""
        cells, self.cells = self.cells, []
        if not self.header:
            self.header = cells
            return
        rest = [cell for cell in cells[1:] if cell]
        if len(self.header) == len(cells) > 2:
            pairs = zip(self.header[1:], cells[1:], strict=True)
            rest = [f"{name} {cell}".strip() for name, cell in pairs if cell]
        self.add("-", ": ".join(part for part in (cells[0] if cells else "", "; ".join(rest)) if part))

    @property
    def text(self) -> str:
        """Everything collected, in our plain form."""
        out, before = "", ""
        for kind, words in self.lines:
            gap = "\n" if kind == before == "-" else "\n\n"
            out += (gap if out else "") + (f"{kind} {words}" if kind else words)
            before = kind
        return out

    @property
    def title(self) -> str:
        """The first heading, or nothing."""
        return next((words for kind, words in self.lines if kind.startswith("#")), "")


def read(suffix: str, content: bytes) -> list[Extract]:
    """The documents in one file; only a CSV file with metadata of its own per row holds several.

    Raises: Unreadable, with a sentence for the person who keeps the folder.
    """
    extracts = _READERS[suffix](content)
    if not any(extract.text.strip() for extract in extracts):
        raise Unreadable("no text in it (a scan?); add a text version")
    return extracts


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\x00" in content:
            raise Unreadable("not text: it holds NUL bytes") from None
        # Windows programs still write this by default; it has a meaning for nearly every byte.
        return content.decode("cp1252", errors="replace")


def _split_front_matter(text: str) -> tuple[Raw, str]:
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    return parse_yaml(match.group(1), "front matter"), text[match.end() :]


def parse_yaml(text: str, what: str, *, as_written: bool = False) -> Raw:
    """A YAML mapping of metadata, with every value as text where `as_written`.

    Raises: Unreadable where it is something else, or a key stands twice in it.
    """
    try:
        loaded = yaml.load(text, _AsWritten if as_written else _PlainDates)  # noqa: S506 - SafeLoaders
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"the {what} is not valid YAML") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise Unreadable(f"the {what} must be `key: value` lines")
    return {str(key): value for key, value in loaded.items()}


def _markdown(content: bytes) -> list[Extract]:
    from markdown_it import MarkdownIt

    raw, body = _split_front_matter(_decoded(content))
    blocks, kind = _Blocks(), ""
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        if token.type == "heading_open":
            kind = "#" * int(token.tag[1])
        elif token.type == "list_item_open":
            kind = "-"
        elif token.type == "table_open":
            blocks.table()
        elif token.type in ("th_open", "td_open"):
            kind = "|"
        elif token.type == "tr_close":
            blocks.end_row()
        elif token.type == "inline":
            words = "".join(_inline(child.type, child.content) for child in token.children or ())
            blocks.add(kind, words)
            # The second paragraph of a list item is running text.
            kind = ""
        elif token.type == "html_block":
            _walk_html(token.content, blocks)
        elif token.type in ("fence", "code_block"):
            blocks.add("", token.content)
    return [Extract(blocks.text, raw, blocks.title)]


def _inline(kind: str, content: str) -> str:
    if kind in ("softbreak", "hardbreak"):
        return " "
    return "" if kind == "html_inline" else content


def _html(content: bytes) -> list[Extract]:
    from selectolax.lexbor import LexborHTMLParser

    text = _decoded(content)
    tree = LexborHTMLParser(text)
    raw: dict[str, object] = {}
    for meta in tree.css("meta[name]"):
        raw.setdefault((meta.attributes.get("name") or "").strip(), meta.attributes.get("content") or "")
    root = tree.css_first("html")
    if root is not None and "language" not in raw:
        raw["language"] = root.attributes.get("lang") or ""
    title = tree.css_first("title")
    blocks = _Blocks()
    _walk_html(text, blocks)
    return [Extract(blocks.text, raw, blocks.title or (title.text(strip=True) if title is not None else ""))]


_UNSEEN = frozenset(
    {"script", "style", "noscript", "template", "head", "nav", "form", "button", "select", "svg", "iframe", "object"}
)
_FLOW = frozenset(
    {"p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote", "pre", "dd", "address", "br"}
    | {"ul", "ol", "dl", "table", "tbody", "thead", "figure", "figcaption", "details", "body", "hr"}
)


def _walk_html(text: str, blocks: _Blocks) -> None:
    """Add what a reader of the page would see, without its navigation."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(text).body
    if body is None:
        return
    writer = _HtmlWriter(blocks)
    # A stack of our own: pages nest deeper than Python's.
    steps: list[tuple[object, bool]] = [(body, False)]
    while steps:
        node, closing = steps.pop()
        tag = str(getattr(node, "tag", ""))
        if closing:
            writer.close(tag)
            continue
        if tag in ("-text", "#text"):
            writer.words.append(str(getattr(node, "text_content", "") or ""))
            continue
        if tag in _UNSEEN or tag.startswith(("-", "!")) or _is_hidden(getattr(node, "attributes", {})):
            continue
        writer.open(tag)
        steps.append((node, True))
        children: list[object] = []
        child = getattr(node, "child", None)
        while child is not None:
            children.append(child)
            child = child.next
        steps.extend((one, False) for one in reversed(children))
    writer.flush()


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return "hidden" in attributes or "display:none" in style or "visibility:hidden" in style


@dataclass(slots=True)
class _HtmlWriter:
    """Turns opening and closing tags into blocks."""

    blocks: _Blocks
    words: list[str] = field(default_factory=list)
    kind: str = ""

    def flush(self) -> None:
        self.blocks.add(self.kind, "".join(self.words))
        if "".join(self.words).strip():
            self.kind = ""
        self.words.clear()

    def open(self, tag: str) -> None:
        if not self._is_block(tag):
            return
        self.flush()
        if re.fullmatch(r"h[1-6]", tag):
            self.kind = "#" * int(tag[1])
        elif tag == "dt":
            self.kind = "######"
        elif tag == "li":
            self.kind = "-"
        elif tag in ("td", "th"):
            self.kind = "|"
        elif tag == "table":
            self.blocks.table()

    def close(self, tag: str) -> None:
        if not self._is_block(tag):
            return
        self.flush()
        if tag not in _FLOW:
            self.kind = ""
        if tag == "tr":
            self.blocks.end_row()

    def _is_block(self, tag: str) -> bool:
        return tag in _FLOW or tag in ("li", "dt", "td", "th", "tr") or re.fullmatch(r"h[1-6]", tag) is not None


def _plain(content: bytes) -> list[Extract]:
    raw, body = _split_front_matter(_decoded(content))
    blocks = _Blocks()
    for paragraph in re.split(r"\n\s*\n", body.replace("\r\n", "\n").replace("\r", "\n")):
        _plain_paragraph(paragraph.split("\n"), blocks)
    return [Extract(blocks.text, raw, blocks.title)]


def _plain_paragraph(lines: list[str], blocks: _Blocks) -> None:
    if len(lines) > 1 and lines[0].strip() and _UNDERLINE.match(lines[1]):
        blocks.add("#" if lines[1].startswith("=") else "##", lines[0])
        lines = lines[2:]
    kind, held = "", ""
    for line in lines:
        heading = re.match(r"(#{1,6})\s+(.*)", line)
        item = _ITEM.match(line)
        if heading or item:
            blocks.add(kind, held)
            kind, held = "", ""
        if heading:
            blocks.add(heading.group(1), heading.group(2))
        elif item:
            kind, held = "-", line[item.end() :]
        else:
            held = f"{held} {line}"
    blocks.add(kind, held)


def _pdf(content: bytes) -> list[Extract]:
    from pypdf.errors import PyPdfError

    try:
        pages, title = _pdf_pages(content)
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError) as error:
        # pypdf raises whatever a broken file leads it into; to the keeper of the folder all of it means the same.
        raise Unreadable("a broken PDF; save it again") from error
    blocks = _Blocks()
    for page in pages:
        for paragraph in re.split(r"\n\s*\n", page):
            _plain_paragraph(paragraph.split("\n"), blocks)
    return [Extract(blocks.text, {}, title)]


def _pdf_pages(content: bytes) -> tuple[list[str], str]:
    from pypdf import PdfReader

    # It reports each flaw of a file to the log, at length; the keeper of the folder gets one line from us.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise Unreadable("encrypted; save it without a password")
    if len(reader.pages) > _MAX_PAGES:
        raise Unreadable(f"more than {_MAX_PAGES} pages; cut it into parts")
    title = reader.metadata.title if reader.metadata else None
    started = time.monotonic()
    pages: list[str] = []
    for page in reader.pages:
        pages.append(page.extract_text())
        if time.monotonic() - started > _MAX_PDF_S:
            raise Unreadable(f"reading it takes longer than {_MAX_PDF_S:.0f} s; cut it into parts")
    empty = sum(not page.strip() for page in pages)
    if empty >= _MANY_EMPTY and 2 * empty > len(pages) > empty:
        # A reply from the half that has a text layer would leave out what the other half says.
        raise Unreadable(f"{empty} of {len(pages)} pages have no text in them (a scan?); add a text version")
    return pages, title or ""


def _docx(content: bytes) -> list[Extract]:
    from docx.opc.exceptions import OpcError

    try:
        return [_docx_document(content)]
    except (OpcError, zipfile.BadZipFile, ValueError, KeyError, AttributeError, SyntaxError, OSError) as error:
        # XML errors of lxml are SyntaxErrors.
        raise Unreadable("a broken DOCX; save it again") from error


def _docx_document(content: bytes) -> Extract:
    from docx import Document

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(entry.filename.lower().endswith("vbaproject.bin") for entry in archive.infolist()):
            raise Unreadable("holds macros; save it as a .docx without them")
        if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
            raise Unreadable("unpacks to more than 200 MB; cut it into parts")
    document = Document(io.BytesIO(content))
    blocks = _Blocks()
    for block in document.iter_inner_content():
        _docx_block(block, blocks)
    return Extract(blocks.text, {}, str(document.core_properties.title or "") or blocks.title)


def _docx_block(block: object, blocks: _Blocks) -> None:
    rows = getattr(block, "rows", None)
    if rows is not None:
        blocks.table()
        for row in rows:
            for cell in row.cells:
                blocks.add("|", cell.text)
            blocks.end_row()
        return
    style = str(getattr(getattr(block, "style", None), "name", "") or "")
    level = re.fullmatch(r"Heading (\d)", style)
    kind = "#" * min(int(level.group(1)), 6) if level else "#" if style == "Title" else ""
    blocks.add(kind or ("-" if style.startswith("List") else ""), str(getattr(block, "text", "")))


_QUESTION = ("question", "pregunta", "q", "title")
_ANSWER = ("answer", "respuesta", "a", "text")


def _csv(content: bytes) -> list[Extract]:
    """Rows with the same metadata make one document, each row a heading (the question) and its answer."""
    text = _decoded(content)
    try:
        rows = list(_rows(text))
    except csv.Error as error:
        raise Unreadable("not a CSV file we can read; save it as comma-separated UTF-8") from error
    groups: dict[tuple[tuple[str, str], ...], _Blocks] = {}
    for question, answer, metadata in rows:
        blocks = groups.setdefault(metadata, _Blocks())
        blocks.add("##", question)
        blocks.add("", answer)
    return [Extract(blocks.text, dict(metadata)) for metadata, blocks in groups.items()]


def _rows(text: str) -> Iterator[tuple[str, str, tuple[tuple[str, str], ...]]]:
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    question = next((names[n] for n in _QUESTION if n in names), None)
    answer = next((names[n] for n in _ANSWER if n in names), None)
    if question is None or answer is None or question == answer:
        raise Unreadable("needs columns named `question` and `answer`")
    for row in reader:
        if None in row or any(value is None for value in row.values()):
            raise Unreadable(f"line {reader.line_num} has more or fewer fields than the heading")
        rest = {name: row[name].strip() for name in names.values() if name not in (question, answer)}
        if row[question].strip() and row[answer].strip():
            metadata = tuple(sorted((name, value) for name, value in rest.items() if value))
            yield row[question], row[answer], metadata


_READERS: dict[str, Callable[[bytes], list[Extract]]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".txt": _plain,
    ".pdf": _pdf,
    ".docx": _docx,
    ".csv": _csv,
}
SUFFIXES = frozenset(_READERS)
"""The file name endings that hold documents, in small letters."""
