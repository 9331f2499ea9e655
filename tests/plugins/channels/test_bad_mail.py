"""Bad mail through the real door into the real store: each is a case or stands in quarantine, and the next is taken."""

import io
import smtplib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.ids import ConversationId
from vouchsafe.domain.message import Readable, Turn
from vouchsafe.plugins.channels.email.listener import ListenerConfig, MailListener
from vouchsafe.settings import Settings
from vouchsafe.store import desks, messages, quarantine, schema, trail

DESK = "desk@clinic.example"
HEAD = b"From: Ada <ada@home.example>\r\nSubject: Hours\r\nMessage-ID: <a1@home.example>\r\n"
MB = 1024 * 1024


@pytest.fixture
def door(clinic: Clinic, tmp_path: Path) -> Iterator[MailListener]:
    settings = Settings(data_dir=tmp_path, domain="clinic.example")
    app = App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)

    def knows(recipient: str) -> bool:
        with app.store.database.begin(None) as connection:
            return desks.follow(connection, app.store.vault, recipient) is not None

    with ExitStack() as stack:
        yield stack.enter_context(
            MailListener(
                ListenerConfig(), intake=app.intake, quarantine=app.quarantine, clock=clinic.clock, knows=knows
            )
        )


def deliver(door: MailListener, *mails: bytes) -> None:
    """Hand the mails over one after another; each must be taken, since whatever is wrong with it is our business."""
    with smtplib.LMTP("127.0.0.1", door.port, timeout=120) as client:
        for mail in mails:
            assert client.sendmail("ada@home.example", [DESK], mail) == {}


def a_good_mail() -> bytes:
    return b"From: good@home.example\r\nSubject: s\r\n\r\nWhen are you open?\r\n"


def turns(clinic: Clinic) -> list[Turn]:
    """Every message of the workspace, oldest first."""
    with clinic.store(clinic.workspace) as work:
        ids = work.context.connection.execute(select(schema.conversation.c.id).order_by(schema.conversation.c.id))
        found = [turn for one in ids.scalars() for turn in messages.turns(work.context, ConversationId(one))]
    return sorted(found, key=lambda turn: turn.id)


def problems(clinic: Clinic, turn: Turn) -> list[str]:
    """What the event of the message says was mended."""
    with clinic.store(clinic.workspace) as work:
        table = schema.message
        case = work.context.connection.execute(select(table.c.case_id).where(table.c.id == turn.id)).scalar_one()
        payload = trail.of_case(work.context, case)[0].payload
    found = (payload or {})["problems"]
    assert isinstance(found, list)
    return [str(one) for one in found]


def aside(clinic: Clinic) -> list[str]:
    with clinic.store(clinic.workspace) as work:
        return [one.problem for one in quarantine.waiting(work.context)]


