"""What a file is, and its words where all of it can be read as text.

Anything that was not read whole as text says so, and a person looks at it (R190): a picture, a scan, a locked or broken
file, one that is too long, a document with pictures in it. The declared type is never believed.

PDF and DOCX are read by `attachment_reader.py` in a process of its own, with limits on time and memory: their formats
can be made to loop or to grow a thousandfold, and a thread cannot be stopped.
"""

import io
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
import puremagic

from vouchsafe.domain.message import AttachmentData, Readable
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.channels.email.charsets import clean, decode
from vouchsafe.plugins.channels.email.html import read_html
from vouchsafe.plugins.channels.email.parse import MailRules, Unreadable, parse_mail

_READER = Path(__file__).with_name("attachment_reader.py")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_WORD_PART = "word/document.xml"
_PDF_WITHIN = 1024
"""Bytes from the start in which readers of PDF look for its mark."""
_TEXT_TYPES = {"text/html", "text/calendar", "text/csv", "text/vcard", "text/plain", "message/rfc822"}
_MARKUP = re.compile(r"^\s*(?:<!doctype html|<html|<head|<body|<!--)", re.IGNORECASE)
_OTHER_TEXT = re.compile(r"^\s*(?:\{\\rtf|%!PS|<\?xml|<svg)", re.IGNORECASE)
_FOLD = re.compile(r"\r?\n[ \t]")
_CALENDAR_WORDS = re.compile(
    r"^(?:SUMMARY|DESCRIPTION|LOCATION|COMMENT|DTSTART|DTEND|ORGANIZER|ATTENDEE|CONTACT|STATUS|X-ALT-DESC)",
    re.IGNORECASE,
)
_ODD_CHARACTERS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AttachmentLimits:
    """Beyond these a file counts as too long; `memory_mb`, `cpu_s` and `wall_s` bind the reading process."""

    max_bytes: int = 15 * 1024 * 1024
    max_characters: int = 200_000
    max_unpacked: int = 60 * 1024 * 1024
    max_entries: int = 2_000
    max_pages: int = 200
    memory_mb: int = 1024
    cpu_s: int = 10
    wall_s: float = 30.0


Read = tuple[str, Readable, PhiText | None]


def read_attachment(data: AttachmentData, limits: AttachmentLimits | None = None) -> Read:
    """The type that the bytes themselves show, whether all was read as text, and that text.

    The text is given only with `Readable.READ`. Never raises for what a file holds.
    """
    limits = limits or AttachmentLimits()
    kind = sniff(data)
    if len(data.content) > limits.max_bytes:
        return kind, Readable.TOO_LONG, None
    if not data.content:
        return kind, Readable.BROKEN, None
    if kind.startswith("image/"):
        return kind, Readable.PICTURE, None
    if kind == "application/pdf":
        readable, text = _in_own_process("pdf", data.content, limits)
    elif zipfile.is_zipfile(io.BytesIO(data.content)):
        readable, text = _read_zip(kind, data.content, limits)
    elif data.content.startswith(_OLE) and _ENCRYPTED_PACKAGE in data.content:
        readable, text = Readable.ENCRYPTED, None
    elif kind in _TEXT_TYPES:
        readable, text = _read_text(kind, data.content, limits)
    else:
        readable, text = (Readable.BROKEN if kind == "application/zip" else Readable.NOT_TEXT), None
    if text is not None and len(text) > limits.max_characters:
        return kind, Readable.TOO_LONG, None
    return kind, readable, PhiText(text) if text is not None else None


def sniff(data: AttachmentData) -> str:
    """The media type by the bytes; what was declared only chooses among kinds of text."""
    content = data.content
    # The mark of a PDF may stand a little below the start, and PDF programs open such files.
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return _zip_kind(content)
    declared = data.declared_type.lower()
    text = _as_text(content)
    if text is not None and not _OTHER_TEXT.match(text):
        if text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
            return "text/calendar"
        if _MARKUP.match(text):
            return "text/html"
        return declared if declared in _TEXT_TYPES else "text/plain"
    return _by_magic(content)


def _by_magic(content: bytes) -> str:
    if not content:
        return "application/octet-stream"
    try:
        matches = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return "application/octet-stream"
    return next((m.mime_type for m in matches if m.mime_type), "application/octet-stream")


def _zip_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if _WORD_PART in archive.namelist():
                return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        pass
    return "application/zip"


