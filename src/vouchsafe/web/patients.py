"""What the web form and the chat need, over the application."""

import secrets
from collections import OrderedDict
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool

from vouchsafe.app import App
from vouchsafe.domain.ids import ConversationId, DeskId, MessageId, WorkspaceId
from vouchsafe.domain.message import Author, Direction, Inbound, Turn
from vouchsafe.plugins.channels.chat.receive import chat_inbound, session_ref
from vouchsafe.ports.channel import Accepted, Quarantined
from vouchsafe.store import conversations, desks, messages
from vouchsafe.web.clients import Counter
from vouchsafe.web.live import Signals
from vouchsafe.web.screens.form.service import PatientDesk
from vouchsafe.web.screens.widget.service import ChatLine, ChatSession

_ASK = {"en": "I would like to talk to a person.", "es": "Quisiera hablar con una persona."}
"""What stands in the conversation when somebody presses the button for a person."""
_IDS_KEPT = 10_000


class Allowance:
    """At most some messages a minute for each network address; the words themselves are never thrown away."""

    def __init__(self, app: App) -> None:
        self._clock = app.clock
        self._counter = Counter(app.settings.messages_per_minute, timedelta(minutes=1))

    def allow(self, client: str) -> bool:
        """Whether this client may send another one now."""
        return self._counter.take(client, self._clock.now())


class FormDoor:
    """`FormServices` over the application."""

    def __init__(self, app: App, allowance: Allowance) -> None:
        self._app, self._allowance = app, allowance

    def desk(self, name: str) -> PatientDesk | None:
        """The desk that the route `desk:NAME` leads to."""
        found = self._found(name)
        if found is None:
            return None
        workspace, desk = found
        with self._app.store(workspace) as work:
            pack = self._app.pack_of(work, desk)
        return PatientDesk(f"desk:{name}", pack.organisation, pack.emergency_number, pack.phone, pack.languages)

    def take(self, inbound: Inbound) -> Accepted | Quarantined:
        """The intake."""
        return self._app.intake(inbound)

    def allow(self, client: str) -> bool:
        """Whether this client may send another message now."""
        return self._allowance.allow(client)

    def secret(self) -> str:
        """192 bits of chance."""
        return secrets.token_urlsafe(24)

    def now(self) -> datetime:
        """The current moment."""
        return self._app.clock.now()

    def _found(self, name: str) -> tuple[WorkspaceId, DeskId] | None:
        with self._app.store.database.begin(None) as connection:
            found = desks.follow(connection, self._app.store.vault, f"desk:{name}")
        return (found[0], found[1]) if found and found[1] else None


class ChatDoor(FormDoor):
    """`ChatService` over the application. What a window shows is what the store holds, words as they left."""

    def __init__(self, app: App, allowance: Allowance, signals: Signals) -> None:
        super().__init__(app, allowance)
        self._signals = signals
        # The window knows its own line again by its id. Rows do not keep it, so this is for windows of this process;
        # one that reconnects elsewhere reads its line as anybody's.
        self._ids: OrderedDict[MessageId, str] = OrderedDict()

    def post(self, session: ChatSession, client_id: str, text: str) -> Accepted | Quarantined:
        """One line."""
        taken = self._app.intake(
            chat_inbound(
                recipient=session.recipient,
                token=session.token,
                client_id=client_id,
                text=text,
                received_at=self.now(),
            )
        )
        if isinstance(taken, Accepted):
            self._ids[taken.message] = client_id
            while len(self._ids) > _IDS_KEPT:
                self._ids.popitem(last=False)
            self._signals.wake(f"chat/{taken.conversation}")
        # A window that waited before the first line knows no conversation yet.
        self._signals.wake(f"chat/{session_ref(session.token)}")
        return taken

    def ask_person(self, session: ChatSession, client_id: str) -> Accepted | Quarantined:
        """The wish for a person, as a line of the contact: detection and the gate treat it like any other words."""
        return self.post(session, client_id, _ASK.get(session.language, _ASK["en"]))

    def history(self, session: ChatSession, after: int) -> list[ChatLine]:
        """Lines numbered by their place in the conversation; a conversation only ever grows."""
        found = self._conversation(session)
        if found is None:
            return []
        workspace, conversation = found
        with self._app.store(workspace) as work:
            turns = messages.turns(work.context, conversation)
        ids = self._ids
        return [_line(number, turn, ids.get(turn.id, "")) for number, turn in enumerate(turns, 1) if number > after]

    async def changed(self, session: ChatSession, after: int) -> None:
        """Return when the conversation has a line above `after`, or at the next signal about it."""
        found = await run_in_threadpool(self._conversation, session)
        topic = f"chat/{found[1]}" if found else f"chat/{session_ref(session.token)}"
        with self._signals.subscribed(topic) as signal:
            if await run_in_threadpool(self.history, session, after):
                return
            await signal.wait()

    def _conversation(self, session: ChatSession) -> tuple[WorkspaceId, ConversationId] | None:
        found = self._found(session.recipient.removeprefix("desk:"))
        if found is None:
            return None
        workspace, desk = found
        with self._app.store(workspace) as work:
            conversation = conversations.find(work.context, desk, [session_ref(session.token)])
        return (workspace, conversation) if conversation else None


def _line(number: int, turn: Turn, client_id: str) -> ChatLine:
    own = turn.direction is Direction.INBOUND
    author = Author.CONTACT if own else turn.author
    return ChatLine(number, author, "" if own else turn.author_name, turn.text, turn.at, client_id)
