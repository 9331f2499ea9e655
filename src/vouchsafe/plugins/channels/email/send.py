"""How replies and notices leave as mail: by SMTP, or into a folder where nothing leaves the machine."""

import hashlib
import os
import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from enum import StrEnum
from functools import partial
from html import escape
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from vouchsafe.domain.agreement import Permit, is_inside
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.reply import Approved, Envelope, Notice, Reply
from vouchsafe.ports.channel import Delivered, Uncertain, Undeliverable
from vouchsafe.ports.clock import Clock

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"^[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,253}$")
_KEY = re.compile(r"^[A-Za-z0-9._~-]{16,200}$")
_LINK = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_LONGEST_REFERENCES = 900
"""Characters; a line of a header may have 998 (RFC 5322, section 2.1.1)."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_STYLE = (
    "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5;"
    "max-width:38em;margin:0 auto;padding:16px"
)


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailConfigError(VouchsafeError):
    """The settings for sending mail cannot be used."""


@dataclass(frozen=True, slots=True)
class MailOut:
    """Where mail goes out, and as whom.

    `from_address`, `from_name`: as patients see them. `domain`: the right side of our Message-IDs. `security`: NONE is
    taken for this machine only. `login`, `password`: empty where the server asks for none. `timeout_s`: for each step.
    """

    host: str
    from_address: str
    from_name: str
    domain: str
    port: int = 587
    security: Security = Security.STARTTLS
    login: str = ""
    password: str = ""
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if self.security is Security.NONE and self.host not in _LOOPBACK:
            raise MailConfigError(
                f"mail to {self.host} would leave this machine unprotected; set security to starttls or tls"
            )
        if "@" not in self.from_address or _CONTROL.search(self.from_address + self.from_name + self.domain):
            raise MailConfigError("from_address must be a mail address such as front-desk@clinic.example")

    @property
    def endpoint(self) -> str:
        """The server as the agreement register names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'smtps' if self.security is Security.TLS else 'smtp'}://{host}:{self.port}"

    def __repr__(self) -> str:
        # Settings are printed when something fails; the password must not be.
        return f"MailOut({self.host}:{self.port}, {self.security.value}, from {self.from_address})"


class Session(Protocol):
    """The part of `smtplib.SMTP` that is used; tests of broken connections stand in for it."""

    def mail(self, sender: str, options: list[str]) -> tuple[int, bytes]: ...
    def rcpt(self, recip: str) -> tuple[int, bytes]: ...
    def putcmd(self, cmd: str) -> None: ...
    def getreply(self) -> tuple[int, bytes]: ...
    def send(self, s: bytes) -> None: ...
    def quit(self) -> object: ...
    def close(self) -> None: ...


class EmailChannel:
    """Sends by SMTP, to the server that the register permits.

    One attempt: whether to try again is decided where the outbox is kept.
    """

    def __init__(
        self,
        config: MailOut,
        allowed: Permit | None,
        clock: Clock,
        connect: "Callable[[MailOut], Session] | None" = None,
    ) -> None:
        """Raises: MailConfigError where nothing allows this server, or a permit for another one does."""
        if allowed is None or allowed.call.endpoint != config.endpoint or not allowed.call.by_mail:
            raise MailConfigError(f"the agreement register allows no mail by {config.endpoint}; nothing was sent")
        self._config, self._clock = config, clock
        self._connect = connect or partial(connected, inside=allowed.inside)

    @property
    def kind(self) -> ChannelKind:
        """E-mail."""
        return ChannelKind.EMAIL

    def send(self, item: Approved[Reply] | Approved[Notice], envelope: Envelope) -> Delivered:
        """Hand one mail to the server.

        Raises: Undeliverable before the server took the mail, permanent for answers of 500 and above;
        Uncertain where the connection broke after the first byte of the mail was sent.
        """
        message = compose(self._config, item, envelope, self._clock)
        content = message.as_bytes(policy=message.policy.clone(max_line_length=998))
        # Automatic mail leaves with the null return path, so that no bounce or auto-reply can come back (RFC 3834).
        sender = "" if envelope.automatic else self._config.from_address
        try:
            session = self._connect(self._config)
        except smtplib.SMTPResponseException as refused:
            raise _refused(refused.smtp_code) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Undeliverable(f"no connection to the mail server ({type(error).__name__})", permanent=False) from None
        try:
            _hand_over(session, sender, message["To"].addresses[0].addr_spec, content)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                session.quit()
            session.close()
        return Delivered(f"{envelope.key}@{self._config.domain}")


