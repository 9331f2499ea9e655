"""An installation of its own for tests of faults: a data folder, its supervisor, and what the outside was told."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from tests.faults.doors import by_chat, by_form, by_mail, until_taken

from vouchsafe.app import App, open_app
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.domain.message import ChannelKind, Direction, Inbound, Sender
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.verify import Verdict
from vouchsafe.governance.weights import weights_ref
from vouchsafe.installing import DeskPlan, create_workspace, publish
from vouchsafe.pipeline.retrieve.index import vectors_from_bytes
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.ports.channel import Accepted
from vouchsafe.ports.clock import SystemClock
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder
from vouchsafe.settings import Settings
from vouchsafe.store import audit, checkpointer, knowledge, messages
from vouchsafe.store.sequencer import integrate
from vouchsafe.worker import sweeps
from vouchsafe.worker.sending import Sender as OutboxSender

SETTLE_WITHIN_S = 600.0
UP_WITHIN_S = 240.0
DESK = "desk@clinic.example"
TEXTS = (
    "When is the main clinic open on Saturdays?",
    "Where can I park at the main clinic?",
    "Since yesterday I have strong chest pain and my left arm is numb. Should I take another aspirin?",
    "You charged me twice and I want my money back.",
)


class Later:
    """The clock of the sweeps: sees as overdue what a dead process left a moment ago."""

    def now(self) -> datetime:
        return SystemClock().now() + timedelta(minutes=10)


@dataclass
class Installation:
    """A data folder, its supervisor, and what the outside world was told."""

    settings: Settings
    workspace: WorkspaceId
    supervisor: "subprocess.Popen[bytes] | None" = None
    acknowledged: set[str] = field(default_factory=set)
    killed: "Counter[str]" = field(default_factory=Counter)

    def environment(self) -> dict[str, str]:
        """The settings as a process of this installation is told them."""
        names = self.settings.model_dump()
        return {f"VOUCHSAFE_{k.upper()}": str(v) for k, v in names.items() if v not in {None, ""}}

    def start(self) -> None:
        """`vouchsafe up` as an operator starts it."""
        with (self.settings.data_dir / "log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-P", "-m", "vouchsafe.cli.main", "up"],
                env={**os.environ, **self.environment()},
                stdout=log,
                stderr=log,
            )

    def parts(self) -> dict[str, int]:
        """Process ids of the supervisor and its children, by what they are."""
        if self.supervisor is None or self.supervisor.poll() is not None:
            return {}
        found = {"supervisor": self.supervisor.pid}
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                pid = int(status.parent.name)
                parent = int(status.read_text().rpartition(")")[2].split()[1])
                if parent == self.supervisor.pid:
                    command = (status.parent / "cmdline").read_bytes().decode(errors="replace")
                    name = next((n for n in ("postgres", "worker", "serve") if n in command.replace("-m\0", "")), "")
                    found |= {name: pid} if name else {}
        return found

    def kill(self, name: str) -> None:
        """`kill -9` one part, once it runs; the supervisor is started again, as a service manager would."""
        assert until(lambda: name in self.parts(), UP_WITHIN_S), f"{name} was never started again"
        os.kill(self.parts()[name], signal.SIGKILL)
        self.killed[name] += 1
        if name == "supervisor":
            assert self.supervisor is not None
            self.supervisor.wait()
            self.start()

    def stop(self) -> None:
        """End as Ctrl-C does."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.terminate()
            try:
                self.supervisor.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()
                self.supervisor.wait()

    def bring(self, app: App, number: int, words: str) -> None:
        """Bring message `number` to its door until it is acknowledged.

        Of ten, five come as mail over LMTP, one by the web form, one by chat; the others straight to the intake.
        """
        name = f"m{number}"
        settings = self.settings
        match number % 10:
            case 1 | 3 | 5 | 7 | 9:
                until_taken(
                    lambda: by_mail(settings, wire(name, words), sender=f"{name}@home.example", recipient=DESK),
                    SETTLE_WITHIN_S,
                )
            case 2:
                told = {"name": "Ada Byron", "email": f"{name}@home.example", "subject": "A question", "message": words}
                until_taken(lambda: by_form(settings, f"{'page-of-' + name:-<30}", told), SETTLE_WITHIN_S)
            case 6:
                session, line = f"{'session-of-' + name:-<40}", f"line-{number:08}"
                until_taken(lambda: by_chat(settings, session, line, f"{words} ({name})"), SETTLE_WITHIN_S)
            case _:
                self.deliver(app, number, words)
                return
        self.acknowledged.add(name)

    def deliver(self, app: App, number: int, words: str) -> None:
        """Hand a message straight to the intake until it is acknowledged."""
        name = f"m{number}"
        deadline = time.monotonic() + UP_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(SQLAlchemyError):
                assert isinstance(app.intake(mail(name, words)), Accepted)
                self.acknowledged.add(name)
                return
            time.sleep(0.2)
        raise AssertionError(f"no database for {UP_WITHIN_S} s; see {self.settings.data_dir}/log")


