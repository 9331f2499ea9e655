"""A chat line as an `Inbound`."""

import hashlib
from datetime import datetime

from vouchsafe.domain.message import ChannelKind, Inbound, Sender
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.channels.email.charsets import clean

LONGEST_LINE = 8_000
"""Characters of one chat line; the page says so before a person reaches it."""


def session_ref(token: str) -> str:
    """What stands for a session in rows and threads: a hash, so that a copy of the rows opens no chat."""
    return "chat:" + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def chat_inbound(*, recipient: str, token: str, client_id: str, text: str, received_at: datetime) -> Inbound:
    """One line of a session as a message.

    `client_id` was made by the page for this line. A line that is sent again after a broken connection has the same id
    and the same words and is the same message; the id alone never makes two lines one.
    """
    session = session_ref(token)
    cleaned, problems = clean(text)
    digest = hashlib.sha256()
    for value in (session, client_id, text):
        content = value.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "big") + content)
    return Inbound(
        channel=ChannelKind.CHAT,
        recipient=recipient,
        provider_id=digest.hexdigest(),
        sender=Sender(PhiText(session), PhiText("")),
        subject=PhiText(""),
        new_text=PhiText(cleaned.strip()),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=(),
        thread_ids=(session,),
        sent_at=received_at,
        automatic=False,
        asserted=False,
        original=text.encode("utf-8", "surrogatepass"),
        problems=problems,
    )
