"""The wire reaches the endpoint of its permit and nothing else, and never waits longer than it was told."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vouchsafe.domain.agreement import Permit
from vouchsafe.governance.agreements import permit
from vouchsafe.plugins.wires.https import HttpsWire
from vouchsafe.ports.clock import SystemClock
from vouchsafe.ports.wire import CutOff, HttpReply, HttpRequest, NotSent
from vouchsafe.testing.agreements import TODAY, a_call, a_register, a_row, an_own_model

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 3\r\n\r\nok"
Answers = Callable[[socket.socket], None]


def read_request(peer: socket.socket) -> bytes:
    """Head and body of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += peer.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(
        next(line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    )
    while len(body) < length:
        body += peer.recv(65536)
    return head + b"\r\n\r\n" + body


class Peer:
    """A server for one test: hears one request after another and answers with bytes, however wrong."""

    def __init__(self, answers: bytes | Answers, tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[bytes] = []
        self.connections = 0
        self._answers, self._tls = answers, tls
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._door.accept()
            except OSError:
                return
            self.connections += 1
            try:
                if self._tls:
                    peer = self._tls.wrap_socket(peer, server_side=True)
                self.heard.append(read_request(peer))
                if callable(self._answers):
                    self._answers(peer)
                else:
                    peer.sendall(self._answers)
            except OSError:
                pass
            finally:
                peer.close()

    def close(self) -> None:
        # A thread that waits in accept keeps the door open until it is woken.
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(5)


@contextmanager
def peer(answers: bytes | Answers = GOOD, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    running = Peer(answers, tls)
    yield running
    running.close()


def own_permit(endpoint: str) -> Permit:
    register = a_register(an_own_model(endpoint=endpoint))
    found = permit(register, a_call(endpoint=endpoint, region="on-premises"), TODAY)
    assert isinstance(found, Permit)
    return found


def outside_permit(endpoint: str) -> Permit:
    found = permit(a_register(a_row(endpoint=endpoint)), a_call(endpoint=endpoint), TODAY)
    assert isinstance(found, Permit)
    return found


def post(path: str, body: bytes = b"words") -> HttpRequest:
    return HttpRequest(path, (("content-type", "text/plain"), ("x-key", "secret")), body)


def send(running: Peer, timeout_s: float = 5.0, most_bytes: int = 1000) -> HttpReply:
    endpoint = f"http://127.0.0.1:{running.port}/v1"
    return HttpsWire().send(own_permit(endpoint), post(f"{endpoint}/ask"), timeout_s=timeout_s, most_bytes=most_bytes)


def test_a_request_arrives_as_it_is_and_the_reply_comes_back() -> None:
    with peer() as running:
        reply = send(running)

    assert (reply.status, reply.body, reply.header("retry-after")) == (200, b"ok", "3")
    assert running.heard[0].startswith(b"POST /v1/ask HTTP/1.1\r\n")
    assert running.heard[0].endswith(b"\r\n\r\nwords")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/v2/ask",
        "http://127.0.0.1:{port}/v1x",
        "http://127.0.0.1:{port}/v1/../v2",
        "http://127.0.0.1:{port}/v1/./x",
        "http://127.0.0.1:{port}@other.example/v1/ask",
        "http://other.example/v1/ask",
        "https://127.0.0.1:{port}/v1/ask",
        "http://127.0.0.1:{port}/v1/a b",
        "http://127.0.0.1:{port}/v1/a\r\nx: y",
        "http://127.0.0.1:{port}/v1/ask#part",
    ],
)
def test_a_request_to_another_place_than_the_permit_never_connects(url: str) -> None:
    with peer() as running:
        endpoint = f"http://127.0.0.1:{running.port}/v1"
        with pytest.raises(NotSent):
            HttpsWire().send(own_permit(endpoint), post(url.format(port=running.port)), timeout_s=5, most_bytes=10)

        assert running.connections == 0


def test_a_header_cannot_smuggle_another_line() -> None:
    with peer() as running:
        endpoint = f"http://127.0.0.1:{running.port}/v1"
        request = HttpRequest(endpoint, (("x-key", "a\r\nhost: other"),), b"")
        with pytest.raises(NotSent):
            HttpsWire().send(own_permit(endpoint), request, timeout_s=5, most_bytes=10)

        assert running.connections == 0


def test_a_redirect_is_a_reply_and_is_not_followed() -> None:
    with peer() as elsewhere:
        there = f"http://127.0.0.1:{elsewhere.port}/v1/ask".encode()
        with peer(b"HTTP/1.1 307 Moved\r\nLocation: " + there + b"\r\nContent-Length: 0\r\n\r\n") as running:
            reply = send(running)

    assert reply.status == 307
    assert elsewhere.connections == 0


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer() as proxy, peer() as running:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        send(running)

    assert proxy.connections == 0
    assert running.connections == 1


def drip(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        sock.sendall(b".")
        threading.Event().wait(0.02)


def drip_headers(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"x: y\r\n"[:1])
        threading.Event().wait(0.02)


def go_on_for_ever(sock: socket.socket) -> None:
    while True:
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        threading.Event().wait(0.01)


def silence(_: socket.socket) -> None:
    threading.Event().wait(3)


@pytest.mark.parametrize("answers", [drip, drip_headers, go_on_for_ever, silence])
def test_a_server_that_takes_its_time_is_cut_off(answers: Answers) -> None:
    with peer(answers) as running, pytest.raises(CutOff, match="in time"):
        send(running, timeout_s=0.3, most_bytes=10**9)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnot a chunk",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000,
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 two OK\r\n\r\n",
    ],
)
def test_a_broken_or_endless_reply_is_cut_off(answer: bytes) -> None:
    with peer(answer) as running, pytest.raises(CutOff):
        send(running)