def wire(name: str, words: str) -> bytes:
    """The mail as a mail server brings it, the same bytes each time."""
    head = f"From: Ada Byron <{name}@home.example>\r\nTo: {DESK}\r\nMessage-ID: <{name}@home.example>\r\n"
    return f"{head}Subject: A question\r\n\r\n{words}\r\n".encode()


def mail(name: str, words: str) -> Inbound:
    return Inbound(
        channel=ChannelKind.EMAIL,
        recipient=DESK,
        provider_id=name,
        sender=Sender(PhiText(f"{name}@home.example"), PhiText("Ada Byron")),
        subject=PhiText("A question"),
        new_text=PhiText(words),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=(),
        thread_ids=(),
        sent_at=None,
        automatic=False,
        asserted=False,
        original=words.encode(),
        own_id=f"{name}@home.example",
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with suppress(SQLAlchemyError):
            if condition():
                return True
        time.sleep(0.3)
    return False


@contextmanager
def a_clinic_in(folder: Path) -> Iterator[Installation]:
    """A clinic in auto mode under its own supervisor and durable database."""
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        demo=True,
        domain="clinic.example",
        http_port=free_port(),
        lmtp_port=free_port(),
        smtp_port=0,
        messages_per_minute=10_000,
        # What is asked here is not how fast a busy machine computes.
        case_deadline_s=600,
    )
    with open_app(settings) as app:
        plan = DeskPlan("patient", "patient", Mode.AUTO, DESK, "Clinic", "oncall@clinic.example")
        workspace = create_workspace(app, [plan])
        ref = weights_ref("embedder")
        with app.store(workspace) as work:
            shipped = vectors_from_bytes((demo_folder() / "vectors.npz").read_bytes(), ref)
            knowledge.keep_vectors(work.context, ref, shipped)
        publish(app, workspace, "patient", read_folder(knowledge_folder()).documents)
    one = Installation(settings, workspace)
    try:
        yield one
    finally:
        one.stop()


def rows(app: App, workspace: WorkspaceId, query: str) -> list[tuple[object, ...]]:
    with app.store.database.begin(workspace) as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def names(app: App, workspace: WorkspaceId) -> list[str]:
    """Under which name each inbound message was brought: in its sender's address, or in the words of a chat."""
    found = []
    with app.store(workspace) as work:
        conversations = work.context.connection.execute(text("select id from conversation")).scalars().all()
        for conversation in conversations:
            for turn in messages.turns(work.context, conversation):
                if turn.direction is Direction.INBOUND:
                    name = re.search(r"\bm\d+\b", f"{turn.sender_address.value} {turn.text.value}")
                    found.append(name.group() if name else "nobody")
    return found


RESTING = "('sent', 'closed', 'superseded', 'awaiting_human', 'escalated', 'parked')"
UNREST = (
    f'select (select count(*) from "case" where stage not in {RESTING}) + (select count(*) from pending) '  # noqa: S608  # a constant above
    "+ (select count(*) from outbox where state in ('queued', 'sending'))"
)


