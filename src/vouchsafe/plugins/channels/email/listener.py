"""The door for mail servers: LMTP (one answer for each recipient) or SMTP, on a port or a socket file.

The other server hears 250 only after the mail is stored or in quarantine; whatever else happens, it hears "try again
later" and keeps the mail. Answers and logs hold no address and no word of a mail.
"""

import asyncio
import logging
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, AnyStr, Self

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.plugins.channels.email.parse import MailRules, Unreadable, parse_mail
from vouchsafe.ports.channel import Intake, Quarantine, UnknownRecipient
from vouchsafe.ports.clock import Clock

log = structlog.get_logger(__name__)

_TAKEN = "250 2.0.0 taken"
_UNKNOWN = "550 5.1.1 no desk takes mail for this address"
_LATER = "451 4.3.0 not stored, please try again later"
_ONE_AT_A_TIME = "452 4.5.3 one recipient at a time, please"
_TOO_MANY = "452 4.5.3 too many recipients"
_TLS_FIRST = "530 5.7.0 Must issue a STARTTLS command first"
_START_WITHIN_S = 10.0
_LONGEST_LINE = 1 << 20
"""RFC 5321 says 1,000 bytes; mail servers pass on longer lines of HTML, and refusing them would lose the mail."""


class Protocol(StrEnum):
    """How mail is handed over."""

    LMTP = "lmtp"
    SMTP = "smtp"


class NotListening(VouchsafeError):
    """The door could not be opened."""


@dataclass(frozen=True, slots=True)
class ListenerConfig:
    """Where the door is.

    `host`, `port`: the address to listen on; port 0 takes a free one. `socket_path`: a socket file instead.
    `max_wire_bytes`: above it a mail is refused at the door with 552; between the reading limit of `MailRules` and this
    it goes to quarantine. `threads`: how many mails are stored at once. `tls`: with it, mail is taken only after
    STARTTLS (R73).
    """

    protocol: Protocol = Protocol.LMTP
    host: str = "127.0.0.1"
    port: int = 0
    socket_path: Path | None = None
    name: str = "vouchsafe"
    max_wire_bytes: int = 64 * 1024 * 1024
    max_recipients: int = 1_000
    threads: int = 4
    tls: ssl.SSLContext | None = None
    rules: MailRules = field(default_factory=MailRules)


