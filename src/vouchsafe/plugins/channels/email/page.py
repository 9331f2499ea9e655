"""Pages to staff by mail: our own words, no PHI, from the desk's address to its on-call address."""

import secrets
import smtplib
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from vouchsafe.plugins.channels.email.send import MailOut, connected
from vouchsafe.ports.channel import Undeliverable
from vouchsafe.ports.clock import Clock


class MailPager:
    """Mails a page by the relay, or into the local outbox folder where there is none."""

    def __init__(self, config: MailOut, clock: Clock, outbox: Path | None) -> None:
        self._config, self._clock, self._outbox = config, clock, outbox

    def page(self, to: str, *, subject: str, body: str) -> None:
        """Hand over one page; a page sent twice does less harm than one not sent, so any failure may be repeated.

        Raises: Undeliverable.
        """
        message = EmailMessage(policy=SMTP)
        message["From"] = self._config.from_address
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<page-{secrets.token_hex(12)}@{self._config.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Priority"] = "1"
        message.set_content(body)
        if self._outbox is not None:
            self._write(message, self._outbox)
            return
        try:
            session = connected(self._config)
            try:
                session.send_message(message)
            finally:
                with suppress(OSError, smtplib.SMTPException):
                    session.quit()
        except (OSError, smtplib.SMTPException) as error:
            raise Undeliverable(f"the page was not taken ({type(error).__name__})", permanent=False) from None

    def _write(self, message: EmailMessage, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / f"page-{secrets.token_hex(12)}.eml").write_bytes(message.as_bytes())
        except OSError as error:
            raise Undeliverable(f"the outbox folder cannot be written ({error.strerror})", permanent=False) from None