def _as_text(content: bytes) -> str | None:
    """The content as text where it is text: at most one odd character in a thousand."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, _ = decode(content, "utf-16")
    elif b"\x00" in content[:4096]:
        return None
    else:
        text, _ = decode(content, "utf-8")
    return text if len(_ODD_CHARACTERS.findall(text[:100_000])) <= len(text[:100_000]) // 1000 else None


def _read_text(kind: str, content: bytes, limits: AttachmentLimits) -> tuple[Readable, str | None]:
    if kind == "message/rfc822":
        return _read_mail(content, limits)
    text, _ = clean((_as_text(content) or "").removeprefix("\ufeff"))
    if len(text) > limits.max_characters:
        return Readable.TOO_LONG, None
    if kind == "text/html":
        page = read_html(text)
        # What a page hides from its reader is still handed on: an attachment has no second field for it.
        return Readable.READ, f"{page.visible}\n{page.hidden}".strip()
    if kind == "text/calendar":
        return Readable.READ, _calendar_words(text)
    return Readable.READ, text


def _calendar_words(text: str) -> str:
    """The lines of an invitation that say something, escapes undone (RFC 5545, sections 3.1 and 3.3.11)."""
    lines = (line for line in _FOLD.sub("", text).split("\n") if _CALENDAR_WORDS.match(line))
    plain = "\n".join(lines)
    for escaped, meant in (("\\n", "\n"), ("\\N", "\n"), ("\\,", ","), ("\\;", ";"), ("\\\\", "\\")):
        plain = plain.replace(escaped, meant)
    return plain


def _read_mail(content: bytes, limits: AttachmentLimits) -> tuple[Readable, str | None]:
    """A forwarded mail: read where it has no files of its own."""
    try:
        mail = parse_mail(
            content, recipient="", received_at=_EPOCH, envelope_from="attached", rules=MailRules(max_depth=5)
        )
    except Unreadable as refused:
        return (Readable.BROKEN if refused.problem == "empty" else Readable.TOO_LONG), None
    if mail.attachments:
        return Readable.NOT_TEXT, None
    parts = (
        mail.sender.display_name,
        mail.sender.address,
        mail.subject,
        mail.new_text,
        mail.quoted_text,
        mail.hidden_text,
    )
    text = "\n".join(part.value for part in parts if part.value)
    return (Readable.READ, text) if len(text) <= limits.max_characters else (Readable.TOO_LONG, None)


def _read_zip(kind: str, content: bytes, limits: AttachmentLimits) -> tuple[Readable, str | None]:
    """A packed file: only a document is opened, and only after its unpacked size was added up.

    zipfile never unpacks more of an entry than the entry's own header promises, so the sum of the promises holds.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return Readable.BROKEN, None
    if len(entries) > limits.max_entries or sum(e.file_size for e in entries) > limits.max_unpacked:
        return Readable.TOO_LONG, None
    if any(e.flag_bits & 0x1 for e in entries):
        return Readable.ENCRYPTED, None
    if kind == "application/zip":
        return Readable.NOT_TEXT, None
    return _in_own_process("docx", content, limits)


def _in_own_process(form: str, content: bytes, limits: AttachmentLimits) -> tuple[Readable, str | None]:
    """Read by a process that may fail, loop or be killed without harm; the words travel by pipe only."""
    bounds = (limits.memory_mb, limits.cpu_s, limits.max_pages, limits.max_characters)
    command = [sys.executable, "-I", str(_READER), form, *(str(bound) for bound in bounds)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=limits.wall_s, check=False, env={})  # noqa: S603 - our own file, numbers as arguments
    except subprocess.TimeoutExpired:
        return Readable.TOO_LONG, None
    except OSError:
        return Readable.BROKEN, None
    if done.returncode != 0:
        # Killed by a limit (a negative code) means that it asked for too much; any other end means a broken file.
        return (Readable.TOO_LONG if done.returncode < 0 else Readable.BROKEN), None
    try:
        answer = orjson.loads(done.stdout)
        readable, text = Readable(answer["readable"]), answer["text"]
    except (orjson.JSONDecodeError, KeyError, ValueError, TypeError):
        return Readable.BROKEN, None
    if readable is not Readable.READ or not isinstance(text, str):
        return readable, None
    return readable, clean(text)[0]
