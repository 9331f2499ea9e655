"""A service behind the contract, as a real HTTP server on this machine, that can be made to misbehave."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.plugins.knowledge.test_website import Server

TOKEN = "tok-9f31c7-knowledge"


@dataclass
class Reply:
    """What the server answers. `cut`: bytes of the body that are sent before the connection ends."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    after_s: float = 0.0

    @classmethod
    def of(cls, value: object, status: int = 200, **headers: str) -> "Reply":
        return cls(json.dumps(value).encode(), status, {name.replace("_", "-"): one for name, one in headers.items()})


@dataclass
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class HelpCentre:
    """Documents in pages of `size`. `wrong` may answer in its place, by how often it was asked."""

    url: str
    documents: list[dict[str, object]] = field(default_factory=list)
    size: int = 2
    token: str = ""
    etags: bool = False
    as_of: str = ""
    changes: list[dict[str, object]] | None = None
    total: int | None = None
    wrong: Callable[[int, Asked], Reply | None] | None = None
    asked: list[Asked] = field(default_factory=list)

    def put(self, name: str, body: str = "We open at 9.", **more: object) -> dict[str, object]:
        row = {"id": name, "title": name.title(), "body": body, "audience": ["public"]} | more
        self.documents = [one for one in self.documents if one["id"] != name] + [row]
        return row

    def answer(self, asked: Asked) -> Reply:
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            return Reply.of({"error": "who are you?"}, 401)
        rows = self.documents
        if "updated_since" in asked.query and self.changes is not None:
            rows = self.changes
        start = int(asked.query.get("cursor", "0"))
        page: dict[str, object] = {"documents": rows[start : start + self.size], "next": None}
        if start + self.size < len(rows):
            page["next"] = str(start + self.size)
        if self.as_of:
            page["as_of"] = self.as_of
        if self.total is not None:
            page["total"] = self.total
        reply = Reply.of(page)
        if self.etags:
            etag = f'"{hash(reply.body)}"'
            if asked.headers.get("if-none-match") == etag:
                return Reply(b"", 304, {"ETag": etag})
            reply.headers["ETag"] = etag
        return reply


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    time.sleep(reply.after_s)
    handler.send_response(reply.status)
    for name, value in {"Content-Type": "application/json", **reply.headers}.items():
        handler.send_header(name, value)
    if reply.status != 304:
        handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    handler.wfile.write(reply.body[: reply.cut])


@contextmanager
def help_centre() -> Iterator[HelpCentre]:
    """A help centre that answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(split.query).items()}
            asked = Asked(self.path, query, {name.lower(): value for name, value in self.headers.items()})
            centre.asked.append(asked)
            wrong = centre.wrong(len(centre.asked), asked) if centre.wrong else None
            _send(self, wrong or centre.answer(asked))

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    server = Server(("127.0.0.1", 0), Handler)
    centre = HelpCentre(f"http://127.0.0.1:{server.server_port}/api/articles")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield centre
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
