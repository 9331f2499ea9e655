"""Signals from the database to open pages: one listening connection a process, fanned out; ids only, never words."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import structlog

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId, UserId, WorkspaceId
from vouchsafe.store.drafting import DRAFTING
from vouchsafe.store.engine import APP, role_url
from vouchsafe.store.presence import HERE

log = structlog.get_logger()

CASES, CHATS = "vouchsafe_case", "vouchsafe_chat"
_LOOK_S = 0.5
"""How often the thread looks whether it should end."""
_AGAIN_S = 2.0
"""Pause before a lost connection is opened again. Pages look again by themselves meanwhile."""
_HERE_FOR_S = 40.0
"""Who has not said for so long that they have a case open has it open no more. Pages say it every 15 s."""


class Present:
    """Who has which case open, as far as this process heard. Nothing is kept longer than somebody stays."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[tuple[str, str], dict[str, float]] = {}

    def hear(self, workspace: str, case: str, user: str, now: float) -> bool:
        """Somebody says that they have a case open; whether that is news. `now` is in seconds of a steady clock."""
        with self._lock:
            for key in [key for key, until in self._until.items() if max(until.values()) < now]:
                del self._until[key]
            here = self._until.setdefault((workspace, case), {})
            news = here.get(user, now - 1) < now
            here[user] = now + _HERE_FOR_S
            return news

    def users(self, workspace: str, case: str, now: float) -> frozenset[str]:
        """Who has the case open."""
        with self._lock:
            return frozenset(user for user, until in self._until.get((workspace, case), {}).items() if until >= now)


class Heard(asyncio.Event):
    """An event that keeps what it was set for: a change of any case, and the cases that a language model drafts for
    or that somebody else has opened.
    """

    def __init__(self) -> None:
        super().__init__()
        self.changed = False
        self.drafting: set[str] = set()
        self.here: set[str] = set()

    def hear(self, drafting: str, here: str) -> None:
        """Set it, for a draft that is being written or for somebody who came where a case is named."""
        if drafting:
            self.drafting.add(drafting)
        elif here:
            self.here.add(here)
        else:
            self.changed = True
        self.set()

    def taken(self) -> tuple[bool, frozenset[str], frozenset[str]]:
        """What was heard, which is forgotten with it: any change, cases that are drafted for, cases somebody opened."""
        found = self.changed, frozenset(self.drafting), frozenset(self.here)
        self.clear()
        self.changed = False
        self.drafting.clear()
        self.here.clear()
        return found


class Signals:
    """Wakes whoever waits for a topic: `case/WORKSPACE` or `chat/CONVERSATION`."""

    def __init__(self, app: App) -> None:
        self._url = role_url(app.store.database.url, APP, app.keys).set(drivername="postgresql")
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, Heard]]] = defaultdict(set)
        self._lock = threading.Lock()
        self._present = Present()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._thread = threading.Thread(target=self._run, name="signals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wake everybody, so that streams can end."""
        self._ending.set()
        for topic in list(self._waiting):
            self.wake(topic)
        if self._thread:
            self._thread.join(timeout=5)

    @contextmanager
    def subscribed(self, topic: str) -> Iterator[Heard]:
        """An event of the running loop that is set at every signal on the topic until the block ends."""
        entry = (asyncio.get_running_loop(), Heard())
        with self._lock:
            self._waiting[topic].add(entry)
        try:
            yield entry[1]
        finally:
            with self._lock:
                self._waiting[topic].discard(entry)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    @property
    def ending(self) -> bool:
        """Whether the server is going down, so streams should end."""
        return self._ending.is_set()

    def present(self, workspace: WorkspaceId, case: CaseId) -> frozenset[UserId]:
        """Who has the case open."""
        return frozenset(UserId(UUID(one)) for one in self._present.users(str(workspace), str(case), time.monotonic()))

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                log.warning("listening again", failure=type(error).__name__)
                self._ending.wait(_AGAIN_S)

    def _listen(self) -> None:
        with psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(b"listen vouchsafe_case")
            connection.execute(b"listen vouchsafe_chat")
            connection.execute(f"listen {DRAFTING}".encode())
            connection.execute(f"listen {HERE}".encode())
            while not self._ending.is_set():
                for note in connection.notifies(timeout=_LOOK_S, stop_after=1):
                    if note.channel == HERE:
                        self._hear_of(*note.payload.split("/"))
                        continue
                    kind = "chat" if note.channel == CHATS else "case"
                    whose, _, case = note.payload.partition("/")
                    self.wake(f"{kind}/{whose}", drafting=case if note.channel == DRAFTING else "")

    def _hear_of(self, workspace: str, case: str, user: str) -> None:
        if self._present.hear(workspace, case, user, time.monotonic()):
            self.wake(f"case/{workspace}", here=case)

    def wake(self, topic: str, *, drafting: str = "", here: str = "") -> None:
        """Set the event of everybody who waits for the topic in this process.

        `drafting`: the case of a draft that is being written; `here`: the case that somebody opened.
        """
        with self._lock:
            entries = list(self._waiting.get(topic, ()))
        for loop, event in entries:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.hear, drafting, here)
