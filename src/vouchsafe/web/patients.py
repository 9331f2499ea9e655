"""What the web form and the chat need, over the application."""

import secrets
from collections import OrderedDict
from datetime import datetime, timedelta

import structlog
from starlette.concurrency import run_in_threadpool

from vouchsafe.app import App
from vouchsafe.domain.ids import ConversationId, DeskId, MessageId, WorkspaceId
from vouchsafe.domain.message import Author, ChannelKind, Direction, Inbound, Turn
from vouchsafe.plugins.channels.chat.receive import chat_inbound, session_ref
from vouchsafe.ports.channel import Accepted, Quarantined
from vouchsafe.store import conversations, desks, messages, quarantine
from vouchsafe.web.clients import Counter
from vouchsafe.web.live import Signals
from vouchsafe.web.screens.form.service import PatientDesk
from vouchsafe.web.screens.widget.service import ChatLine, ChatSession

_ASK = {"en": "I would like to talk to a person.", "es": "Quisiera hablar con una persona."}
"""What stands in the conversation when somebody presses the button for a person."""
_IDS_KEPT = 10_000
REFUSALS_TOLD_EVERY = timedelta(hours=1)
"""An owner who settled the last item about refused posts hears of the next one after so long."""
_LOOK_AGAIN_AFTER = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Allowance:
    """At most some messages a minute for each network address; the words themselves are never thrown away."""

    def __init__(self, app: App) -> None:
        self._clock = app.clock
        self._counter = Counter(app.settings.messages_per_minute, timedelta(minutes=1))

    def allow(self, client: str) -> bool:
        """Whether this client may send another one now."""
        return self._counter.take(client, self._clock.now())


class Refusals:
    """Posts that were asked to wait have an owner who hears of it: one item in quarantine a door and period (R179).

    No word of them is kept, since none came in: whoever was refused still has them in the window.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        # Looked at before the database, so that a flood of refusals costs it nothing.
        self._lately = Counter(1, _LOOK_AGAIN_AFTER)

    def note(self, recipient: str, channel: ChannelKind) -> None:
        """A post was refused at this door. Whatever fails here, the writer gets the same answer."""
        now = self._app.clock.now()
        if not self._lately.take(f"{channel.value}/{recipient}", now):
            return
        try:
            if not self._told(recipient, channel, now):
                self._app.quarantine(channel, recipient, _refused(channel, now).encode(), quarantine.REFUSED_POSTS)
        except Exception as error:  # noqa: BLE001  # the figure counts it all the same, and the next one tries again
            log.error("refused posts not told", failure=type(error).__name__)

    def _told(self, recipient: str, channel: ChannelKind, now: datetime) -> bool:
        with self._app.store.at(recipient) as found:
            return found is None or quarantine.tells_of_refusals(
                found[0].context, found[1], channel, now - REFUSALS_TOLD_EVERY
            )


def _refused(channel: ChannelKind, now: datetime) -> str:
    """What the item says. The hour alone, so that two servers say the same and keep it once."""
    return (
        f"Since {now:%Y-%m-%d %H}:00 UTC more messages came from one network by {channel.value} than "
        "VOUCHSAFE_MESSAGES_PER_MINUTE allows.\n"
        "Each writer was asked to wait a minute and to send again, and kept the words.\n"
        "vouchsafe_refused_posts_total in /metrics counts them.\n"
    )


class FormDoor:
    """`FormServices` over the application."""

    def __init__(self, app: App, allowance: Allowance) -> None:
        self._app, self._allowance, self._refusals = app, allowance, Refusals(app)

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

    def refused(self, recipient: str, channel: ChannelKind) -> None:
        """A post at this door was asked to wait: its owner hears of it."""
        self._refusals.note(recipient, channel)

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
