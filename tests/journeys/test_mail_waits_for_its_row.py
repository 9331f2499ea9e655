"""Mail leaves by a relay that the register names; without a row it waits, is told of, and leaves once when there is one."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.cli.doctor import _agreements as doctor_lines
from vouchsafe.domain.ids import CaseId, EventId, UserId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.reply import DeliveryState, Notice
from vouchsafe.domain.staff import Role, User
from vouchsafe.domain.states import Stage
from vouchsafe.domain.text import Span, part_of
from vouchsafe.evidence.event_types import EventType
from vouchsafe.installing import adopt_register, change_mode
from vouchsafe.reviewing import Reviewing
from vouchsafe.store import agreements, alarms, desks, outbox, staff, stops, trail
from vouchsafe.store.stops import StopScope
from vouchsafe.testing.agreements import a_relay, a_row, register_bytes
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.paging import page_due
from vouchsafe.worker.passes import advance_case
from vouchsafe.worker.sending import Sender

HOURS = "When is the main clinic open on Saturdays?"
CRISIS = "I do not want to live any more, I have pills here."


@dataclass
class Relay:
    """Takes every mail; keeps to whom it went and what it said."""

    taken: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        mail = message_from_bytes(envelope.content)
        plain = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
        words = plain.get_payload(decode=True)
        assert isinstance(words, bytes)
        self.taken.append((envelope.rcpt_tos[0], words.decode()))
        return "250 taken"

    def to(self, address: str) -> list[str]:
        return [words for to, words in self.taken if to == address]


@pytest.fixture
def relay(app: App) -> Iterator[Relay]:
    """A real SMTP server, set as the relay."""
    handler = Relay()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60.0)
    controller.start()
    app.settings = app.settings.model_copy(update={"smtp_relay": f"127.0.0.1:{port}", "smtp_security": "none"})
    yield handler
    controller.stop()


def adopt(app: App, clinic: Clinic, *rows: dict[str, Any]) -> None:
    """Put a register in force."""
    with app.store(clinic.workspace) as work:
        agreements.for_change(work.context)
        agreements.adopt(work.context, register_bytes(*rows), UserId(app.ids.new()))
    app.clock.advance(seconds=1)  # type: ignore[attr-defined]  # the clock of tests moves when told to


def items(app: App, clinic: Clinic, case: CaseId) -> list[tuple[str, DeliveryState]]:
    with app.store(clinic.workspace) as work:
        found = outbox.of_case(work.context, case)
    return [(type(one.item.item).__name__, one.state) for one in found]


def events(app: App, clinic: Clinic, case: CaseId, *kinds: EventType) -> list[dict[str, Any]]:
    with app.store(clinic.workspace) as work:
        return [dict(one.payload or {}) for one in trail.of_case(work.context, case) if one.leaf.type in kinds]


def drain(app: App, clinic: Clinic, times: int = 3) -> None:
    worker = Worker(app)
    for _ in range(times):
        worker.drain(clinic.workspace)


def test_a_reply_without_a_row_is_held_and_leaves_once_when_there_is_one(
    app: App, clinic: Clinic, relay: Relay
) -> None:
    case = write(app, HOURS)
    settle(app, clinic, case)

    assert relay.taken == []
    assert items(app, clinic, case) == [("Reply", DeliveryState.HELD)]
    (told,) = events(app, clinic, case, EventType.REPLY_HELD)
    assert told["why"] == "no_register"
    assert "vouchsafe agreements relay --ours --login YOU" in told["says"]
    with app.store(clinic.workspace) as work:
        red = [line for line in doctor_lines(app, work) if not line.well]
        assert work.case_row(case).stage is Stage.APPROVED
    assert [line.name for line in red] == ["agreement: mail_relay", "agreement: mail_relay (pages)", "held mail"]

    adopt(app, clinic, a_relay(app.settings.relay_endpoint))
    drain(app, clinic)

    assert len(relay.to("ada1@home.example")) == 1
    assert items(app, clinic, case) == [("Reply", DeliveryState.SENT)]
    (begun,) = events(app, clinic, case, EventType.REPLY_ATTEMPTED)
    assert begun["agreement"] == "relay"
    drain(app, clinic)
    assert len(relay.taken) == 1
    with app.store(clinic.workspace) as work:
        assert [line.name for line in doctor_lines(app, work) if not line.well] == []


def test_an_agreement_that_ends_holds_the_next_reply(app: App, clinic: Clinic, relay: Relay) -> None:
    adopt(app, clinic, a_relay(app.settings.relay_endpoint))
    first = write(app, HOURS)
    settle(app, clinic, first)
    adopt(app, clinic, a_row())
    second = write(app, HOURS, number=2)
    settle(app, clinic, second)

    assert [to for to, _ in relay.taken] == ["ada1@home.example"]
    assert items(app, clinic, second) == [("Reply", DeliveryState.HELD)]
    (told,) = events(app, clinic, second, EventType.REPLY_HELD)
    assert app.settings.relay_endpoint in told["says"]


def test_a_held_reply_that_a_newer_message_overtakes_never_leaves(app: App, clinic: Clinic, relay: Relay) -> None:
    case = write(app, HOURS)
    settle(app, clinic, case)
    newer = write(app, "And where can I park?", number=2, after=1)
    settle(app, clinic, newer)
    adopt(app, clinic, a_relay(app.settings.relay_endpoint))
    drain(app, clinic)

    assert items(app, clinic, case) == [("Reply", DeliveryState.WITHDRAWN)]
    assert not any("Saturday" in words for words in relay.to("ada1@home.example")[1:])


def test_a_page_waits_for_no_row_and_says_that_nobody_wrote_back(app: App, clinic: Clinic, relay: Relay) -> None:
    case = write(app, CRISIS)
    settle(app, clinic, case)

    (page,) = relay.to("oncall@clinic.example")
    assert f"/cases/{case}" in page
    assert "Mail to the writer is held for want of an agreement. Telephone." in page
    assert "pills" not in page
    assert relay.to("ada1@home.example") == []
    assert {state for _, state in items(app, clinic, case)} == {DeliveryState.HELD}

    adopt(app, clinic, a_relay(app.settings.relay_endpoint))
    drain(app, clinic)

    assert len(relay.to("ada1@home.example")) == 1
    with app.store(clinic.workspace) as work:
        (alarm, *_) = alarms.of_case(work.context, case)
    assert alarm.mailed_at is not None
    clinic.clock.advance(minutes=app.settings.page_again_min + 1)
    assert page_due(app, clinic.workspace) >= 1
    assert "held" not in relay.to("oncall@clinic.example")[-1]


def test_the_outbox_folder_of_an_installation_without_a_relay_needs_no_row(app: App, clinic: Clinic) -> None:
    case = write(app, HOURS)
    settle(app, clinic, case)

    assert items(app, clinic, case) == [("Reply", DeliveryState.SENT)]
    assert len(list(app.settings.outbox_dir.glob("*.eml"))) == 1
    with app.store(clinic.workspace) as work:
        assert list(doctor_lines(app, work)) == []


def an_admin(app: App, clinic: Clinic, login: str) -> User:
    """Somebody who may set the installation and sign replies."""
    roles = frozenset({Role.ADMIN, Role.LEAD})
    admin = User(UserId(app.ids.new()), clinic.workspace, login, f"Ann {login}", "", roles, None, active=True)
    with app.store(clinic.workspace) as work:
        staff.add(work.context, admin, "x")
    return admin


def spoil_register(app: App, clinic: Clinic) -> None:
    """A version in force that nobody can read: what a newer build wrote, or what went bad on its way."""
    with app.store(clinic.workspace) as work:
        agreements.for_change(work.context)
        agreements.adopt(work.context, b"nothing: [of it", UserId(app.ids.new()))


def test_a_page_leaves_and_goes_on_record_while_the_register_cannot_be_read(
    app: App, clinic: Clinic, relay: Relay
) -> None:
    spoil_register(app, clinic)
    case = write(app, CRISIS)
    settle(app, clinic, case)

    (page,) = relay.to("oncall@clinic.example")
    assert "Mail to the writer is held for want of an agreement. Telephone." in page
    with app.store(clinic.workspace) as work:
        assert [one.leaf.type for one in trail.search(work.context)].count(EventType.ALARM_RAISED) == 1


def test_a_page_that_fails_and_cannot_be_marked_for_soon_holds_up_no_other(
    app: App, clinic: Clinic, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [write(app, CRISIS), write(app, CRISIS, number=2)]
    for case in cases:
        advance_case(app, clinic.workspace, case)
    pager, tried = app.pager, list[str]()

    class FirstFails:
        def __init__(self, facts: Any) -> None:
            self.real = pager(facts)

        def page(self, to: str, *, subject: str, body: str) -> None:
            tried.append(body)
            if len(tried) == 1:
                raise OSError("no way")
            self.real.page(to, subject=subject, body=body)

    mark = alarms.mark_mailed

    def until_mailed(*about: Any) -> None:
        if tried:
            raise OSError("no database")
        mark(*about)

    monkeypatch.setattr(app, "pager", FirstFails)
    monkeypatch.setattr(alarms, "mark_mailed", until_mailed)
    assert page_due(app, clinic.workspace) == len(cases) - 1
    assert len(relay.to("oncall@clinic.example")) == len(cases) - 1


def test_an_unreadable_register_holds_mail_and_stops_no_other_duty(app: App, clinic: Clinic, relay: Relay) -> None:
    spoil_register(app, clinic)
    case = write(app, HOURS)
    settle(app, clinic, case)

    assert relay.taken == []
    assert items(app, clinic, case) == [("Reply", DeliveryState.HELD)]
    (told,) = events(app, clinic, case, EventType.REPLY_HELD)
    assert told["why"] == "unreadable"
    drain(app, clinic)

    admin = an_admin(app, clinic, "admin")
    adopt_register(app, clinic.workspace, register_bytes(a_relay(app.settings.relay_endpoint)), admin)
    app.clock.advance(seconds=1)  # type: ignore[attr-defined]  # the clock of tests moves when told to
    drain(app, clinic)
    assert len(relay.to("ada1@home.example")) == 1


def test_a_stop_pressed_and_released_while_mail_waits_gives_it_back_to_people(
    app: App, clinic: Clinic, relay: Relay
) -> None:
    case = write(app, HOURS)
    settle(app, clinic, case)
    first, second = an_admin(app, clinic, "first"), an_admin(app, clinic, "second")
    with app.store(clinic.workspace) as work:
        stop = stops.press(work.context, StopScope.WORKSPACE, desk=None, intent=None, by=first.id, reason="drill")
    drain(app, clinic)
    with app.store(clinic.workspace) as work:
        stops.release(work.context, stop, second.id)
    adopt(app, clinic, a_relay(app.settings.relay_endpoint))
    drain(app, clinic)

    assert items(app, clinic, case) == [("Reply", DeliveryState.WITHDRAWN)]
    assert relay.taken == []


def test_a_mode_lowered_and_raised_while_mail_waits_gives_it_back_to_people(
    app: App, clinic: Clinic, relay: Relay
) -> None:
    case = write(app, HOURS)
    settle(app, clinic, case)
    change_mode(app, clinic.workspace, "patient", Mode.SHADOW, an_admin(app, clinic, "first"), "")
    drain(app, clinic)
    with app.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.AUTO)
    adopt(app, clinic, a_relay(app.settings.relay_endpoint))
    drain(app, clinic)

    assert items(app, clinic, case) == [("Reply", DeliveryState.WITHDRAWN)]
    assert relay.taken == []


def test_a_worker_without_a_relay_puts_nothing_into_its_folder_that_a_relay_was_to_carry(
    app: App, clinic: Clinic, relay: Relay
) -> None:
    case = write(app, HOURS)
    settle(app, clinic, case)
    app.settings = app.settings.model_copy(update={"smtp_relay": ""})
    drain(app, clinic)
    with app.store(clinic.workspace) as work:
        assert outbox.release(work.context) == 1
    drain(app, clinic)

    assert items(app, clinic, case) == [("Reply", DeliveryState.HELD)]
    assert list(app.settings.outbox_dir.glob("*.eml")) == []
    assert events(app, clinic, case, EventType.REPLY_HELD)[-1]["why"] == "no_relay"
    with app.store(clinic.workspace) as work:
        (red,) = [line for line in doctor_lines(app, work) if not line.well]
    assert "VOUCHSAFE_SMTP_RELAY" in red.fix
    assert relay.taken == []


def test_what_somebody_else_has_in_hand_is_passed_over_when_held_mail_is_released(
    app: App, clinic: Clinic, relay: Relay
) -> None:
    case = write(app, HOURS)
    settle(app, clinic, case)
    with app.store(clinic.workspace) as other, app.store(clinic.workspace) as work:
        (item,) = outbox.of_case(other.context, case)
        outbox.lock(other.context, item.id)
        assert outbox.release(work.context) == 0
    assert relay.taken == []


def a_later_notice(app: App, clinic: Clinic, case: CaseId) -> str:
    """A second, shorter notice of the same kind for the case; the words of the first."""
    with app.store(clinic.workspace) as work:
        (notice,) = outbox.of_case(work.context, case)
        whole = notice.item.item
        assert isinstance(whole, Notice)
        approved: Any = notice.item
        later = replace(approved, item=replace(whole, text=part_of(whole.text, Span(0, 20))))
        outbox.queue(work.context, later, EventId(trail.of_case(work.context, case)[0].leaf.id))
    return whole.text.value


def test_a_notice_that_was_held_leaves_before_the_later_mail_of_its_conversation(
    app: App, clinic: Clinic, relay: Relay
) -> None:
    held = write(app, CRISIS)
    settle(app, clinic, held)
    adopt(app, clinic, a_relay(app.settings.relay_endpoint))
    clinic.clock.advance(minutes=1)
    words = a_later_notice(app, clinic, held)
    Sender(app).send_due(clinic.workspace)

    assert [state for _, state in items(app, clinic, held)] == [DeliveryState.SENT] * 2
    first, second = relay.to("ada1@home.example")
    assert words.split(".", maxsplit=1)[0] in first
    assert len(second) < len(first)


def test_a_notice_that_waited_for_hours_gives_way_to_a_newer_one(app: App, clinic: Clinic, relay: Relay) -> None:
    held = write(app, CRISIS)
    settle(app, clinic, held)
    adopt(app, clinic, a_relay(app.settings.relay_endpoint))
    clinic.clock.advance(hours=2)
    a_later_notice(app, clinic, held)
    Sender(app).send_due(clinic.workspace)

    assert [state for _, state in items(app, clinic, held)] == [DeliveryState.WITHDRAWN, DeliveryState.SENT]
    assert len(relay.to("ada1@home.example")) == 1
    assert [one["why"] for one in events(app, clinic, held, EventType.DRAFT_WITHDRAWN)] == ["notice_overtaken"]


def test_a_reply_that_waits_for_an_agreement_can_be_taken_back(app: App, clinic: Clinic, relay: Relay) -> None:
    case = write(app, HOURS)
    settle(app, clinic, case)
    with app.store(clinic.workspace) as work:
        version = work.case_row(case).version
    Reviewing(app, clinic.workspace).close(case, an_admin(app, clinic, "first"), version, "answered by telephone")
    adopt(app, clinic, a_relay(app.settings.relay_endpoint))
    drain(app, clinic)

    assert items(app, clinic, case) == [("Reply", DeliveryState.WITHDRAWN)]
    assert relay.taken == []
