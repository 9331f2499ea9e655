"""The operator's own server, by URL: an administrator who is no superuser and no pgvector are enough."""

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, create_engine, make_url, text

from vouchsafe.app import make_app, prepared
from vouchsafe.domain.message import ChannelKind, Inbound, Sender
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.verify import Verdict
from vouchsafe.installing import DeskPlan, create_workspace
from vouchsafe.plugins.keys.folder import FolderKeys
from vouchsafe.settings import Settings
from vouchsafe.store import audit
from vouchsafe.store.embedded import EmbeddedPostgres
from vouchsafe.store.engine import is_embedded
from vouchsafe.store.health import look
from vouchsafe.store.setup import DatabaseUnfit, prepare, revision
from vouchsafe.testing.postgres import throwaway_server
from vouchsafe.worker.loops import Worker


def relay_to(target: str) -> socketserver.ThreadingTCPServer:
    """A TCP port that leads to a server's socket, so that it is reached as an operator's server on another host is."""

    class Connect(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as far:
                far.connect(target)
                other = {self.request: far, far: self.request}
                while True:
                    for one in select.select(list(other), [], [])[0]:
                        content = one.recv(65_536)
                        if not content:
                            return
                        other[one].sendall(content)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connect)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def superuser() -> Iterator[EmbeddedPostgres]:
    with throwaway_server() as running:
        yield running


@pytest.fixture(scope="module")
def operators(superuser: EmbeddedPostgres) -> Iterator[URL]:
    """A database of an administrator who may make roles and nothing else, as docs/operator.md says."""
    engine = create_engine(superuser.connection.url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("create role vouchsafe_admin login createrole password 'x'"))
        connection.execute(text("create database clinic owner vouchsafe_admin encoding 'UTF8' template template0"))
    engine.dispose()
    with relay_to(str(next(superuser.connection.socket_dir.glob(".s.PGSQL.*[0-9]")))) as relay:
        port = relay.server_address[1]
        yield make_url(f"postgresql+psycopg://vouchsafe_admin:x@127.0.0.1:{port}/clinic")
        relay.shutdown()


@pytest.fixture(scope="module")
def settings(operators: URL, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    url = operators.render_as_string(hide_password=False)
    folder = tmp_path_factory.mktemp("operators")
    return Settings(_env_file=None, data_dir=folder, domain="clinic.example", database_url=url)


@pytest.fixture
def admin(superuser: EmbeddedPostgres) -> Iterator[Connection]:
    engine = create_engine(superuser.connection.url("clinic"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def a_message() -> Inbound:
    return Inbound(
        channel=ChannelKind.EMAIL,
        recipient="desk@clinic.example",
        provider_id="m1",
        sender=Sender(PhiText("ada@home.example"), PhiText("Ada Byron")),
        subject=PhiText("A question"),
        new_text=PhiText("When are you open?"),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=(),
        thread_ids=(),
        sent_at=None,
        automatic=False,
        asserted=False,
        original=b"When are you open?",
        own_id="m1@home.example",
    )


def test_a_message_is_stored_and_verified_on_the_operators_server(settings: Settings, admin: Connection) -> None:
    url = prepared(settings, settings.database_url)
    app = make_app(settings, url)
    try:
        assert not is_embedded(app.store.database.url)
        plan = DeskPlan("patient", "patient", Mode.SHADOW, "desk@clinic.example", "Clinic", "oncall@clinic.example")
        workspace = create_workspace(app, [plan])
        app.intake(a_message())
        worker = Worker(app)
        worker.drain(workspace)

        found = audit.verify(app.store.database, app.keys, workspace, settings.domain, app.store.objects)
        assert found.verdict is Verdict.VERIFIED
        seen = look(app.store.database)
        assert not seen.passes_security_by
        assert seen.loose_tables == ()
    finally:
        app.close()
    assert admin.execute(text("select 1 from pg_extension where extname = 'vector'")).scalar() is None
    roles = admin.execute(
        text(
            "select rolname, rolsuper or rolbypassrls or rolcreaterole, rolpassword is not null from pg_authid "
            "where rolname in ('vouchsafe_app', 'vouchsafe_sequencer') order by rolname"
        )
    ).all()
    assert [tuple(row) for row in roles] == [("vouchsafe_app", False, True), ("vouchsafe_sequencer", False, True)]


def test_preparing_again_changes_nothing(settings: Settings, admin: Connection) -> None:
    keys = FolderKeys(settings.keys_dir)
    prepare(make_url(settings.database_url), keys)
    before = revision(admin)
    prepare(make_url(settings.database_url), keys)

    assert before is not None
    assert revision(admin) == before


def test_a_server_that_is_too_old_is_refused_with_what_to_do(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = Connection.execute

    class Old:
        def scalar(self) -> str:
            return "150004"

    def execute(self: Connection, statement: object, *more: object, **named: object) -> object:
        if str(statement) == "show server_version_num":
            return Old()
        return real(self, statement, *more, **named)  # type: ignore[call-overload]  # passed through as it came

    monkeypatch.setattr(Connection, "execute", execute)
    with pytest.raises(DatabaseUnfit, match="16 or newer is needed, this server is 15; upgrade it"):
        prepare(make_url(settings.database_url), FolderKeys(tmp_path / "keys"))