def test_where_nobody_listens_nothing_was_sent() -> None:
    with peer() as running:
        port = running.port
    endpoint = f"http://127.0.0.1:{port}/v1"

    with pytest.raises(NotSent, match="nothing was sent"):
        HttpsWire().send(own_permit(endpoint), post(endpoint), timeout_s=2, most_bytes=10)


def test_errors_quote_neither_words_nor_keys() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nwords secret"
    with peer(half) as running, pytest.raises(CutOff) as error:
        send(running)

    assert "words" not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "model")]), SystemClock().now()
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = tmp_path / "model.pem", tmp_path / "model.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, private


def a_tls_server(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_a_server_that_is_trusted_is_asked_over_tls(certificate: tuple[Path, Path]) -> None:
    with peer(tls=a_tls_server(certificate)) as running:
        endpoint = f"https://127.0.0.1:{running.port}/v1"
        wire = HttpsWire(certificate[0])
        reply = wire.send(outside_permit(endpoint), post(endpoint), timeout_s=5, most_bytes=1000)

    assert reply.body == b"ok"


def test_a_tls_server_that_drips_is_cut_off(certificate: tuple[Path, Path]) -> None:
    with peer(drip, a_tls_server(certificate)) as running:
        endpoint = f"https://127.0.0.1:{running.port}/v1"
        with pytest.raises(CutOff, match="in time"):
            HttpsWire(certificate[0]).send(outside_permit(endpoint), post(endpoint), timeout_s=0.4, most_bytes=10**9)


def test_a_server_that_nobody_vouches_for_gets_nothing(certificate: tuple[Path, Path]) -> None:
    with peer(tls=a_tls_server(certificate)) as running:
        endpoint = f"https://127.0.0.1:{running.port}/v1"
        with pytest.raises(NotSent, match="did not prove who it is"):
            HttpsWire().send(outside_permit(endpoint), post(endpoint), timeout_s=5, most_bytes=1000)

    assert running.heard == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")  # the old version is what is tested
def test_a_server_of_tls_1_1_gets_nothing(certificate: tuple[Path, Path]) -> None:
    old = a_tls_server(certificate)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with peer(tls=old) as running:
        endpoint = f"https://127.0.0.1:{running.port}/v1"
        with pytest.raises(NotSent):
            HttpsWire(certificate[0]).send(outside_permit(endpoint), post(endpoint), timeout_s=5, most_bytes=1000)

    assert running.heard == []


def test_a_name_on_record_as_ones_own_that_leads_outside_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # The address is what the name says; the test puts a public one in its place.
    with peer() as running:
        endpoint = f"http://127.0.0.1:{running.port}/v1"
        monkeypatch.setattr("vouchsafe.plugins.wires.https.wire.is_inside", lambda _: False)
        with pytest.raises(NotSent, match="leads outside"):
            HttpsWire().send(own_permit(endpoint), post(endpoint), timeout_s=5, most_bytes=1000)

    assert running.heard == []


def test_a_file_of_certificates_that_is_none_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("no certificate")

    with pytest.raises(NotSent, match="PEM certificates"):
        HttpsWire(wrong)
