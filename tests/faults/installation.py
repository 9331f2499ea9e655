"""An installation of its own for tests of faults: a data folder, its supervisor, and what the outside was told."""

import os
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

from vouchsafe.app import App, open_app
from vouchsafe.domain.ids import MessageId, WorkspaceId
from vouchsafe.domain.message import ChannelKind, Inbound, Sender
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
from vouchsafe.store import audit, checkpointer, knowledge
from vouchsafe.store.sequencer import integrate
from vouchsafe.worker import sweeps
from vouchsafe.worker.sending import Sender as OutboxSender

SETTLE_WITHIN_S = 240.0
UP_WITHIN_S = 90.0
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
    acknowledged: dict[str, MessageId] = field(default_factory=dict)
    killed: "Counter[str]" = field(default_factory=Counter)

    def start(self) -> None:
        """`vouchsafe up` as an operator starts it."""
        names = self.settings.model_dump()
        environment = {f"VOUCHSAFE_{k.upper()}": str(v) for k, v in names.items() if v not in {None, ""}}
        with (self.settings.data_dir / "log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-P", "-m", "vouchsafe.cli.main", "up"],
                env={**os.environ, **environment},
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
        """`kill -9` one part; the supervisor is started again, as the system's service manager would."""
        pid = self.parts().get(name)
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
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

    def deliver(self, app: App, number: int, words: str) -> None:
        """Hand a message in until it is acknowledged, as a mail server does."""
        name = f"m{number}"
        deadline = time.monotonic() + UP_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(SQLAlchemyError):
                taken = app.intake(mail(name, words))
                assert isinstance(taken, Accepted)
                self.acknowledged[name] = taken.message
                return
            time.sleep(0.2)
        raise AssertionError(f"no database for {UP_WITHIN_S} s; see {self.settings.data_dir}/log")


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


RESTING = "('sent', 'closed', 'superseded', 'awaiting_human', 'escalated', 'parked')"
UNREST = (
    f'select (select count(*) from "case" where stage not in {RESTING}) + (select count(*) from pending) '  # noqa: S608
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
    assert Counter(row[0] for row in stored) == Counter(installation.acknowledged.values())
    assert all(row[1] is not None for row in stored)
    cases = rows(app, workspace, 'select conversation_id, stage from "case"')
    assert Counter(row[0] for row in cases if row[1] != "superseded") == Counter(row[2] for row in stored)

    # 2. Nothing left twice: one hand-over a reply at most, and one file for each that counts as sent.
    attempts = rows(
        app, workspace, "select case_id, type, count(*) from event where type like '%\\:attempted' group by 1, 2"
    )
    assert [row for row in attempts if row[2] != 1] == []
    outbox = Counter(row[0] for row in rows(app, workspace, "select state from outbox"))
    files = [path for path in installation.settings.outbox_dir.glob("*.eml") if not path.name.startswith("page-")]
    assert outbox["sent"] <= len(files) <= outbox["sent"] + outbox["uncertain"], outbox
    assert outbox["sent"] > 0, "nothing was sent, so nothing was shown"
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
        "select o.id, q.idx, a.idx from outbox o left join leaf q on q.event_id = o.event_id "
        "left join event e on e.case_id = o.case_id and e.type = o.kind || '\\:attempted' "
        "left join leaf a on a.event_id = e.id "
        "where o.state in ('sent', 'uncertain') and not coalesce(q.idx < a.idx, false)",
    )
    assert unaudited == []

    # 5. The log verifies, signed to its end.
    with app.store.database.begin_sequencer(workspace) as connection:
        integrate(connection, workspace)
        checkpointer.sign(connection, app.keys, workspace, app.settings.domain, app.clock)
    found = audit.verify(app.store.database, app.keys, workspace, app.settings.domain)
    assert found.verdict is Verdict.VERIFIED, found
