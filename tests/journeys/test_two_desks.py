"""One mail to two desks of an organisation is a message at each, whether it can be read or not."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.ids import DeskId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.pack import Mode
from vouchsafe.plugins.channels.email.parse import parse_mail
from vouchsafe.ports.channel import Accepted
from vouchsafe.settings import Settings
from vouchsafe.store import desks, quarantine, schema

MAIL = b"From: ada@home.example\nMessage-ID: <m1@home.example>\nSubject: Both of you\n\nWho can help me?\n"


@pytest.fixture
def app(clinic: Clinic, tmp_path: Path) -> App:
    settings = Settings(data_dir=tmp_path, domain="clinic.example")
    return App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)


@pytest.fixture
def billing(clinic: Clinic) -> DeskId:
    with clinic.store(clinic.workspace) as work:
        facts = desks.DeskFacts("billing@clinic.example", "Billing", "oncall@clinic.example")
        desk = desks.add(work.context, "billing", Mode.COPILOT, "patient", facts)
        desks.add_route(work.context.connection, clinic.store.vault, facts.address, clinic.workspace, desk)
    return desk


def deliver(app: App, recipient: str) -> Accepted:
    taken = app.intake(parse_mail(MAIL, recipient=recipient, received_at=app.clock.now()))
    assert isinstance(taken, Accepted)
    return taken


def test_each_desk_gets_the_mail_once(app: App, clinic: Clinic, billing: DeskId) -> None:
    taken = [deliver(app, f"{desk}@clinic.example") for desk in ("desk", "billing", "desk", "billing")]

    assert [one.duplicate for one in taken] == [False, False, True, True]
    assert [one.conversation for one in taken[:2]] == [one.conversation for one in taken[2:]]
    with clinic.store(clinic.workspace) as work:
        rows = [work.case_row(one.case) for one in taken[:2] if one.case]
    assert [row.desk for row in rows] == [clinic.desk, billing]


def test_each_desk_gets_what_could_not_be_read_once(app: App, clinic: Clinic, billing: DeskId) -> None:
    for desk in ("desk", "billing", "desk", "billing"):
        app.quarantine(ChannelKind.EMAIL, f"{desk}@clinic.example", b"\x00", "empty")

    with clinic.store(clinic.workspace) as work:
        assert {one.desk for one in quarantine.waiting(work.context)} == {clinic.desk, billing}
        count = work.context.connection.execute(select(func.count()).select_from(schema.quarantine)).scalar()
    assert count == 2
