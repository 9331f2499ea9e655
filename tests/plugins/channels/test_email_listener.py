"""A mail server hears 250 only for what is stored; anything else it keeps, and one bad mail never blocks another."""

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from vouchsafe.domain.ids import ConversationId, MessageId
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.plugins.channels.email.listener import ListenerConfig, MailListener, NotListening, Protocol
from vouchsafe.plugins.channels.email.parse import MailRules
from vouchsafe.ports.channel import Accepted, Quarantined, UnknownRecipient
from vouchsafe.ports.clock import SystemClock

FRONT, BILLING = "front@clinic.example", "billing@clinic.example"
MAIL = "From: Ana <ana@home.example>\r\nSubject: Canary-Subject\r\n\r\nCanary-Body\r\n"


@dataclass
class Desk:
    """Takes mail for two addresses; `trouble` is raised instead of storing."""

    taken: list[Inbound] = field(default_factory=list)
    put_aside: list[tuple[str, bytes, str]] = field(default_factory=list)
    trouble: Callable[[Inbound], Exception | None] = lambda _: None

    def intake(self, inbound: Inbound) -> Accepted:
        if inbound.recipient not in {FRONT, BILLING}:
            raise UnknownRecipient("nobody")
        trouble = self.trouble(inbound)
        if trouble is not None:
            raise trouble
        self.taken.append(inbound)
        return Accepted(MessageId(uuid4()), ConversationId(uuid4()), None, duplicate=False)

    def quarantine(self, channel: ChannelKind, recipient: str, raw: bytes, problem: str) -> Quarantined:
        assert channel is ChannelKind.EMAIL
        if recipient not in {FRONT, BILLING}:
            raise UnknownRecipient("nobody")
        self.put_aside.append((recipient, raw, problem))
        return Quarantined(problem)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@contextmanager
def listening(desk: Desk, config: ListenerConfig, knows: Callable[[str], bool] | None = None) -> Iterator[MailListener]:
    listener = MailListener(config, intake=desk.intake, quarantine=desk.quarantine, clock=SystemClock(), knows=knows)
    with listener:
        yield listener


def lmtp_answers(listener: MailListener, recipients: list[str], content: str = MAIL) -> tuple[list[int], list[int]]:
    """Codes after each RCPT, and after DATA one for each recipient taken."""
    with smtplib.LMTP("127.0.0.1", listener.port) as client:
        client.ehlo()
        client.mail("ana@home.example")
        at_rcpt = [client.rcpt(recipient)[0] for recipient in recipients]
        assert client.docmd("DATA")[0] == 354
        client.send(content.encode() + b".\r\n")
        return at_rcpt, [client.getreply()[0] for code in at_rcpt if code == 250]


def test_a_mail_by_lmtp_is_stored_before_it_is_acknowledged(desk: Desk) -> None:
    with listening(desk, ListenerConfig()) as listener:
        _, answers = lmtp_answers(listener, [FRONT])

    assert answers == [250]
    assert [m.new_text.value for m in desk.taken] == ["Canary-Body"]
    assert desk.taken[0].recipient == FRONT


def test_each_recipient_by_lmtp_gets_its_own_answer(desk: Desk) -> None:
    desk.trouble = lambda inbound: OSError("disk full") if inbound.recipient == BILLING else None
    with listening(desk, ListenerConfig()) as listener:
        _, answers = lmtp_answers(listener, [FRONT, "nobody@clinic.example", BILLING])

    assert answers == [250, 550, 451]
    assert [m.recipient for m in desk.taken] == [FRONT]


def test_recipients_can_be_refused_before_the_mail_is_sent(desk: Desk) -> None:
    with listening(desk, ListenerConfig(), knows=lambda r: r == FRONT) as listener:
        at_rcpt, answers = lmtp_answers(listener, [FRONT, BILLING])

    assert (at_rcpt, answers) == ([250, 550], [250])


def test_a_thousand_recipients_each_get_an_answer_and_more_are_refused(desk: Desk) -> None:
    with listening(desk, ListenerConfig()) as listener:
        at_rcpt, answers = lmtp_answers(listener, [FRONT] * 1001)

    assert at_rcpt == [250] * 1000 + [452]
    assert answers == [250] * 1000


def test_smtp_takes_one_recipient_at_a_time(desk: Desk) -> None:
    with (
        listening(desk, ListenerConfig(protocol=Protocol.SMTP)) as listener,
        smtplib.SMTP("127.0.0.1", listener.port) as client,
    ):
        refused = client.sendmail("ana@home.example", [FRONT, BILLING], MAIL)

    assert {code for code, _ in refused.values()} == {452}
    assert [m.recipient for m in desk.taken] == [FRONT]


def test_smtp_refuses_an_unknown_recipient(desk: Desk) -> None:
    with (
        listening(desk, ListenerConfig(protocol=Protocol.SMTP)) as listener,
        smtplib.SMTP("127.0.0.1", listener.port) as client,
        pytest.raises(smtplib.SMTPDataError) as caught,
    ):
        client.sendmail("ana@home.example", ["nobody@clinic.example"], MAIL)

    assert caught.value.smtp_code == 550