def settle(app: App, ahead: App, workspace: WorkspaceId) -> None:
    """Let the workers come to rest; what dead ones left half done is swept as if minutes had passed."""
    calm = time.monotonic()
    last: object = None

    def is_at_rest() -> bool:
        nonlocal calm, last
        now = rows(app, workspace, UNREST)[0][0]
        if now != last:
            calm, last = time.monotonic(), now
        if time.monotonic() - calm > 20:
            OutboxSender(ahead).sweep(workspace)
            sweeps.requeue_forgotten(ahead, workspace)
            calm = time.monotonic()
        return now == 0

    assert until(is_at_rest, SETTLE_WITHIN_S), rows(
        app, workspace, 'select stage, attempts, count(*) from "case" group by 1, 2'
    )


def check(installation: Installation, app: App) -> None:
    workspace = installation.workspace
    # 1. Everything acknowledged is there once, and under one case that rests.
    stored = rows(app, workspace, "select id, case_id, conversation_id from message where direction = 'inbound'")
    assert Counter(names(app, workspace)) == Counter(installation.acknowledged)
    assert all(row[1] is not None for row in stored)
    cases = rows(app, workspace, 'select conversation_id, stage from "case"')
    assert Counter(row[0] for row in cases if row[1] != "superseded") == Counter(row[2] for row in stored)

    # 2. Nothing left twice: one hand-over an item at most, one reply a case, and one file for each that counts as sent.
    attempts = rows(
        app, workspace, "select case_id, type, count(*) from event where type like '%\\:attempted' group by 1, 2"
    )
    items = "select case_id, kind || '\\:attempted', count(*) from outbox where attempt > 0 group by 1, 2"
    assert sorted(map(str, attempts)) == sorted(map(str, rows(app, workspace, items)))
    assert [row for row in attempts if row[1] == "reply:attempted" and row[2] != 1] == []
    left = 'select o.state from outbox o join "case" c on c.id = o.case_id where c.channel'
    outbox = Counter(row[0] for row in rows(app, workspace, f"{left} <> 'chat'"))
    files = [path for path in installation.settings.outbox_dir.glob("*.eml") if not path.name.startswith("page-")]
    assert outbox["sent"] <= len(files) <= outbox["sent"] + outbox["uncertain"], outbox
    assert outbox["sent"] > 0, "nothing was sent, so nothing was shown"
    # What a chat shows are its outbound messages.
    shown = rows(app, workspace, "select count(*) from message where direction = 'outbound' and channel = 'chat'")
    chat = Counter(row[0] for row in rows(app, workspace, f"{left} = 'chat'"))
    assert chat["sent"] <= int(str(shown[0][0])) <= chat["sent"] + chat["uncertain"], chat
    outbox += chat
    assert outbox["failed"] == 0, outbox

    # 3. What may have left is shown to a person.
    assert (
        rows(
            app,
            workspace,
            "select c.id from outbox o join \"case\" c on c.id = o.case_id where o.kind = 'reply' "
            "and o.state = 'uncertain' and c.stage not in ('awaiting_human', 'escalated', 'closed', 'superseded')",
        )
        == []
    )

    # 4. Nothing left before its intent stood in the log.
    unaudited = rows(
        app,
        workspace,
        "select o.id, q.idx from outbox o left join leaf q on q.event_id = o.event_id "
        "where o.state in ('sent', 'uncertain') and not exists (select from event e join leaf a on a.event_id = e.id "
        "where e.case_id = o.case_id and e.type = o.kind || '\\:attempted' and q.idx < a.idx)",
    )
    assert unaudited == []

    # 5. The log verifies, signed to its end.
    with app.store.database.begin_sequencer(workspace) as connection:
        integrate(connection, workspace)
        checkpointer.sign(connection, app.keys, workspace, app.settings.domain, app.clock)
    found = audit.verify(app.store.database, app.keys, workspace, app.settings.domain)
    assert found.verdict is Verdict.VERIFIED, found
