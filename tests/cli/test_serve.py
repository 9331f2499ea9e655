"""The mail doors as `serve` opens them: with TLS where it is set, and knowing our own addresses."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.cli.mail_door import mail_tls
from vouchsafe.cli.serve import listeners
from vouchsafe.ports.clock import SystemClock
from vouchsafe.settings import Settings, WrongSetting
from vouchsafe.store import schema

MAIL = "From: {sender}\r\nMessage-ID: <{number}@x.example>\r\nSubject: s\r\n\r\nWhen are you open?\r\n"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of its own for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")]), SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = tmp_path / "mail.pem", tmp_path / "mail.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return chain, private


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def doors(clinic: Clinic, tmp_path: Path, **changes: Any) -> Iterator[Settings]:
    settings = Settings(
        data_dir=tmp_path, domain="clinic.example", lmtp_port=free_port(), smtp_port=free_port(), **changes
    )
    app = App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)
    with ExitStack() as stack:
        for listener in listeners(app, settings):
            stack.enter_context(listener)
        yield settings


def automatic(clinic: Clinic) -> list[bool]:
    with clinic.store(clinic.workspace) as work:
        table = schema.message
        return list(work.context.connection.execute(select(table.c.automatic).order_by(table.c.id)).scalars())


@pytest.mark.parametrize(
    ("sender", "is_loop"),
    [
        ("ada@home.example", False),
        ("desk@clinic.example", True),
        ("Clinic <Desk@Clinic.example>", True),
        ("reminders@clinic.example", True),
        ("info@clinic.example", False),  # a person of the same domain may write to the desk
    ],
)
def test_mail_from_ourselves_is_a_loop(clinic: Clinic, tmp_path: Path, sender: str, *, is_loop: bool) -> None:
    with (
        doors(clinic, tmp_path, own_addresses="reminders@clinic.example") as settings,
        smtplib.SMTP("127.0.0.1", settings.smtp_port) as client,
    ):
        client.sendmail("x@x.example", ["desk@clinic.example"], MAIL.format(sender=sender, number=1))

    assert automatic(clinic) == [is_loop]


def test_mail_through_a_group_of_ours_is_a_persons(clinic: Clinic, tmp_path: Path) -> None:
    with (
        doors(clinic, tmp_path, own_lists="front.clinic.example") as settings,
        smtplib.SMTP("127.0.0.1", settings.smtp_port) as client,
    ):
        for number, group in enumerate(("front.clinic.example", "news.elsewhere.example")):
            mail = f"List-Id: Group <{group}>\r\n" + MAIL.format(sender="ada@home.example", number=number)
            client.sendmail("x@x.example", ["desk@clinic.example"], mail)

    assert automatic(clinic) == [False, True]


@pytest.mark.parametrize("kind", [smtplib.SMTP, smtplib.LMTP])
def test_with_a_certificate_mail_is_taken_after_starttls_only(
    clinic: Clinic, tmp_path: Path, certificate: tuple[Path, Path], kind: type[smtplib.SMTP]
) -> None:
    chain, key = certificate
    trusting = ssl.create_default_context(cafile=str(chain))
    mail = MAIL.format(sender="ada@home.example", number=1)
    with doors(clinic, tmp_path, mail_tls_cert=str(chain), mail_tls_key=str(key)) as settings:
        port = settings.lmtp_port if kind is smtplib.LMTP else settings.smtp_port
        with kind("127.0.0.1", port) as client, pytest.raises(smtplib.SMTPException):
            client.sendmail("x@x.example", ["desk@clinic.example"], mail)
        assert automatic(clinic) == []
        with kind("127.0.0.1", port) as client:
            client.starttls(context=trusting)
            client.sendmail("x@x.example", ["desk@clinic.example"], mail)

    assert automatic(clinic) == [False]


def test_a_key_of_another_certificate_stops_the_start(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    chain, _ = certificate
    other = tmp_path / "other.key"
    other.write_text("no key at all")
    settings = Settings(data_dir=tmp_path, mail_tls_cert=str(chain), mail_tls_key=str(other))

    with pytest.raises(WrongSetting, match="VOUCHSAFE_MAIL_TLS_CERT"):
        mail_tls(settings)
