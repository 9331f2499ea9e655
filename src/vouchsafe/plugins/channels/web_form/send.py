"""Answers to a form go by mail to the address that was given in it."""

from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.reply import Approved, Envelope, Notice, Reply
from vouchsafe.ports.channel import Channel, Delivered


class WebFormChannel:
    """Hands everything to the mail channel; the form itself can show nothing once the page is closed."""

    def __init__(self, mail: Channel) -> None:
        self._mail = mail

    @property
    def kind(self) -> ChannelKind:
        """Web form."""
        return ChannelKind.WEB_FORM

    def send(self, item: Approved[Reply] | Approved[Notice], envelope: Envelope) -> Delivered:
        """Send by mail. Raises: what the mail channel raises."""
        return self._mail.send(item, envelope)
