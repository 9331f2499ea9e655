"""What could not be read has an owner of its desk's own pack and calls somebody until a person takes care of it (R179)."""

from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.ids import DeskId, UserId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.pack import Mode
from vouchsafe.plugins.channels.email.page import MailPager
from vouchsafe.ports.channel import Undeliverable
from vouchsafe.settings import Settings
from vouchsafe.store import desks, quarantine, trail
from vouchsafe.store.quarantine import Item
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.paging import tell_of_unread

RAW = b"From: Ada Byron <ada@home.example>\r\n\r\nI have the pills here \x00"


@pytest.fixture
def app(clinic: Clinic, tmp_path: Path) -> App:
    settings = Settings(data_dir=tmp_path, domain="clinic.example", page_again_min=5)
    return App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)


@pytest.fixture
def it_desk(clinic: Clinic) -> DeskId:
    with clinic.store(clinic.workspace) as work:
        facts = desks.DeskFacts("it@clinic.example", "IT", "it-oncall@clinic.example")
        desk = desks.add(work.context, "it", Mode.AUTO, "it", facts)
        desks.add_route(work.context.connection, clinic.store.vault, "it@clinic.example", clinic.workspace, desk)
    return desk


def arrive(app: App, number: int = 0, to: str = "desk@clinic.example") -> None:
    app.quarantine(ChannelKind.EMAIL, to, RAW + str(number).encode(), "parser_failed")


def waiting(clinic: Clinic) -> tuple[Item, ...]:
    with clinic.store(clinic.workspace) as work:
        return quarantine.waiting(work.context)


def mails(app: App) -> list[Message]:
    return [message_from_bytes(path.read_bytes()) for path in app.settings.outbox_dir.glob("page-*.eml")]


def test_the_owner_is_the_queue_that_the_desks_own_pack_names(app: App, clinic: Clinic, it_desk: DeskId) -> None:
    arrive(app)
    arrive(app, to="it@clinic.example")

    assert {one.desk: one.queue for one in waiting(clinic)} == {clinic.desk: "front_desk", it_desk: "it_service"}


def test_a_worker_tells_the_desks_on_call_address_and_none_of_the_words(app: App, clinic: Clinic) -> None:
    arrive(app)
    Worker(app).drain(clinic.workspace)

    (mail,) = mails(app)
    assert mail["To"] == "oncall@clinic.example"
    (item,) = waiting(clinic)
    assert f"/quarantine/{item.id}" in str(mail)
    assert "Owner: front_desk" in str(mail)
    assert [word for word in ("Ada", "Byron", "pills", "home.example") if word in str(mail)] == []
    with clinic.store(clinic.workspace) as work:
        raised = [one for one in trail.search(work.context, limit=50) if one.leaf.type.value == "alarm:raised"]
    assert len(raised) == 1


def test_it_is_told_again_until_a_person_takes_care_of_it(app: App, clinic: Clinic) -> None:
    arrive(app)
    assert tell_of_unread(app, clinic.workspace) == 1
    assert tell_of_unread(app, clinic.workspace) == 0

    clinic.clock.advance(minutes=6)
    assert tell_of_unread(app, clinic.workspace) == 1

    with clinic.store(clinic.workspace) as work:
        assert quarantine.acknowledge(work.context, waiting(clinic)[0].id, UserId(app.ids.new()))
    clinic.clock.advance(hours=2)
    assert tell_of_unread(app, clinic.workspace) == 0
    assert len(waiting(clinic)) == 1, "taken care of is not settled"


def test_a_storm_of_broken_mail_is_one_mail_for_each_desk(app: App, clinic: Clinic, it_desk: DeskId) -> None:
    del it_desk
    for number in range(30):
        arrive(app, number)
    arrive(app, to="it@clinic.example")

    assert tell_of_unread(app, clinic.workspace) == 2
    arrive(app, 99)
    assert tell_of_unread(app, clinic.workspace) == 0
    assert sorted(mail["To"] for mail in mails(app)) == ["it-oncall@clinic.example", "oncall@clinic.example"]
    assert any("30 messages could not be read" in str(mail) for mail in mails(app))

    clinic.clock.advance(minutes=6)
    assert tell_of_unread(app, clinic.workspace) == 2
    assert any("31 messages could not be read" in str(mail) for mail in mails(app))


def test_a_mail_that_does_not_leave_is_tried_again_and_holds_up_no_other_desk(
    app: App, clinic: Clinic, it_desk: DeskId, monkeypatch: pytest.MonkeyPatch
) -> None:
    del it_desk
    told: list[str] = []

    def page(self: MailPager, to: str, *, subject: str, body: str) -> None:
        del self, subject, body
        told.append(to)
        if to == "oncall@clinic.example" and told.count(to) == 1:
            raise Undeliverable("not now", permanent=False)

    monkeypatch.setattr(MailPager, "page", page)
    arrive(app)
    arrive(app, to="it@clinic.example")

    assert tell_of_unread(app, clinic.workspace) == 1
    assert tell_of_unread(app, clinic.workspace) == 0
    clinic.clock.advance(seconds=31)
    assert tell_of_unread(app, clinic.workspace) == 1
    assert sorted(told) == ["it-oncall@clinic.example", "oncall@clinic.example", "oncall@clinic.example"]