class LocalOutbox:
    """Writes each mail as a file into a folder of its own; nothing leaves the machine (the demo's outbox)."""

    def __init__(self, folder: Path, config: MailOut, clock: Clock) -> None:
        """The folder is made with the first mail, open to this system user only."""
        self._folder, self._config, self._clock = folder, config, clock

    @property
    def kind(self) -> ChannelKind:
        """E-mail."""
        return ChannelKind.EMAIL

    def path(self, key: str) -> Path:
        """The file of the mail with this key; its name says nothing about anybody."""
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.eml"

    def send(self, item: Approved[Reply] | Approved[Notice], envelope: Envelope) -> Delivered:
        """Write the mail whole or not at all; the same key again changes nothing.

        Raises: Undeliverable where the folder cannot be written, such as on a full disk.
        """
        message = compose(self._config, item, envelope, self._clock)
        path = self.path(envelope.key)
        unfinished = path.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(message.as_bytes(policy=message.policy.clone(max_line_length=998)))
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(path)
        except OSError as error:
            raise Undeliverable(f"the outbox folder cannot be written ({error.strerror})", permanent=False) from None
        return Delivered(f"{envelope.key}@{self._config.domain}")


def compose(
    config: MailOut, item: Approved[Reply] | Approved[Notice], envelope: Envelope, clock: Clock
) -> EmailMessage:
    """The mail, plain and HTML, the same words in both.

    Raises: Undeliverable (permanent) for an address or a value that could not stand in a header: nothing is mended
    here, since a mended address is another person's.
    """
    for value in (envelope.to.value, envelope.to_name.value, envelope.subject.value, *envelope.thread_ids):
        if _CONTROL.search(value):
            raise Undeliverable("a header would hold a line break; the mail was not sent", permanent=True)
    if not _KEY.match(envelope.key):
        raise Undeliverable("the key of the item cannot stand in a Message-ID", permanent=True)
    to = _address(envelope.to.value, envelope.to_name.value)
    message = EmailMessage(policy=SMTP if to.addr_spec.isascii() else SMTPUTF8)
    message["From"] = _address(config.from_address, config.from_name)
    message["To"] = to
    message["Subject"] = envelope.subject.value
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{envelope.key}@{config.domain}>"
    if envelope.thread_ids:
        message["In-Reply-To"] = f"<{envelope.thread_ids[-1]}>"
        message["References"] = _references(envelope.thread_ids)
    if envelope.automatic:
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = item.item.language
    message.set_content(envelope.body.value, charset="utf-8", cte="quoted-printable")
    page = _page(envelope.body.value, item.item.language, envelope.subject.value)
    message.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")
    # The same mail twice is the same bytes: a boundary of the key, not of chance.
    message.set_boundary("part-" + hashlib.sha256(envelope.key.encode()).hexdigest()[:24])
    return message


