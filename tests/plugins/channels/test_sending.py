"""What was approved leaves once, in a form anybody can read; a broken hand-over is never called sent or failed."""

import email
import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import uuid4

import pytest

from vouchsafe.domain.agreement import Permit
from vouchsafe.domain.draft import Draft
from vouchsafe.domain.ids import CaseId, ConversationId, MessageId, WorkspaceId
from vouchsafe.domain.message import Author, ChannelKind, Inbound
from vouchsafe.domain.pack import NoticeKind
from vouchsafe.domain.reply import Approved, Envelope, Notice, Reply
from vouchsafe.domain.text import PhiText, SafeText
from vouchsafe.governance.agreement_files import read_register
from vouchsafe.governance.agreement_rows import new_register, with_own_relay
from vouchsafe.governance.agreements import permit
from vouchsafe.governance.ways_out import MAIL
from vouchsafe.plugins.channels.chat.send import ChatChannel
from vouchsafe.plugins.channels.email.listener import ListenerConfig, MailListener, Protocol
from vouchsafe.plugins.channels.email.parse import parse_mail
from vouchsafe.plugins.channels.email.send import (
    EmailChannel,
    LocalOutbox,
    MailConfigError,
    MailOut,
    Security,
    compose,
)
from vouchsafe.plugins.channels.web_form.send import WebFormChannel
from vouchsafe.ports.channel import Accepted, Quarantined, Uncertain, Undeliverable


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def out(port: int = 25) -> MailOut:
    return MailOut("127.0.0.1", "front@clinic.example", "Linden Bay Clinic", "clinic.example", port, Security.NONE)


def permitted(config: MailOut) -> Permit:
    """What a register says that has the server as one of the organisation's own."""
    content = with_own_relay(new_register("Example Clinic"), config.endpoint, "US", "Ann Lead", Noon().now().date())
    found = permit(read_register(content), MAIL.call(config.endpoint), Noon().now().date())
    assert isinstance(found, Permit)
    return found


def a_notice(language: str = "en") -> Approved[Notice]:
    notice = Notice(NoticeKind.RECEIVED, SafeText("We have your message."), language, "clinic@1")
    return Approved(notice, WorkspaceId(uuid4()), ConversationId(uuid4()), CaseId(uuid4()), 1, None, ())


def a_reply() -> Approved[Reply]:
    reply = Reply(SafeText("We open at 8."), Author.PERSON, "Sam, Front desk", "en", (), Draft((), "en", "d@1", 1.0))
    return Approved(reply, WorkspaceId(uuid4()), ConversationId(uuid4()), CaseId(uuid4()), 1, None, ())


def an_envelope(
    *,
    to: str = "ana@home.example",
    to_name: str = "Ana Ruiz",
    subject: str = "Re: Hours",
    body: str = "We open at 8.\n\n.See https://clinic.example/hours?a=1&b=2.\nGoodbye <Ana>",
    key: str = "k" * 32,
    thread_ids: tuple[str, ...] = ("m0@home.example", "m1@home.example"),
    automatic: bool = False,
) -> Envelope:
    return Envelope(PhiText(to), PhiText(to_name), PhiText(subject), PhiText(body), key, thread_ids, automatic)


def parsed(message: EmailMessage) -> EmailMessage:
    again = email.message_from_bytes(message.as_bytes(), policy=default)
    assert isinstance(again, EmailMessage)
    return again


def test_a_reply_names_the_mail_it_answers_and_can_be_answered() -> None:
    got = parsed(compose(out(), a_reply(), an_envelope(), Noon()))

    assert got["Message-ID"] == f"<{'k' * 32}@clinic.example>"
    assert got["In-Reply-To"] == "<m1@home.example>"
    assert got["References"] == "<m0@home.example> <m1@home.example>"
    assert got["From"].addresses[0].addr_spec == "front@clinic.example"
    assert got["Auto-Submitted"] is None


def test_the_reply_of_a_patient_threads_to_what_we_sent() -> None:
    ours = parsed(compose(out(), a_reply(), an_envelope(), Noon()))
    answer = f"From: ana@home.example\nIn-Reply-To: {ours['Message-ID']}\n\nthanks"

    got = parse_mail(answer.encode(), recipient="front@clinic.example", received_at=Noon().now())

    assert got.thread_ids == (f"{'k' * 32}@clinic.example",)


def test_automatic_mail_says_that_it_is_and_is_known_as_such_when_it_comes_back() -> None:
    message = compose(out(), a_notice(), an_envelope(automatic=True), Noon())

    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert parse_mail(message.as_bytes(), recipient="x", received_at=Noon().now()).automatic


def test_both_versions_say_the_same_and_markup_of_a_patient_stays_words() -> None:
    got = parsed(compose(out(), a_notice("es"), an_envelope(body="Hola <b>Ana</b> ñ\n\nhttps://c.example/x"), Noon()))
    plain, page = got.get_body(("plain",)), got.get_body(("html",))
    assert plain is not None
    assert page is not None

    assert plain.get_content().replace("\r\n", "\n").strip() == "Hola <b>Ana</b> ñ\n\nhttps://c.example/x"
    assert "Hola &lt;b&gt;Ana&lt;/b&gt; ñ" in page.get_content()
    assert '<html lang="es">' in page.get_content()
    assert '<a href="https://c.example/x">' in page.get_content()


