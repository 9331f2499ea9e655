"""What tests share: one real PostgreSQL a run, one database a test cloned from a migrated template."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, create_engine, make_url, text

from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.domain.pack import Mode
from vouchsafe.plugins.keys.folder import FolderKeys
from vouchsafe.ports.ids import RandomIds
from vouchsafe.store import desks
from vouchsafe.store.embedded import EmbeddedPostgres
from vouchsafe.store.engine import Database
from vouchsafe.store.objects import FolderObjects
from vouchsafe.store.setup import prepare
from vouchsafe.store.vault import Vault
from vouchsafe.store.work import Store
from vouchsafe.testing.postgres import throwaway_server

# How quickly examples are made is the machine's business: a busy one fails no test.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

WHOLE_PROGRAMS = ("faults", "cli", "attacks", "web", "knowledge", "journeys", "worker")
"""Folders whose files take longest: they start programs, browsers and models."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, each group in its random order: one that comes last keeps a whole core waiting."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return WHOLE_PROGRAMS.index(folder) if folder in WHOLE_PROGRAMS else len(WHOLE_PROGRAMS)

    items.sort(key=place)


class StillClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Clinic:
    """A workspace with one desk in an own database."""

    store: Store
    workspace: WorkspaceId
    desk: DeskId
    clock: StillClock
    keys: FolderKeys
    url: URL


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    with throwaway_server() as running:
        yield running


@pytest.fixture(scope="session")
def template(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database that others are copied from."""
    keys = FolderKeys(tmp_path_factory.mktemp("template-keys"))
    prepare(make_url(server.connection.url()), keys)
    return "vouchsafe"


@pytest.fixture
def database_url(server: EmbeddedPostgres, template: str) -> Iterator[URL]:
    """A fresh migrated database of its own."""
    name = f"t_{uuid4().hex}"
    admin = create_engine(server.connection.url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template}" strategy file_copy'))
    yield make_url(server.connection.url(name))
    with admin.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))
    admin.dispose()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def clinic(database_url: URL, tmp_path: Path, clock: StillClock) -> Iterator[Clinic]:
    """A workspace with a patient desk whose address is desk@clinic.example."""
    keys = FolderKeys(tmp_path / "keys")
    database = Database(database_url, keys)
    ids = RandomIds(clock)
    store = Store(database, Vault(keys), FolderObjects(tmp_path / "objects"), clock, ids, "0.1.0+unknown")
    workspace = WorkspaceId(ids.new())
    keys.create_workspace(workspace)
    with database.begin(None) as connection:
        desks.add_workspace(connection, workspace)
    with store(workspace) as work:
        facts = desks.DeskFacts("desk@clinic.example", "Clinic", "oncall@clinic.example")
        desk = desks.add(work.context, "patient", Mode.AUTO, "patient", facts)
        desks.add_route(work.context.connection, store.vault, "desk@clinic.example", workspace, desk)
    yield Clinic(store, workspace, desk, clock, keys, database_url)
    database.close()
