"""A real mail server relays to our door: what Debian's opensmtpd takes arrives once, also after trouble in the store."""

import shutil
import smtplib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest

from vouchsafe.domain.ids import ConversationId, MessageId
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.plugins.channels.email.listener import ListenerConfig, MailListener
from vouchsafe.ports.channel import Accepted, Quarantined, UnknownRecipient
from vouchsafe.ports.clock import SystemClock

WITHIN_S = 60.0
CONFIG = """
listen on 127.0.0.1 port {smtp}
action "desk" relay host lmtp://127.0.0.1:{lmtp}
match from any for domain "clinic.example" action "desk"
match from any for domain "home.example" action "desk"
"""


@dataclass
class Desk:
    """Takes mail for one address; the first `failures` attempts fail as a full disk would."""

    failures: int = 0
    attempts: int = 0
    taken: list[Inbound] = field(default_factory=list)
    put_aside: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def intake(self, inbound: Inbound) -> Accepted:
        with self.lock:
            self.attempts += 1
            if not inbound.recipient.startswith("front-"):
                # A bounce that the server itself writes to the sender also comes here.
                if inbound.recipient.startswith("ana-"):
                    self.taken.append(inbound)
                raise UnknownRecipient("nobody")
            if self.attempts <= self.failures:
                raise OSError(28, "No space left on device")
            self.taken.append(inbound)
        return Accepted(MessageId(uuid4()), ConversationId(uuid4()), None, duplicate=False)

    def quarantine(self, channel: ChannelKind, recipient: str, raw: bytes, problem: str) -> Quarantined:
        del channel, recipient, raw
        self.put_aside.append(problem)
        return Quarantined(problem)


@dataclass
class Relay:
    """A running opensmtpd and the desk behind it."""

    desk: Desk
    port: int
    smtpctl: str

    def hand_in(self, message: EmailMessage, to: str, sender: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.port) as client:
            client.send_message(message, sender, [to])

    def try_again(self) -> None:
        """What the server does by itself after some minutes."""
        subprocess.run([self.smtpctl, "schedule", "all"], check=False, capture_output=True)


def program(name: str) -> str:
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if path is None:
        raise RuntimeError(f"{name} is missing: this test needs a real mail server; run `apt-get install -y opensmtpd`")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(true: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
    end = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < end, "the mail server did not deliver in time"
        meanwhile()
        time.sleep(0.1)


def answers(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=2):
            return True
    except OSError:
        return False


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    smtpd, smtpctl = program("smtpd"), program("smtpctl")
    desk = Desk()
    with MailListener(
        ListenerConfig(), intake=desk.intake, quarantine=desk.quarantine, clock=SystemClock()
    ) as listener:
        port = free_port()
        config = tmp_path / "smtpd.conf"
        config.write_text(CONFIG.format(smtp=port, lmtp=listener.port))
        config.chmod(0o644)
        with (tmp_path / "smtpd.log").open("wb") as log:
            server = subprocess.Popen([smtpd, "-d", "-f", str(config)], stdout=log, stderr=log)
            try:
                until(lambda: server.poll() is not None or answers(port))
                if server.poll() is not None:
                    raise RuntimeError(f"opensmtpd did not start: {(tmp_path / 'smtpd.log').read_text()[-500:]}")
                yield Relay(desk, port, smtpctl)
                subprocess.run([smtpctl, "remove", "all"], check=False, capture_output=True)
            finally:
                server.terminate()
                server.wait(20)


def a_mail(mark: str, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = sender, f"front-{mark}@clinic.example"
    message["Subject"] = "¿A qué hora abren?"
    message["Message-ID"] = f"<{mark}@home.example>"
    message.set_content("Hola, ¿a qué hora abren?\n.una línea con punto\n")
    message.add_attachment(b"%PDF-1.4 card", maintype="application", subtype="pdf", filename="tarjeta.pdf")
    return message


def test_a_mail_relayed_by_a_real_server_arrives_whole(relay: Relay) -> None:
    mark = uuid4().hex
    sender = f"ana-{mark}@home.example"

    relay.hand_in(a_mail(mark, sender), f"front-{mark}@clinic.example", sender)
    until(lambda: any(mark in m.recipient for m in relay.desk.taken))

    (got,) = [m for m in relay.desk.taken if mark in m.recipient]
    assert got.subject.value == "¿A qué hora abren?"
    assert got.new_text.value == "Hola, ¿a qué hora abren?\n.una línea con punto"
    assert got.sender.address.value == sender
    assert got.own_id == f"{mark}@home.example"
    assert [a.content for a in got.attachments] == [b"%PDF-1.4 card"]
    assert not got.automatic


def test_a_server_that_hears_try_again_keeps_the_mail_and_it_arrives_once(relay: Relay) -> None:
    mark = uuid4().hex
    sender = f"ana-{mark}@home.example"
    relay.desk.failures = 1

    relay.hand_in(a_mail(mark, sender), f"front-{mark}@clinic.example", sender)
    until(lambda: relay.desk.attempts >= 1)
    until(lambda: bool(relay.desk.taken), meanwhile=relay.try_again)

    assert [m.own_id for m in relay.desk.taken] == [f"{mark}@home.example"]
    assert relay.desk.put_aside == []


def test_mail_for_an_unknown_desk_bounces_to_its_sender(relay: Relay) -> None:
    mark = uuid4().hex
    sender = f"ana-{mark}@home.example"

    relay.hand_in(a_mail(mark, sender), f"nobody-{mark}@clinic.example", sender)
    until(lambda: any(m.recipient == sender for m in relay.desk.taken))

    # What the server wrote to the sender is a bounce, and is known as one.
    (bounce,) = [m for m in relay.desk.taken if m.recipient == sender]
    assert bounce.automatic