def test_the_same_item_is_the_same_bytes() -> None:
    item, envelope = a_reply(), an_envelope()

    assert compose(out(), item, envelope, Noon()).as_bytes() == compose(out(), item, envelope, Noon()).as_bytes()


@pytest.mark.parametrize(
    "envelope",
    [
        an_envelope(subject="Re: x\r\nBcc: all@x.example"),
        an_envelope(to_name="Ana\nBcc: all@x.example"),
        an_envelope(to="ana@home.example\r\nRCPT TO:<b@x.example>"),
        an_envelope(thread_ids=("a@b>\r\nBcc: x@y",)),
        an_envelope(key="a> b"),
        an_envelope(to="nobody"),
        an_envelope(to="a@"),
        an_envelope(to="a@b.example, c@d.example"),
        an_envelope(to="a b@c.example>"),
    ],
)
def test_what_would_break_a_header_is_refused_for_good(envelope: Envelope) -> None:
    with pytest.raises(Undeliverable) as caught:
        compose(out(), a_reply(), envelope, Noon())

    assert caught.value.permanent
    assert "example" not in str(caught.value)


def test_hundreds_of_references_stay_one_line_with_the_first_and_the_newest() -> None:
    ids = tuple(f"id-{n}@home.example" for n in range(500))

    got = compose(out(), a_reply(), an_envelope(thread_ids=ids), Noon()).as_bytes(policy=default)

    line = next(
        one for one in parsed(compose(out(), a_reply(), an_envelope(thread_ids=ids), Noon()))["References"].split("\n")
    )
    assert line.startswith("<id-0@home.example> ")
    assert line.endswith("<id-499@home.example>")
    assert b"=?utf-8" not in got


def test_an_unprotected_connection_to_another_machine_is_refused() -> None:
    with pytest.raises(MailConfigError, match="starttls"):
        MailOut("mx.clinic.example", "a@b.example", "x", "b.example", 25, Security.NONE)


@pytest.mark.parametrize("port", [25, None])
def test_no_channel_sends_without_a_permit_for_its_own_server(port: int | None) -> None:
    other = None if port is None else permitted(out(port))

    with pytest.raises(MailConfigError, match=r"allows no mail by smtp://127\.0\.0\.1:2525"):
        EmailChannel(out(2525), other, Noon())


def test_a_server_on_record_as_our_own_that_leads_outside_gets_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Inbound] = []
    monkeypatch.setattr("vouchsafe.plugins.channels.email.send.is_inside", lambda _: False)
    with listening(taken) as listener:
        config = out(listener.port)
        with pytest.raises(Undeliverable) as caught:
            EmailChannel(config, permitted(config), Noon()).send(a_reply(), an_envelope())

    assert not caught.value.permanent
    assert taken == []


def test_the_password_is_in_no_repr() -> None:
    config = MailOut("mx.clinic.example", "a@b.example", "x", "b.example", password="hunter2")

    assert "hunter2" not in repr(config)


def test_a_server_without_starttls_gets_no_mail() -> None:
    taken: list[Inbound] = []
    with listening(taken) as listener:
        config = MailOut("127.0.0.1", "a@b.example", "x", "b.example", listener.port, Security.STARTTLS)
        with pytest.raises(Undeliverable) as caught:
            EmailChannel(config, permitted(config), Noon()).send(a_reply(), an_envelope())

    assert not caught.value.permanent
    assert taken == []


def test_a_server_with_an_unknown_certificate_gets_no_mail() -> None:
    def connect(_: MailOut) -> smtplib.SMTP:
        raise ssl.SSLCertVerificationError("self-signed")

    with pytest.raises(Undeliverable) as caught:
        EmailChannel(out(), permitted(out()), Noon(), connect).send(a_reply(), an_envelope())

    assert not caught.value.permanent


def listening(taken: list[Inbound]) -> MailListener:
    def intake(inbound: Inbound) -> Accepted:
        taken.append(inbound)
        return Accepted(MessageId(uuid4()), ConversationId(uuid4()), None, duplicate=False)

    def quarantine(*_: object) -> Quarantined:
        raise AssertionError("nothing we send is unreadable")

    return MailListener(
        ListenerConfig(protocol=Protocol.SMTP), intake=intake, quarantine=quarantine, clock=Noon(),
        knows=lambda r: r == "ana@home.example",
    )  # fmt: skip


def test_a_mail_travels_by_real_smtp_unchanged() -> None:
    taken: list[Inbound] = []
    with listening(taken) as listener:
        delivered = EmailChannel(out(listener.port), permitted(out(listener.port)), Noon()).send(
            a_reply(), an_envelope()
        )

    assert delivered.provider_id == f"{'k' * 32}@clinic.example"
    # The line that begins with a dot survives the wire.
    assert taken[0].new_text.value == "We open at 8.\n\n.See https://clinic.example/hours?a=1&b=2.\nGoodbye <Ana>"
    assert taken[0].own_id == delivered.provider_id