def with_file(name: str, kind: str, content: bytes) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = "ada@home.example", "Hours"
    message.set_content("See the file")
    main, _, sub = kind.partition("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def many_parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + b"--b--\r\n"


def nested(depth: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: inside\r\n\r\ninside\r\n"


def large(size: int) -> bytes:
    head = HEAD + b"\r\nWhen are you open?\r\n\r\n"
    line = b"x" * 70 + b"\r\n"
    return (head + line * (size // len(line) + 1))[: size - 2] + b"\r\n"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: b"\r\n", "empty"),
        (lambda: b"\x00\r\n\x00\x00\r\n", "empty"),
        (lambda: large(25 * MB + 1), "too_large"),
        (lambda: many_parts(10_000), "too_many_parts"),
        (lambda: nested(30), "nested_too_deep"),
        (lambda: nested(3_000), "nested_too_deep"),
        (lambda: b"Received: by x\r\n" * 150 + HEAD + b"\r\nround and round\r\n", "mail_loop"),
    ],
)
def test_what_cannot_be_taken_in_has_an_owner_and_blocks_nobody(
    door: MailListener, clinic: Clinic, make: Callable[[], bytes], problem: str
) -> None:
    deliver(door, make(), a_good_mail())

    assert aside(clinic) == [problem]
    assert [turn.sender_address.value for turn in turns(clinic)] == ["good@home.example"]


@pytest.mark.parametrize(
    ("raw", "text", "named"),
    [
        (
            HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nWhen are you op",
            "When are you op",
            "truncated",
        ),
        (
            HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nWhen are you open?\r\n",
            "When are you open?",
            "truncated",
        ),
        (
            HEAD + b"Content-Type: text/plain; charset=utf-16\r\n\r\nWhen are you open?\r\n",
            "When are you open?",
            "charset_replaced",
        ),
        (HEAD + b"Content-Type: nothing at all\r\n\r\nWhen are you open?\r\n", "When are you open?", ""),
        (HEAD + b"\r\nWhen\x00 are\x00\x00 you open?\x00\r\n", "When are you open?", "nul_removed"),
        (HEAD + "\r\nWhen \u202eneпo\u202c are you?\r\n".encode(), "When \u202eneпo\u202c are you?", "bidi_marks"),
        (HEAD + b"Subject: \x00second\r\n\r\nWhen are you open?\r\n", "When are you open?", "duplicate_header"),
        (b"From: ada@home.example\r\n\r\nWhen are you open?\r\n", "When are you open?", "no_message_id"),
    ],
)
def test_what_can_be_mended_is_taken_and_the_mending_is_named(
    door: MailListener, clinic: Clinic, raw: bytes, text: str, named: str
) -> None:
    deliver(door, raw, a_good_mail())

    assert aside(clinic) == []
    bad, good = turns(clinic)
    assert bad.text.value == text
    assert good.sender_address.value == "good@home.example"
    assert "\x00" not in bad.text.value + bad.subject.value + bad.quoted.value + bad.hidden.value
    assert not named or named in problems(clinic, bad)


def test_twenty_five_megabytes_are_taken_whole(door: MailListener, clinic: Clinic) -> None:
    raw = large(25 * MB)
    deliver(door, raw, a_good_mail())

    assert len(raw) == 25 * MB
    first, _ = turns(clinic)
    assert "text_cut" in problems(clinic, first)
    with clinic.store(clinic.workspace) as work:
        assert messages.original(work.context, first.id) == raw


def a_zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("words.txt", b"\0" * (80 * MB))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("make", "sniffed"),
    [
        (lambda: with_file("words.zip", "application/zip", a_zip_bomb()), "application/zip"),
        (
            lambda: with_file(
                "words.docx",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                a_zip_bomb(),
            ),
            "application/zip",
        ),
        (lambda: with_file("harmless.txt", "text/plain", b"\x89PNG\r\n\x1a\n" + bytes(range(256))), "image/png"),
    ],
)
def test_a_file_that_is_a_bomb_or_another_thing_than_it_says_is_kept_and_not_read(
    door: MailListener, clinic: Clinic, make: Callable[[], bytes], sniffed: str
) -> None:
    deliver(door, make(), a_good_mail())

    bad, _ = turns(clinic)
    (file,) = bad.attachments
    assert file.sniffed_type == sniffed
    assert file.readable is not Readable.READ
    assert file.text is None


def test_one_message_id_from_two_senders_is_two_conversations(door: MailListener, clinic: Clinic) -> None:
    deliver(door, HEAD + b"\r\nMy balance?\r\n", HEAD.replace(b"ada@", b"eve@") + b"\r\nMy balance?\r\n")

    with clinic.store(clinic.workspace) as work:
        conversations = list(work.context.connection.execute(select(schema.message.c.conversation_id)).scalars())
    assert len(set(conversations)) == 2


def test_the_same_mail_delivered_twice_is_stored_once(door: MailListener, clinic: Clinic) -> None:
    deliver(door, HEAD + b"\r\nMy balance?\r\n", b"Received: by mx\r\n" + HEAD + b"\r\nMy balance?\r\n")

    assert len(turns(clinic)) == 1


def test_of_a_thousand_recipients_our_desk_alone_is_taken(door: MailListener, clinic: Clinic) -> None:
    names = [f"person{number}@elsewhere.example" for number in range(999)]
    mail = b"To: " + b",\r\n ".join(name.encode() for name in [*names, DESK]) + b"\r\n" + HEAD + b"\r\nWhen?\r\n"
    with smtplib.LMTP("127.0.0.1", door.port) as client:
        refused = client.sendmail("ada@home.example", [*names, DESK], mail)

    assert {code for code, _ in refused.values()} == {550}
    assert set(refused) == set(names)
    assert [turn.text.value for turn in turns(clinic)] == ["When?"]
