"""The operator's own server, by URL: an administrator who is no superuser and no pgvector are enough."""

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, Connection, create_engine, make_url, text

from vouchsafe.app import make_app, open_app, prepared
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.domain.message import ChannelKind, Inbound, Sender
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.verify import Verdict
from vouchsafe.installing import DeskPlan, create_workspace
from vouchsafe.plugins.keys.folder import FolderKeys
from vouchsafe.settings import Settings
from vouchsafe.store import audit, desks
from vouchsafe.store.embedded import EmbeddedPostgres
from vouchsafe.store.engine import APP, SEQUENCER, is_embedded
from vouchsafe.store.health import look
from vouchsafe.store.setup import DatabaseUnfit, OtherKeys, prepare, revision
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


def passwords(admin: Connection) -> list[str]:
    """What the server keeps of the working roles' passwords."""
    query = "select rolpassword from pg_authid where rolname = any(:roles) order by rolname"
    found = list(admin.execute(text(query), {"roles": [APP, SEQUENCER]}).scalars())
    admin.rollback()
    return found


@pytest.fixture
def in_use(settings: Settings) -> FolderKeys:
    """The database is set up, and a workspace has its keys in the folder."""
    app = make_app(settings, prepared(settings, settings.database_url))
    workspace = WorkspaceId(uuid4())
    app.keys.create_workspace(workspace)
    with app.store.database.begin(None) as connection:
        desks.add_workspace(connection, workspace)
    app.close()
    return app.keys


def test_a_forgotten_data_folder_is_refused_before_a_key_is_made_or_a_password_changed(
    settings: Settings, in_use: FolderKeys, admin: Connection, tmp_path: Path
) -> None:
    before = passwords(admin)
    elsewhere = settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})

    with pytest.raises(OtherKeys) as refused, open_app(elsewhere):
        pass

    assert f"set up with the key folder {in_use.place}, and {elsewhere.keys_dir} holds no key" in str(refused.value)
    assert "copy its key folder there" in str(refused.value)
    assert not elsewhere.keys_dir.exists()
    assert passwords(admin) == before


@pytest.mark.usefixtures("in_use")
def test_another_root_key_is_refused_and_running_processes_still_get_in(
    settings: Settings, admin: Connection, tmp_path: Path
) -> None:
    before = passwords(admin)
    other = FolderKeys(tmp_path / "it's 100% other")
    other.derive("anything")

    with pytest.raises(OtherKeys, match="holds another root key"):
        prepare(make_url(settings.database_url), other)

    assert passwords(admin) == before
    with open_app(settings) as app:
        assert app.workspaces()


@pytest.mark.usefixtures("in_use")
@pytest.mark.parametrize("is_new", [True, False])
def test_a_database_without_a_fingerprint_is_known_by_what_its_workspaces_seal_with(
    settings: Settings, admin: Connection, tmp_path: Path, *, is_new: bool
) -> None:
    admin.execute(text("comment on table alembic_version is null"))
    admin.commit()
    before, other = passwords(admin), FolderKeys(tmp_path / "keys")
    if not is_new:
        other.derive("anything")

    with pytest.raises(OtherKeys):
        prepare(make_url(settings.database_url), other)

    assert other.is_new is is_new
    assert passwords(admin) == before
    prepare(make_url(settings.database_url), FolderKeys(settings.keys_dir))
    assert "first in" in admin.execute(text("select obj_description('alembic_version'::regclass)")).scalar_one()


def test_the_fingerprint_survives_a_folder_of_any_name_and_says_nothing_of_the_key(
    tmp_path: Path,
) -> None:
    keys = FolderKeys(tmp_path / "it's 100% :ours")
    # A server of its own: the roles that its superuser makes are not the administrator's to change.
    with throwaway_server() as server:
        url = prepare(make_url(server.connection.url()), keys)
        prepare(make_url(server.connection.url()), keys)

        engine = create_engine(url)
        with engine.connect() as connection:
            kept = connection.execute(text("select obj_description('alembic_version'::regclass)")).scalar_one()
        engine.dispose()
    root = (tmp_path / "it's 100% :ours" / "root.key").read_bytes()
    assert kept.endswith(f"first in {tmp_path}/it's 100% :ours")
    assert not any(root.hex()[at : at + 8] in kept for at in range(0, 56, 2))


@pytest.mark.usefixtures("in_use")
def test_a_schema_from_a_newer_release_is_refused_with_what_to_do(settings: Settings, admin: Connection) -> None:
    stands_at = revision(admin)
    admin.execute(text("update alembic_version set version_num = '9999'"))
    admin.commit()
    try:
        with pytest.raises(DatabaseUnfit, match="stands at revision 9999, which this release does not know"):
            prepared(settings, settings.database_url)
    finally:
        admin.execute(text("update alembic_version set version_num = :r"), {"r": stands_at})
        admin.commit()


def test_a_role_without_the_right_to_make_roles_is_told_which_it_lacks(
    superuser: EmbeddedPostgres, operators: URL, tmp_path: Path
) -> None:
    engine = create_engine(superuser.connection.url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("create role weak login password 'x'"))
        connection.execute(text("create database weak owner weak template template0"))
    engine.dispose()

    with pytest.raises(
        DatabaseUnfit, match=r"the role weak may not set up the database weak on .* It needs CREATEROLE"
    ):
        prepare(operators.set(username="weak", database="weak"), FolderKeys(tmp_path / "keys"))


def test_a_wrong_password_is_said_without_repeating_it(superuser: EmbeddedPostgres, tmp_path: Path) -> None:
    url = make_url(superuser.connection.url()).set(username="nobody", password="s3cret")

    with pytest.raises(DatabaseUnfit, match="cannot be used now") as refused:
        prepare(url, FolderKeys(tmp_path / "keys"))
    assert "s3cret" not in str(refused.value)
