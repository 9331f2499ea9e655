"""One page of one host over the standard library: no proxy, no cookie, no other host, one time limit over everything.

The address is looked up once and the connection goes to exactly that address, so that a name cannot point elsewhere
between the check and the connection.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from vouchsafe.domain.errors import VouchsafeError

AGENT = "vouchsafe"
"""Our name in requests and in robots.txt."""
_MOST_REDIRECTS = 5
_BLOCK = 64 * 1024
_PORTS = {"https": 443, "http": 80}
_SAME = 304
"""Its Content-Length is that of the page which is not sent (RFC 9110, 8.6)."""
_MOVED = frozenset({301, 302, 303, 307, 308})


class NotFetched(VouchsafeError):
    """A page could not be had. `passing`: it may be there another time."""

    def __init__(self, says: str, *, passing: bool) -> None:
        self.passing = passing
        super().__init__(says)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a host answered. Header names are in small letters. `url` is where redirects within the host led."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Host:
    """The only place that is asked. Every one of `addresses` was checked when the name was looked up."""

    scheme: str
    name: str
    port: int
    addresses: tuple[str, ...]

    def holds(self, url: str) -> bool:
        """Whether a URL is of this host, scheme and port."""
        try:
            split = urlsplit(url)
            port = split.port or _PORTS.get(split.scheme, 0)
        except ValueError:
            return False
        return (split.scheme, (split.hostname or "").lower(), port) == (self.scheme, self.name, self.port)


def host_of(url: str, *, private: bool = False) -> Host:
    """The host of a site's address, looked up. Raises: VouchsafeError where it may not be asked, NotFetched.

    A public site is asked over https. An address of this machine or of a private network is asked where it was written
    out (127.0.0.1, localhost) or `private` says so: a name that merely resolves to one may be somebody's trick.
    """
    split = _split(url)
    name = (split.hostname or "").lower()
    port = split.port or _PORTS[split.scheme]
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotFetched(f"{name} is not found; look at the address, or at the name server", passing=True) from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    inside = [one for one in addresses if not ipaddress.ip_address(one.partition("%")[0]).is_global]
    if inside and not (private or _written_out(name)):
        raise VouchsafeError(f"{name} is an address of a private network; if that is meant, give --private")
    if split.scheme == "http" and not inside:
        raise VouchsafeError("a public site is read over https, so that nobody on the way changes its pages")
    return Host(split.scheme, name, port, tuple(addresses))


def fetch(host: Host, url: str, *, headers: Mapping[str, str], timeout_s: float, most_bytes: int) -> Fetched:
    """Get one page of the host, redirects within it followed. Raises: NotFetched."""
    deadline = time.monotonic() + timeout_s
    for _ in range(_MOST_REDIRECTS):
        if not host.holds(url):
            raise NotFetched("leads to another host; import that one by its own address", passing=False)
        try:
            answer = _once(host, url, headers, deadline, most_bytes)
        except TimeoutError as late:
            raise NotFetched(f"no answer within {timeout_s:.0f} s", passing=True) from late
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotFetched(f"the connection failed ({type(error).__name__})", passing=True) from error
        if answer.status not in _MOVED:
            return answer
        url = urljoin(url, answer.headers.get("location", ""))
    raise NotFetched("redirects without end", passing=False)


def _split(url: str) -> SplitResult:
    try:
        split = urlsplit(url)
        known = split.scheme in _PORTS and bool(split.hostname) and split.port != 0
    except ValueError:
        known = False
    if not known or "@" in split.netloc:
        raise VouchsafeError("a site is given as https://www.clinic.example/, without a name or password in it")
    return split


def _written_out(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost"
    return True


def _once(host: Host, url: str, headers: Mapping[str, str], deadline: float, most_bytes: int) -> Fetched:
    connection = _Connection(host, _left(deadline))
    try:
        split = urlsplit(url)
        target = (split.path or "/") + (f"?{split.query}" if split.query else "")
        sent = {"User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
        connection.request("GET", target, headers=sent)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Fetched(url, answer.status, found, _body(connection, answer, deadline, most_bytes))
    finally:
        connection.close()


def _body(
    connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, deadline: float, most_bytes: int
) -> bytes:
    """The body in blocks, so that a host that drips does not hold us longer than the limit."""
    got = bytearray()
    while True:
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline))
        block = answer.read1(_BLOCK)
        if not block:
            if _length(answer) > len(got):
                raise NotFetched("the connection ended in the middle", passing=True)
            return bytes(got)
        got += block
        _left(deadline)
        if len(got) > most_bytes:
            raise NotFetched(f"larger than {most_bytes // 1024 // 1024} MB", passing=False)


def _length(answer: http.client.HTTPResponse) -> int:
    """Bytes that the host said it would send; 0 where it did not say. Half a page would be taken for the whole one."""
    said = answer.headers.get("Content-Length", "")
    return int(said) if said.isascii() and said.isdigit() and not answer.chunked and answer.status != _SAME else 0


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was checked, under the name of the host."""

    def __init__(self, host: Host, timeout_s: float) -> None:
        super().__init__(host.name, host.port, timeout=timeout_s)
        self._place = host

    def connect(self) -> None:
        """Open the connection, with TLS and the certificate of the name where the scheme asks for it."""
        plain = self._first_that_answers()
        if self._place.scheme == "https":
            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            self.sock = context.wrap_socket(plain, server_hostname=self._place.name)
        else:
            self.sock = plain

    def _first_that_answers(self) -> socket.socket:
        *others, last = self._place.addresses
        for address in others:
            try:
                return socket.create_connection((address, self._place.port), self.timeout)
            except OSError:
                continue
        return socket.create_connection((last, self._place.port), self.timeout)
