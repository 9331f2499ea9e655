"""The wire to a service outside: one request, one reply, under one permit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vouchsafe.domain.agreement import Permit
from vouchsafe.domain.errors import VouchsafeError


class NotSent(VouchsafeError):
    """Nothing of ours left: no connection, no trust in the other side, or an address that the permit does not name."""


class CutOff(VouchsafeError):
    """Our words may have left, and no whole answer came back in time."""


@dataclass(frozen=True, slots=True, repr=False)
class HttpRequest:
    """What is sent. Headers hold keys and the body holds words, so neither is ever shown."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    method: str = "POST"

    def __repr__(self) -> str:
        return f"HttpRequest({self.method}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class HttpReply:
    """What came back. Header names in small letters; of a header that stands twice the last."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __repr__(self) -> str:
        return f"HttpReply({self.status}, {len(self.body)} bytes)"

    def header(self, name: str) -> str:
        """The value of a header, empty where it is not there."""
        return dict(self.headers).get(name, "")


OnPart = Callable[[HttpReply, bytes], None]
"""Hears each part of a reply as it comes, beside its status and headers. What it raises ends the call."""


class Wire(Protocol):
    """Carries a request to the endpoint that the permit names, and nowhere else."""

    def send(
        self,
        permit: Permit,
        request: HttpRequest,
        *,
        timeout_s: float,
        most_bytes: int,
        on_part: OnPart | None = None,
    ) -> HttpReply:
        """The reply, whatever its status; redirects are not followed.

        `timeout_s` covers everything from connecting to the last byte, and what `on_part` does meanwhile.
        Raises: NotSent, CutOff, and what `on_part` raises.
        """
        ...
