"""A workbench on a real port, in a browser or by plain HTTP."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from sqlalchemy import select
from starlette.types import ASGIApp
from tests.conftest import Clinic
from tests.web.scenes import PASSWORD, Morning, a_morning

from vouchsafe.app import App
from vouchsafe.evidence.event import Json
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import schema, trail
from vouchsafe.web.server import make_web


def chromium_program() -> str:
    """Where the browser of these tests is. Raises: RuntimeError where there is none: such a test fails, it never skips."""
    found = shutil.which("chromium")
    if found is None:
        raise RuntimeError("chromium is missing: this test needs a browser; run `apt-get install -y chromium`")
    return found


@contextmanager
def running(app: App, tls: tuple[Path, Path] | None = None) -> Iterator[str]:
    """The server of an application on a free loopback port for this block; its address."""
    with serving(make_web(app), tls) as address:
        yield address


@contextmanager
def serving(web: ASGIApp, tls: tuple[Path, Path] | None = None, port: int = 0) -> Iterator[str]:
    """A site on a loopback port, a free one if none is named, for this block; its address. `tls`: certificate and key."""
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    config = uvicorn.Config(
        web,
        host="127.0.0.1",
        port=port,
        log_level="error",
        ws="none",
        timeout_graceful_shutdown=1,
        ssl_certfile=str(tls[0]) if tls else None,
        ssl_keyfile=str(tls[1]) if tls else None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@dataclass
class Bench:
    """A running workbench with a morning's cases."""

    morning: Morning
    url: str
    visitors: list["Visitor"] = field(default_factory=list)

    def visitor(self, login: str | None = None) -> "Visitor":
        """A browser without scripts, logged in."""
        visitor = Visitor(httpx.Client(base_url=self.url, follow_redirects=False))
        self.visitors.append(visitor)
        if login:
            visitor.log_in(login)
        return visitor

    def events(self, kind: EventType) -> list[tuple[str, dict[str, Json]]]:
        """Who did it and the payload of every event of a type, newest first."""
        with self.morning.app.store(self.morning.clinic.workspace) as work:
            event, leaf, payload = schema.event, schema.leaf, schema.payload
            rows = work.context.connection.execute(
                select(event, leaf.c.idx, payload.c.sealed)
                .outerjoin(leaf, (leaf.c.workspace_id == event.c.workspace_id) & (leaf.c.event_id == event.c.id))
                .outerjoin(payload, payload.c.event_id == event.c.id)
                .where(event.c.type == kind.value)
                .order_by(event.c.at.desc(), event.c.id.desc())
            )
            found = [trail._recorded(work.context, row) for row in rows]  # payloads of any event
        return [(one.leaf.actor.id, dict(one.payload or {})) for one in found]

    def person(self, login: str) -> str:
        """The id under which a person's acts stand in the trail."""
        return str(self.morning.people[login].id)


class Visitor:
    """Somebody with a browser that keeps cookies."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def log_in(self, login: str, password: str = PASSWORD, client: str = "", back: str = "/") -> httpx.Response:
        """Fill in the log-in page; `client`: the address that a proxy of ours says the browser has."""
        token = _field(self.client.get("/login").text, "token")
        return self.client.post(
            "/login",
            data={"token": token, "login": login, "password": password, "next": back},
            headers={"X-Forwarded-For": client} if client else {},
        )

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def post(self, path: str, page: str, **form: str) -> httpx.Response:
        """Post a form as a page of ours would: with the page's own token."""
        return self.client.post(path, data={"csrf": _field(self.client.get(page).text, "csrf"), **form})

    def version(self, case: object) -> str:
        return str(self.client.get(f"/cases/{case}/version").json()["version"])


def _field(html: str, name: str) -> str:
    return html.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


@pytest.fixture
def morning(clinic: Clinic, tmp_path: Path) -> Morning:
    return a_morning(clinic, tmp_path)


@pytest.fixture
def bench(morning: Morning) -> Iterator[Bench]:
    with running(morning.app) as url:
        bench = Bench(morning, url)
        yield bench
        for visitor in bench.visitors:
            visitor.client.close()
