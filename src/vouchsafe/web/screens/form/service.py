"""What the form needs from the application."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.ports.channel import Accepted, Quarantined


@dataclass(frozen=True, slots=True)
class PatientDesk:
    """What patient pages say about a desk.

    `recipient` picks the desk at intake. `languages`: BCP 47, the first is the usual one.
    """

    recipient: str
    organisation: str
    emergency_number: str
    phone: str
    languages: tuple[str, ...] = ("en", "es")


class FormServices(Protocol):
    """Implemented where the application is wired."""

    def desk(self, name: str) -> PatientDesk | None:
        """The desk with this name in addresses of pages, or None."""
        ...

    def take(self, inbound: Inbound) -> Accepted | Quarantined:
        """Store a message durably (the intake). Runs in a thread."""
        ...

    def allow(self, client: str) -> bool:
        """Whether this client, named by its network address, may send another message now."""
        ...

    def refused(self, recipient: str, channel: ChannelKind) -> None:
        """A post at this door was asked to wait: whoever owns what the desk cannot take hears of it. Never raises."""
        ...

    def secret(self) -> str:
        """A fresh unguessable value."""
        ...

    def now(self) -> datetime:
        """The current moment."""
        ...
