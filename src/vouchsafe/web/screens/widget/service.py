"""What the chat needs from the application."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vouchsafe.domain.message import Author, ChannelKind
from vouchsafe.domain.text import PhiText
from vouchsafe.ports.channel import Accepted, Quarantined
from vouchsafe.web.screens.form.service import PatientDesk


@dataclass(frozen=True, slots=True)
class ChatSession:
    """One person's chat with one desk, in one browser.

    `token` is 192 bits of chance that only the browser's cookie holds; rows hold its hash
    (`plugins.channels.chat.receive.session_ref`). `language`: BCP 47, as chosen on the page.
    """

    token: str
    recipient: str
    language: str

    def __repr__(self) -> str:
        # Whoever reads the token in a log could read the chat.
        return f"ChatSession(to {self.recipient}, {self.language})"


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One line as the window shows it.

    `number` grows within a session and is never used again; a window that was away asks for what came after its last.
    `by` is the name of a person on our side, else empty. `client_id`: the window's own id of a line it sent.
    """

    number: int
    author: Author
    by: str
    text: PhiText
    at: datetime
    client_id: str = ""


class ChatService(Protocol):
    """Implemented where the application is wired. Plain methods run in a thread, `changed` in the event loop."""

    def desk(self, name: str) -> PatientDesk | None:
        """The desk with this name in addresses of pages, or None."""
        ...

    def refused(self, recipient: str, channel: ChannelKind) -> None:
        """A post at this door was asked to wait: whoever owns what the desk cannot take hears of it. Never raises."""
        ...

    def secret(self) -> str:
        """A fresh unguessable value for a session's token."""
        ...

    def allow(self, client: str) -> bool:
        """Whether this client, named by its network address, may send another line now."""
        ...

    def post(self, session: ChatSession, client_id: str, text: str) -> Accepted | Quarantined:
        """Store a line durably and begin the session with its first one; the same id and words again change nothing."""
        ...

    def ask_person(self, session: ChatSession, client_id: str) -> Accepted | Quarantined:
        """Hand the conversation to a person, also before any line was written; the same id again changes nothing."""
        ...

    def history(self, session: ChatSession, after: int) -> list[ChatLine]:
        """The lines with a number above `after`, in order; none for a session that has not begun."""
        ...

    async def changed(self, session: ChatSession, after: int) -> None:
        """Return when a line above `after` may be there, at once if one is. It may return for nothing."""
        ...
