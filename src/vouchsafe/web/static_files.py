"""Our own scripts and styles, and those from carrier packages, each checked against its hash; compressed once."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

from vouchsafe.governance.weights import open_weights

_CARRIED = {
    "htmx.js": "htmx",
    "fonts/regular.ttf": "font_regular",
    "fonts/bold.ttf": "font_bold",
    "fonts/italic.ttf": "font_italic",
}
"""Names under /static that come from a carrier package: the role in data/weights.yaml that fills each."""

_OWN = ("app.css", "app.js", "connection.js", "palette.js", "patient.css", "chat.js", "icon.svg")
_TYPES = {"js": "text/javascript", "css": "text/css", "ttf": "font/ttf", "svg": "image/svg+xml"}
_YEAR_S = 31_536_000


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    packed: bytes
    media_type: str
    digest: str


def serve(request: Request) -> Response:
    """`GET /static/{name}`. With its digest in `v` a file is kept for a year, else it is asked for again."""
    name = str(request.path_params["name"])
    if name not in _CARRIED and name not in _OWN:
        return Response(status_code=404)
    file = _load(name)
    known = request.query_params.get("v") == file.digest
    headers = {
        "Cache-Control": f"public, max-age={_YEAR_S}, immutable" if known else "public, max-age=300",
        "ETag": f'"{file.digest}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    # These files hold nothing secret, so compressing them gives nothing away.
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)


def address(name: str) -> str:
    """The address of a file that changes when the file does."""
    return f"/static/{name}?v={_load(name).digest}"


@cache
def _load(name: str) -> _File:
    if name in _CARRIED:
        content = open_weights(_CARRIED[name]).read_bytes()
    else:
        content = (resources.files("vouchsafe.web") / "static" / name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return _File(content, gzip.compress(content, mtime=0), _TYPES[name.rpartition(".")[2]], digest)