def test_trouble_in_the_store_means_try_again_and_the_retry_is_taken(desk: Desk) -> None:
    troubles: list[Exception | None] = [OSError("no space left on device"), None]
    desk.trouble = lambda _: troubles.pop(0)
    with listening(desk, ListenerConfig()) as listener:
        _, first = lmtp_answers(listener, [FRONT])
        _, second = lmtp_answers(listener, [FRONT])

    assert (first, second) == ([451], [250])
    assert len(desk.taken) == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [("\r\n", "empty"), ("\r\nno header at all\r\n", "parse"), (MAIL + "x" * 5000 + "\r\n", "too_large")],
)
def test_a_bad_mail_goes_to_quarantine_and_the_next_is_taken(desk: Desk, content: str, problem: str) -> None:
    with listening(desk, ListenerConfig(rules=MailRules(max_bytes=3000))) as listener:
        _, bad = lmtp_answers(listener, [FRONT], content)
        _, good = lmtp_answers(listener, [FRONT])

    assert (bad, good) == ([250], [250])
    if problem == "parse":  # the envelope names a sender, so even this can be read
        assert [m.sender.address.value for m in desk.taken] == ["ana@home.example"] * 2
    else:
        assert [p for _, _, p in desk.put_aside] == [problem]
        assert len(desk.taken) == 1


def test_a_mail_that_breaks_the_reader_goes_to_quarantine(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Inbound:
        raise ZeroDivisionError("Canary-Body")

    monkeypatch.setattr("vouchsafe.plugins.channels.email.listener.parse_mail", broken)
    with listening(desk, ListenerConfig()) as listener:
        _, answers = lmtp_answers(listener, [FRONT])

    assert answers == [250]
    assert [p for _, _, p in desk.put_aside] == ["parser_failed"]


def test_a_mail_beyond_the_wire_limit_is_refused_for_every_recipient(desk: Desk) -> None:
    with listening(desk, ListenerConfig(max_wire_bytes=1000)) as listener:
        _, answers = lmtp_answers(listener, [FRONT, BILLING], MAIL + "x" * 500 + "\r\n" + "y" * 500 + "\r\n")

    assert answers == [552, 552]
    assert desk.taken == []


def test_long_lines_and_raw_bytes_are_taken_as_they_are(desk: Desk) -> None:
    long = "From: a@b.example\r\n\r\n" + "ñ" * 50_000 + "\r\n"
    with listening(desk, ListenerConfig()) as listener:
        _, answers = lmtp_answers(listener, [FRONT], long)

    assert answers == [250]
    assert desk.taken[0].original == long.encode()


def test_a_client_that_breaks_off_inside_the_mail_stores_nothing(desk: Desk) -> None:
    with listening(desk, ListenerConfig()) as listener:
        with socket.create_connection(("127.0.0.1", listener.port)) as raw:
            raw.sendall(f"LHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<{FRONT}>\r\nDATA\r\nFrom: a@b".encode())
            raw.recv(1000)
        _, answers = lmtp_answers(listener, [FRONT])

    assert answers == [250]
    assert len(desk.taken) == 1


def test_stopping_finishes_the_mail_that_is_being_stored(desk: Desk) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow(_: Inbound) -> None:
        entered.set()
        go_on.wait(10)

    desk.trouble = slow
    listener = MailListener(ListenerConfig(), intake=desk.intake, quarantine=desk.quarantine, clock=SystemClock())
    listener.start()
    with smtplib.LMTP("127.0.0.1", listener.port) as client:
        client.ehlo()
        client.mail("a@b.example")
        client.rcpt(FRONT)
        client.docmd("DATA")
        client.send(MAIL.encode() + b".\r\n")
        assert entered.wait(10)
        stopper = threading.Thread(target=listener.stop)
        stopper.start()
        go_on.set()
        stopper.join(10)
        client.close()

    assert len(desk.taken) == 1


def test_a_socket_file_works_and_is_removed(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    with listening(desk, ListenerConfig(socket_path=path)), smtplib.LMTP(str(path)) as client:
        client.sendmail("ana@home.example", [FRONT], MAIL)

    assert len(desk.taken) == 1
    assert not path.exists()


def test_a_port_that_is_taken_is_a_clear_refusal(desk: Desk) -> None:
    with listening(desk, ListenerConfig()) as listener:
        second = MailListener(
            ListenerConfig(port=listener.port), intake=desk.intake, quarantine=desk.quarantine, clock=SystemClock()
        )
        with pytest.raises(NotListening, match="another program"):
            second.start()
        second.stop()


def test_no_word_or_address_of_a_mail_reaches_logs_or_answers(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.trouble = lambda inbound: ValueError(inbound.new_text.value)
    with (
        caplog.at_level(0),
        capture_logs() as entries,
        listening(desk, ListenerConfig()) as listener,
        smtplib.LMTP("127.0.0.1", listener.port) as client,
    ):
        client.ehlo()
        client.mail("ana@home.example")
        client.rcpt(FRONT)
        client.docmd("DATA")
        client.send(MAIL.encode() + b".\r\n")
        answer = client.getreply()[1].decode()

    assert entries
    told = f"{entries} {answer} {caplog.text}"
    for word in ("Canary", "home.example", "clinic.example"):
        assert word not in told
