"""Reads a posted form into memory, within limits, before anything looks at it.

Files never touch the disk unsealed: the usual parser writes large ones to a temporary folder, this one does not.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.message import AttachmentData
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.channels.web_form.receive import file_name

MOST_BYTES = 25 * 1024 * 1024
MOST_FILES = 5
MOST_FIELDS = 20
LONGEST_FIELD = 256 * 1024


class BadPost(VouchsafeError):
    """The post cannot be read. `status` is the HTTP answer."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


@dataclass(frozen=True, slots=True, repr=False)
class Posted:
    """Fields by name, the first value of each, and files that hold something."""

    fields: dict[str, str]
    files: tuple[AttachmentData, ...]

    def get(self, name: str) -> str:
        """A field without outer blanks; "" where it was not sent."""
        return self.fields.get(name, "").strip()


class _InMemory(MultiPartParser):
    spool_max_size = MOST_BYTES + 1

    def forget(self) -> None:
        """Give back the memory of every file, also of one that arrived in part."""
        for file in self._files_to_close_on_error:
            file.close()


async def read_post(request: Request) -> Posted:
    """The posted form.

    Raises: BadPost with 413 (too large, too many parts), 415 (not a form) or 400 (broken, or cut off on the way).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        raise BadPost(415, "this address takes forms only")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MOST_BYTES:
        raise BadPost(413, "too large")
    try:
        if kind == "multipart/form-data":
            return await _multipart(request)
        content = b"".join([chunk async for chunk in _limited(request, _Whole())])
        pairs = parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except (MultiPartException, ClientDisconnect, ValueError, KeyError):
        raise BadPost(400, "the form arrived broken") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return Posted(fields, ())


@dataclass(slots=True)
class _Whole:
    """The last bytes that came, to see whether the form came whole."""

    boundary: bytes = b""
    tail: bytes = b""


async def _limited(request: Request, whole: _Whole) -> AsyncGenerator[bytes]:
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        whole.tail = (whole.tail + chunk[-300:])[-300:]
        if total > MOST_BYTES:
            raise BadPost(413, "too large")
        yield chunk


async def _multipart(request: Request) -> Posted:
    whole = _Whole(parse_options_header(request.headers["content-type"])[1].get(b"boundary", b""))
    parser = _InMemory(
        request.headers,
        _limited(request, whole),
        max_files=MOST_FILES + 1,
        max_fields=MOST_FIELDS,
        max_part_size=LONGEST_FIELD,
    )
    try:
        form = await parser.parse()
        if not whole.tail.rstrip().endswith(b"--" + whole.boundary + b"--"):
            # Cut off on the way: the last field or file would be missing, and the page would still say sent.
            raise BadPost(400, "the form arrived broken")
        return await _kept(form)
    finally:
        parser.forget()


async def _kept(form: FormData) -> Posted:
    fields: dict[str, str] = {}
    files: list[AttachmentData] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            if content or value.filename:
                declared = value.content_type or "application/octet-stream"
                files.append(AttachmentData(PhiText(file_name(value.filename or "")), declared, content))
        else:
            fields.setdefault(name, value)
    return Posted(fields, tuple(files))