def test_automatic_mail_leaves_with_the_null_return_path() -> None:
    taken: list[Inbound] = []
    with listening(taken) as listener:
        EmailChannel(out(listener.port), permitted(out(listener.port)), Noon()).send(
            a_notice(), an_envelope(automatic=True)
        )

    assert taken[0].automatic


def test_a_refused_recipient_is_permanent_and_names_nobody() -> None:
    with listening([]) as listener, pytest.raises(Undeliverable) as caught:
        EmailChannel(out(listener.port), permitted(out(listener.port)), Noon()).send(
            a_reply(), an_envelope(to="gone@home.example")
        )

    assert caught.value.permanent
    assert str(caught.value) == "the mail server answered 550"


def test_no_server_means_try_again() -> None:
    with listening([]) as listener:
        port = listener.port

    with pytest.raises(Undeliverable) as caught:
        EmailChannel(out(port), permitted(out(port)), Noon()).send(a_reply(), an_envelope())

    assert not caught.value.permanent


class Scripted:
    """A server that answers by script; an exception in the script breaks the connection there."""

    def __init__(self, **script: tuple[int, bytes] | Exception) -> None:
        self._script = script
        self._data = False

    def _play(self, step: str, usual: int) -> tuple[int, bytes]:
        answer = self._script.get(step, (usual, b""))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def mail(self, sender: str, options: list[str]) -> tuple[int, bytes]:
        del sender, options
        return self._play("mail", 250)

    def rcpt(self, recip: str) -> tuple[int, bytes]:
        del recip
        return self._play("rcpt", 250)

    def putcmd(self, cmd: str) -> None:
        assert cmd == "data"

    def getreply(self) -> tuple[int, bytes]:
        step, usual = ("end", 250) if self._data else ("data", 354)
        self._data = True
        return self._play(step, usual)

    def send(self, s: bytes) -> None:
        assert s.endswith(b"\r\n.\r\n")
        self._play("body", 0)

    def quit(self) -> None:
        self._play("quit", 221)

    def close(self) -> None:
        pass


BROKEN = smtplib.SMTPServerDisconnected("gone")


@pytest.mark.parametrize(
    ("script", "expected", "permanent"),
    [
        ({"mail": BROKEN}, Undeliverable, False),
        ({"rcpt": (450, b"ana@home.example busy")}, Undeliverable, False),
        ({"rcpt": (550, b"ana@home.example unknown")}, Undeliverable, True),
        ({"data": BROKEN}, Undeliverable, False),
        ({"data": (554, b"no")}, Undeliverable, True),
        ({"body": OSError("reset")}, Uncertain, None),
        ({"end": BROKEN}, Uncertain, None),
        ({"end": TimeoutError()}, Uncertain, None),
        ({"end": (-1, b"")}, Uncertain, None),
        ({"end": (451, b"later")}, Undeliverable, False),
        ({"end": (550, b"spam")}, Undeliverable, True),
        ({"quit": BROKEN}, None, None),
    ],
)
def test_each_point_of_the_hand_over_has_its_own_ending(
    script: dict[str, tuple[int, bytes] | Exception], expected: type[Exception] | None, *, permanent: bool | None
) -> None:
    channel = EmailChannel(out(), permitted(out()), Noon(), lambda _: Scripted(**script))
    if expected is None:
        assert channel.send(a_reply(), an_envelope()).provider_id
        return
    with pytest.raises(expected) as caught:
        channel.send(a_reply(), an_envelope())

    assert getattr(caught.value, "permanent", None) is permanent
    assert "home.example" not in str(caught.value)


def test_the_local_outbox_keeps_each_mail_once_in_a_private_file(tmp_path: Path) -> None:
    outbox = LocalOutbox(tmp_path / "outbox", out(), Noon())
    item = a_reply()

    outbox.send(item, an_envelope())
    outbox.send(item, an_envelope())

    files = list((tmp_path / "outbox").iterdir())
    assert files == [outbox.path("k" * 32)]
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert "ana" not in files[0].name
    assert b"We open at 8." in files[0].read_bytes()


def test_a_full_disk_leaves_no_half_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = LocalOutbox(tmp_path / "outbox", out(), Noon())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Undeliverable) as caught:
        outbox.send(a_reply(), an_envelope())
    monkeypatch.undo()

    assert not caught.value.permanent
    assert not outbox.path("k" * 32).exists()
    outbox.send(a_reply(), an_envelope())
    assert outbox.path("k" * 32).exists()


def test_an_answer_to_a_form_goes_by_mail(tmp_path: Path) -> None:
    mail = LocalOutbox(tmp_path, out(), Noon())
    channel = WebFormChannel(mail)

    channel.send(a_reply(), an_envelope())

    assert channel.kind is ChannelKind.WEB_FORM
    assert mail.path("k" * 32).exists()


def test_an_answer_in_a_chat_wakes_its_windows() -> None:
    woken: list[ConversationId] = []
    item = a_reply()

    delivered = ChatChannel(woken.append).send(item, an_envelope())

    assert woken == [item.conversation]
    assert delivered.provider_id == "k" * 32