def connected(config: MailOut, *, inside: bool = False) -> smtplib.SMTP:
    """A connection, protected as configured and logged in. `inside`: on record as a server of the organisation's own.

    Raises: what smtplib raises, always before any mail; an unprotected connection is never used where TLS is asked for,
    and one that leads outside never where the server is to be our own.
    """
    context = ssl.create_default_context()
    if config.security is Security.TLS:
        session: smtplib.SMTP = smtplib.SMTP_SSL(
            config.host, config.port, timeout=config.timeout_s, context=context, local_hostname=config.domain
        )
    else:
        session = smtplib.SMTP(config.host, config.port, timeout=config.timeout_s, local_hostname=config.domain)
    try:
        if inside:
            _stays_inside(session)
        session.ehlo_or_helo_if_needed()
        if config.security is Security.STARTTLS:
            session.starttls(context=context)
            session.ehlo()
        if config.login:
            session.login(config.login, config.password)
    except BaseException:
        session.close()
        raise
    return session


def _stays_inside(session: smtplib.SMTP) -> None:
    """Raises: SMTPServerDisconnected where a name that is on record as ours led elsewhere."""
    if session.sock is None or not is_inside(ip_address(session.sock.getpeername()[0])):
        raise smtplib.SMTPServerDisconnected("on record as a server of our own, and it leads outside")


def _hand_over(session: Session, sender: str, to: str, content: bytes) -> None:
    """MAIL, RCPT, DATA. Until the server asks for the mail nothing can have left; from then on it may have."""
    options = [] if to.isascii() else ["SMTPUTF8"]
    try:
        _expect(session.mail(sender, options), 250)
        _expect(session.rcpt(to), 250, 251)
        session.putcmd("data")
        _expect(session.getreply(), 354)
    except (OSError, smtplib.SMTPException) as error:
        raise Undeliverable(f"the mail server broke off ({type(error).__name__})", permanent=False) from None
    try:
        session.send(_on_the_wire(content))
        answer = session.getreply()
    except (OSError, smtplib.SMTPException):
        raise Uncertain("the connection broke while the mail was handed over; it may have been sent") from None
    if answer[0] < 0:
        raise Uncertain("the connection broke while the mail was handed over; it may have been sent")
    _expect(answer, 250)


def _expect(answer: tuple[int, bytes], *codes: int) -> None:
    # The server's own words may quote an address, so only the number is kept.
    if answer[0] not in codes:
        raise _refused(answer[0])


def _refused(code: int) -> Undeliverable:
    return Undeliverable(f"the mail server answered {code}", permanent=code >= 500)


def _on_the_wire(content: bytes) -> bytes:
    """Lines end with CRLF, a dot that begins a line is doubled, a lone dot ends it all (RFC 5321, section 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _address(address: str, name: str) -> Address:
    if _ADDRESS.match(address):
        local, _, domain = address.rpartition("@")
        with suppress(ValueError, UnicodeError, IndexError):
            ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
            return Address(display_name=name, username=local, domain=ascii_domain)
    raise Undeliverable("the address cannot be written to", permanent=True)


def _references(thread_ids: tuple[str, ...]) -> str:
    """The first and as many of the newest ids as one line holds (RFC 5322, section 3.6.4)."""
    first, rest = f"<{thread_ids[0]}>", [f"<{one}>" for one in thread_ids[1:]]
    kept: list[str] = []
    room = _LONGEST_REFERENCES - len(first)
    for one in reversed(rest):
        room -= len(one) + 1
        if room < 0:
            break
        kept.insert(0, one)
    return " ".join([first, *kept])


def _page(body: str, language: str, title: str) -> str:
    """The words as a small page: a paragraph each, lines kept, links that can be followed, no pictures."""
    paragraphs = "\n".join(f'<p dir="auto">{_linked(p.strip())}</p>' for p in re.split(r"\n\s*\n", body) if p.strip())
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title></head>\n'
        f'<body style="{_STYLE}">\n{paragraphs}\n</body>\n</html>\n'
    )


def _linked(text: str) -> str:
    out, at = "", 0
    for link in _LINK.finditer(text):
        target = escape(link.group())
        out += escape(text[at : link.start()]) + f'<a href="{target}">{target}</a>'
        at = link.end()
    return (out + escape(text[at:])).replace("\n", "<br>\n")