class MailListener:
    """A mail server in a thread of its own: `start`, `stop`, or a `with` block."""

    def __init__(
        self,
        config: ListenerConfig,
        *,
        intake: Intake,
        quarantine: Quarantine,
        clock: Clock,
        knows: Callable[[str], bool] | None = None,
    ) -> None:
        """`knows`, where given, answers at RCPT whether a desk takes mail for a recipient."""
        self._config = config
        self._desk = _Desk(config, intake, quarantine, clock, knows)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="mail-listener", daemon=True)
        self._sessions: set[SMTP] = set()
        self.port = config.port

    def start(self) -> None:
        """Open the door. Raises: NotListening where the address or socket is taken or forbidden."""
        # The library logs commands with addresses in them, and tracebacks.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
        self._thread.start()
        if not self._ready.wait(_START_WITHIN_S) or self._failure is not None:
            why = self._failure.strerror if self._failure else "no answer"
            raise NotListening(f"mail cannot be taken at {self.place}: {why}; is another program using it?")
        log.info("mail door open", protocol=self._config.protocol.value, place=self.place)

    def stop(self) -> None:
        """Close the door; mails being stored are finished first."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._desk.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def place(self) -> str:
        """Where it listens, in words."""
        return str(self._config.socket_path) if self._config.socket_path else f"{self._config.host}:{self.port}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(self._open())
        except OSError as error:
            self._failure = error
            self._ready.set()
            self._loop.close()
            return
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._close(server))
        self._loop.close()

    async def _open(self) -> asyncio.AbstractServer:
        if self._config.socket_path is not None:
            return await self._loop.create_unix_server(self._session, str(self._config.socket_path))
        server = await self._loop.create_server(self._session, self._config.host, self._config.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _close(self, server: asyncio.AbstractServer) -> None:
        server.close()
        for session in list(self._sessions):
            if session.transport is not None:
                session.transport.close()
        tasks = [task for task in asyncio.all_tasks(self._loop) if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Transports close in the next turns of the loop.
        await asyncio.sleep(0.01)
        if self._config.socket_path is not None:
            with suppress(FileNotFoundError):
                self._config.socket_path.unlink()

    def _session(self) -> SMTP:
        kind = _Lmtp if self._config.protocol is Protocol.LMTP else _Smtp
        session = kind(
            self._desk,
            loop=self._loop,
            hostname=self._config.name,
            ident="vouchsafe",
            data_size_limit=self._config.max_wire_bytes,
            enable_SMTPUTF8=True,
            tls_context=self._config.tls,
        )
        session.sessions = self._sessions
        session.needs_tls = self._config.tls is not None
        return session


class _Smtp(SMTP):
    """One connection of an SMTP client."""

    line_length_limit = _LONGEST_LINE
    sessions: "set[SMTP]"
    needs_tls = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.sessions.discard(self)
        super().connection_lost(error)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 - the name is the command
        # The library's own check refuses LHLO, too, after which no LMTP client could ever begin TLS.
        if self.needs_tls and (self.session is None or self.session.ssl is None):
            await self.push(_TLS_FIRST)
            return
        await super().smtp_MAIL(arg)


class _Lmtp(_Smtp, LMTP):
    """One connection of an LMTP client: after DATA every recipient gets an answer, also when the mail is refused."""

    _answers = 0

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name is the command
        self._answers = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._answers = 0

    async def push(self, status: AnyStr) -> None:
        # The library refuses a mail that is too large with one answer; the client waits for one a recipient.
        line = status.decode() if isinstance(status, bytes) else status
        if self._answers > 1 and line.startswith(("500", "552")):
            line = "\r\n".join([line] * self._answers)
        await super().push(line)


class _Desk:
    """What happens with a mail between DATA and the answer."""

    def __init__(
        self,
        config: ListenerConfig,
        intake: Intake,
        quarantine: Quarantine,
        clock: Clock,
        knows: Callable[[str], bool] | None,
    ) -> None:
        self._config, self._clock, self._knows = config, clock, knows
        self._intake, self._quarantine = intake, quarantine
        self._pool = ThreadPoolExecutor(config.threads, thread_name_prefix="mail-intake")

    def close(self) -> None:
        """Wait for mails being stored."""
        self._pool.shutdown(wait=True)

    async def handle_RCPT(  # noqa: N802 - names and shape are aiosmtpd's
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Whether this recipient is taken."""
        del server, session
        if self._config.protocol is Protocol.SMTP and envelope.rcpt_tos:
            # SMTP has one answer for all recipients, so one that fails would hide behind one that worked.
            return _ONE_AT_A_TIME
        if len(envelope.rcpt_tos) >= self._config.max_recipients:
            return _TOO_MANY
        if self._knows is not None and not await self._in_thread(self._knows, address):
            return _UNKNOWN
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 taken"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Store the mail for each recipient; one answer line each (SMTP has one recipient)."""
        del server, session
        raw, sender, recipients = bytes(envelope.content), envelope.mail_from or "", tuple(envelope.rcpt_tos)
        answers: list[str] = await self._in_thread(self._take, raw, sender, recipients)
        return "\r\n".join(answers)

    async def handle_exception(self, error: Exception) -> str:
        """Whatever went wrong outside a mail."""
        log.warning("mail session failed", failure=type(error).__name__)
        return _LATER

    async def _in_thread(self, call: Callable[..., Any], *arguments: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, call, *arguments)

    def _take(self, raw: bytes, sender: str, recipients: tuple[str, ...]) -> list[str]:
        mail = self._read(raw, sender)
        answers = [self._store(mail, raw, recipient) for recipient in recipients]
        log.info(
            "mail taken",
            bytes=len(raw),
            recipients=len(recipients),
            taken=answers.count(_TAKEN),
            later=answers.count(_LATER),
            problem=mail if isinstance(mail, str) else "",
        )
        return answers

    def _read(self, raw: bytes, sender: str) -> Inbound | str:
        """The mail, or the problem that sends it to quarantine."""
        try:
            return parse_mail(
                raw, recipient="", received_at=self._clock.now(), envelope_from=sender, rules=self._config.rules
            )
        except Unreadable as refused:
            return refused.problem
        except Exception as error:  # noqa: BLE001 - a mail that breaks the reader must not come back for ever
            log.warning("mail reader failed", failure=type(error).__name__)
            return "parser_failed"

    def _store(self, mail: Inbound | str, raw: bytes, recipient: str) -> str:
        try:
            if isinstance(mail, str):
                self._quarantine(ChannelKind.EMAIL, recipient, raw, mail)
            else:
                self._intake(replace(mail, recipient=recipient))
        except UnknownRecipient:
            return _UNKNOWN
        except Exception as error:  # noqa: BLE001 - outer edge: the other server keeps the mail and tries again
            log.warning("mail not stored", failure=type(error).__name__)
            return _LATER
        return _TAKEN
