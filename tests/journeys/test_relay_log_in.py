"""Mail leaves through a relay that asks for a log-in, with the name and the password of the settings."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.ports.channel import Undeliverable
from vouchsafe.settings import Settings
from vouchsafe.store.desks import DeskFacts

FACTS = DeskFacts("desk@clinic.example", "Clinic", "oncall@clinic.example")


@dataclass
class Relay:
    """Takes mail of whoever logs in as clinic with the right password."""

    taken: list[list[str]] = field(default_factory=list)

    def authenticate(self, *told: Any) -> AuthResult:
        given = told[-1]
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login, given.password) == (b"clinic", b"lantern orchard"))

    async def handle_MAIL(self, _server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name and shape
        if not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 go on"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken.append(envelope.rcpt_tos)
        return "250 taken"


@pytest.fixture
def relay() -> Iterator[tuple[Relay, int]]:
    handler = Relay()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        authenticator=handler.authenticate,
        auth_require_tls=False,
        # A machine under load is late; nobody waits that long otherwise.
        ready_timeout=60.0,
    )
    controller.start()
    yield handler, port
    controller.stop()


@pytest.mark.parametrize(("password", "leaves"), [("lantern orchard\n", True), ("guess", False)])
def test_a_relay_with_a_log_in_takes_our_mail(
    clinic: Clinic, tmp_path: Path, relay: tuple[Relay, int], password: str, *, leaves: bool
) -> None:
    handler, port = relay
    (tmp_path / "password").write_text(password)
    settings = Settings(
        data_dir=tmp_path,
        domain="clinic.example",
        smtp_relay=f"127.0.0.1:{port}",
        smtp_security="none",
        smtp_login="clinic",
        smtp_password_file=str(tmp_path / "password"),
    )
    pager = App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids).pager(FACTS)

    if leaves:
        pager.page("oncall@clinic.example", subject="A case waits", body="Look at it.")
    else:
        with pytest.raises(Undeliverable):
            pager.page("oncall@clinic.example", subject="A case waits", body="Look at it.")

    assert handler.taken == ([["oncall@clinic.example"]] if leaves else [])
