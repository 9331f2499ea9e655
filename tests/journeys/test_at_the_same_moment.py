"""A message arrives while somebody else works on its conversation: one waits for the other, nobody is thrown out.

Intake, reviewers, workers and senders lock the conversation first, and only then its case and its outbox. Each test
holds an intake between the two, lets the other side run until it waits, and lets the intake go on: in any other order
PostgreSQL ends one of them as a deadlock.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, create_engine, text
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.domain import message
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.domain.staff import Role, User
from vouchsafe.domain.states import Stage
from vouchsafe.domain.text import PhiText
from vouchsafe.installing import add_user
from vouchsafe.ports.channel import Accepted
from vouchsafe.reviewing import Reviewing
from vouchsafe.store.work import PgWork
from vouchsafe.worker import sweeps
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case, park
from vouchsafe.worker.sending import Sender

ROUTINE = "When is the main clinic open on Saturdays?"
PATIENCE_S = 30.0


@pytest.fixture
def watcher(clinic: Clinic) -> Iterator[Connection]:
    engine = create_engine(clinic.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def lead(app: App, clinic: Clinic) -> User:
    roles = frozenset({Role.LEAD, Role.AGENT})
    return add_user(app, clinic.workspace, "lea", "Lea", "Lead", roles, "quartz-lantern-orchard-sleet")


class Meanwhile:
    """Runs an act in a thread of its own in the middle of the next intake, once that holds the conversation."""

    def __init__(self, watcher: Connection, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
        self._watcher, self._act = watcher, act
        self._thread = threading.Thread(target=self._run)
        self.failure: Exception | None = None
        inner = PgWork.open_case

        def open_case(work: PgWork, conversation: object) -> object:
            if self._thread.ident is None:
                self._thread.start()
                self._until_it_waits()
            return inner(work, conversation)  # type: ignore[arg-type]  # handed through

        monkeypatch.setattr(PgWork, "open_case", open_case)

    def end(self) -> None:
        """Wait for the act, and raise what it raised."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        if self.failure:
            raise self.failure

    def _run(self) -> None:
        try:
            self._act()
        except Exception as error:  # noqa: BLE001  # raised again in the test's own thread
            self.failure = error

    def _until_it_waits(self) -> None:
        waits = text(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        deadline = time.monotonic() + PATIENCE_S
        while self._thread.is_alive() and not self._watcher.execute(waits).scalar():
            assert time.monotonic() < deadline
            time.sleep(0.02)


def go_on(app: App, clinic: Clinic) -> CaseId:
    """The same person writes again in the conversation of their first mail."""
    clinic.clock.advance(minutes=1)
    return write(app, "And on Sundays?", number=2, after=1)


def stage(clinic: Clinic, case: CaseId) -> Stage:
    with clinic.store(clinic.workspace) as work:
        return work.case_row(case).stage


def test_a_reviewer_takes_the_case_that_a_newer_message_ends(
    app: App, clinic: Clinic, watcher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, case = lead(app, clinic), write(app, ROUTINE)
    reviewing = Reviewing(app, clinic.workspace)
    meanwhile = Meanwhile(watcher, monkeypatch, lambda: reviewing.take(case, person))
    newer = go_on(app, clinic)
    meanwhile.end()

    assert stage(clinic, case) is Stage.SUPERSEDED
    with clinic.store(clinic.workspace) as work:
        assert work.case_row(newer).holder == person.id


def test_a_worker_computes_the_case_that_a_newer_message_ends(
    app: App, clinic: Clinic, watcher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, ROUTINE)
    meanwhile = Meanwhile(watcher, monkeypatch, lambda: advance_case(app, clinic.workspace, case))
    newer = go_on(app, clinic)
    meanwhile.end()

    assert stage(clinic, case) is Stage.SUPERSEDED
    assert stage(clinic, newer) is Stage.RECEIVED


def test_a_worker_parks_the_case_that_a_newer_message_ends(
    app: App, clinic: Clinic, watcher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, ROUTINE)
    meanwhile = Meanwhile(watcher, monkeypatch, lambda: park(app, clinic.workspace, case, "RuntimeError"))
    go_on(app, clinic)
    meanwhile.end()

    assert stage(clinic, case) is Stage.SUPERSEDED


def test_the_sender_takes_the_reply_that_a_newer_message_withdraws(
    app: App, clinic: Clinic, watcher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, ROUTINE)
    advance_case(app, clinic.workspace, case)
    worker = Worker(app)
    next(loop for loop in worker.loops() if loop.name == "sequencer").round(clinic.workspace)
    meanwhile = Meanwhile(watcher, monkeypatch, lambda: Sender(app).send_due(clinic.workspace))
    newer = go_on(app, clinic)
    meanwhile.end()

    assert stage(clinic, case) is Stage.SUPERSEDED
    assert not list(app.settings.outbox_dir.glob("*.eml"))
    settle(app, clinic, newer)
    assert len(list(app.settings.outbox_dir.glob("*.eml"))) == 1


def test_the_sweep_returns_a_conversation_that_a_newer_message_goes_on_with(
    app: App, clinic: Clinic, watcher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, case = lead(app, clinic), write(app, ROUTINE)
    Reviewing(app, clinic.workspace).take(case, person)
    act = Meanwhile(watcher, monkeypatch, lambda: sweeps.return_idle_conversations(app, clinic.workspace))
    newer = go_on(app, clinic)
    act.end()

    with clinic.store(clinic.workspace) as work:
        assert work.case_row(newer).holder is None


def test_two_first_lines_of_one_chat_open_one_conversation(app: App) -> None:
    session = "s" * 43
    barrier = threading.Barrier(2)
    taken: list[Accepted] = []

    def say(number: int) -> None:
        line = replace(
            chat_line(f"c{number}", session), new_text=PhiText("Where can I park?"), original=b"Where can I park?"
        )
        barrier.wait()
        answer = app.intake(line)
        assert isinstance(answer, Accepted)
        taken.append(answer)

    lines = [threading.Thread(target=say, args=(number,)) for number in range(2)]
    for line in lines:
        line.start()
    for line in lines:
        line.join()

    assert len(taken) == 2
    assert len({one.conversation for one in taken}) == 1


def chat_line(name: str, session: str) -> Inbound:
    return Inbound(
        channel=ChannelKind.CHAT,
        recipient="desk@clinic.example",
        provider_id=name,
        sender=message.Sender(PhiText(session), PhiText("")),
        subject=PhiText(""),
        new_text=PhiText(""),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=(),
        thread_ids=(session,),
        sent_at=None,
        automatic=False,
        asserted=False,
        original=b"",
        own_id="",
    )
