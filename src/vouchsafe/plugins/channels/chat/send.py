"""Answers in a chat: the row that the send stage wrote is the answer; the open window is told to look."""

from collections.abc import Callable

from vouchsafe.domain.ids import ConversationId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.reply import Approved, Envelope, Notice, Reply
from vouchsafe.ports.channel import Delivered


class ChatChannel:
    """Wakes the open windows of a conversation. A window that is closed finds the answer when it opens again."""

    def __init__(self, notify: Callable[[ConversationId], None]) -> None:
        self._notify = notify

    @property
    def kind(self) -> ChannelKind:
        """Chat."""
        return ChannelKind.CHAT

    def send(self, item: Approved[Reply] | Approved[Notice], envelope: Envelope) -> Delivered:
        """Wake the windows; the words travel by the row, never by the signal."""
        self._notify(item.conversation)
        return Delivered(envelope.key)
