"""One HTTPS request under one permit, with the standard library alone.

Nothing here follows a redirect, asks a proxy, keeps a cookie or reads the environment, so the other side of the
connection is the endpoint of the permit or there is none. For a permit that says "inside", the address that answered
must belong to a private network: a name that somebody pointed elsewhere gets nothing.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from vouchsafe.domain.agreement import Permit, is_inside
from vouchsafe.ports.wire import CutOff, HttpReply, HttpRequest, NotSent, OnPart

_CONNECT_S = 10.0
"""Longest for one address of a name to answer at all."""
_CHUNK = 65_536
_PLAIN = re.compile(r"[\x20-\x7e]*")


class HttpsWire:
    """Carries requests over HTTPS (TLS 1.2 or newer), or plain HTTP to this machine itself.

    `ca_file`: further certificates to trust, for servers inside an organisation. Raises: NotSent where that file cannot
    be used.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        self._tls = ssl.create_default_context()
        # R105: nothing older than TLS 1.2.
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        if ca_file is not None:
            try:
                self._tls.load_verify_locations(ca_file)
            except (OSError, ssl.SSLError):
                raise NotSent("the file of further certificates cannot be read; it holds PEM certificates") from None

    def send(
        self,
        permit: Permit,
        request: HttpRequest,
        *,
        timeout_s: float,
        most_bytes: int,
        on_part: OnPart | None = None,
    ) -> HttpReply:
        """The reply, whatever its status. Raises: NotSent before a byte of the request left, else CutOff."""
        target = _target(permit, request)
        ends = time.monotonic() + timeout_s
        connection = self._connected(permit, request, timeout_s)
        try:
            with _cut_at(connection, ends) as cut:
                try:
                    reply = _exchanged(connection, request, target, most_bytes, on_part)
                except (OSError, http.client.HTTPException, ValueError) as error:
                    # The socket's own time-out may be a moment ahead of ours.
                    late = cut.is_set() or isinstance(error, TimeoutError)
                    # The error's own words may quote what was sent or came back.
                    raise CutOff(_no_whole_answer(late=late)) from None
            if cut.is_set():
                raise CutOff(_no_whole_answer(late=True))
            return reply
        finally:
            connection.close()

    def _connected(self, permit: Permit, request: HttpRequest, timeout_s: float) -> http.client.HTTPConnection:
        parts = urlsplit(request.url)
        host, patience = parts.hostname or "", min(_CONNECT_S, timeout_s)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(host, parts.port, timeout=patience, context=self._tls)
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=patience)
        try:
            connection.connect()
        except ssl.SSLError:
            raise NotSent(f"{host} did not prove who it is, or speaks no TLS 1.2; nothing was sent") from None
        except (OSError, ValueError):
            raise NotSent(f"no connection to {host}; nothing was sent") from None
        if permit.inside and not _is_private(connection.sock):
            connection.close()
            raise NotSent(f"{host} is on record as a machine of your own, and leads outside; nothing was sent")
        return connection


def _target(permit: Permit, request: HttpRequest) -> str:
    """Path and query to ask for. Raises: NotSent for anything but the endpoint of the permit and what is below it."""
    endpoint, url = permit.call.endpoint, request.url
    below = url == endpoint or url.startswith((f"{endpoint}/", f"{endpoint}?"))
    parts = urlsplit(url)
    odd = {".", ".."} & set(parts.path.split("/")) or not _PLAIN.fullmatch(url) or " " in url or parts.fragment
    if not below or odd or parts.scheme not in {"https", "http"}:
        raise NotSent("the request leads to another place than its permit; nothing was sent")
    if any(not _PLAIN.fullmatch(f"{name}{value}") for name, value in request.headers):
        raise NotSent("a header of the request holds more than plain characters; nothing was sent")
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _exchanged(
    connection: http.client.HTTPConnection, request: HttpRequest, target: str, most_bytes: int, on_part: OnPart | None
) -> HttpReply:
    connection.request(request.method, target, body=request.body, headers=dict(request.headers))
    response = connection.getresponse()
    head = HttpReply(response.status, tuple((name.lower(), value) for name, value in response.getheaders()), b"")
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > most_bytes:
            raise ValueError("more than was agreed to read")
        if on_part:
            on_part(head, chunk)
    if response.length:
        raise ValueError("less than the other side announced")
    return replace(head, body=bytes(body))


@contextmanager
def _cut_at(connection: http.client.HTTPConnection, ends: float) -> Iterator[threading.Event]:
    """End the connection when time is up: a socket's own time-out starts anew with every byte that drips in."""
    cut, sock = threading.Event(), connection.sock

    def end() -> None:
        cut.set()
        try:
            # The plain socket's shutdown: that of TLS would drop the encryption under the thread that reads.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            return

    sock.settimeout(max(0.05, ends - time.monotonic()))
    timer = threading.Timer(max(0.0, ends - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()


def _is_private(sock: socket.socket) -> bool:
    return is_inside(ipaddress.ip_address(sock.getpeername()[0]))


def _no_whole_answer(*, late: bool) -> str:
    return "no whole answer came in time" if late else "the connection broke off before the whole answer was there"
