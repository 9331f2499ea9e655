"""Two times that people are promised, read from the record of a real worker with work waiting.

Whoever is not answered at once hears within 60 s who will answer (R176), and within 5 s of a stop nothing automatic
leaves any more (R184). Both are told by the product's own clock, and by the order in which its log holds the events.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from tests.conftest import Clinic
from tests.faults.installation import UNREST, rows, until
from tests.journeys.scene import write

from vouchsafe.app import App, make_app
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.staff import Role
from vouchsafe.domain.states import Stage
from vouchsafe.installing import add_user
from vouchsafe.reviewing import Reviewing
from vouchsafe.store.stops import StopScope

NOTICE_WITHIN = timedelta(seconds=60)
STOPPED_WITHIN = timedelta(seconds=5)
ROUTINE = "Hello, when is the main clinic open on Saturdays? Thank you"
HELD = (
    "You charged me twice and I want my money back.",
    "I want to talk to a person about my visit, please.",
    "Since yesterday I have strong chest pain and my left arm is numb. Should I take another aspirin?",
)
WORKER = """
import sys
from pathlib import Path
from vouchsafe.app import make_app
from vouchsafe.cli.logs import quiet_logs
from vouchsafe.settings import Settings
from vouchsafe.worker.loops import Worker
quiet_logs("info")
app = make_app(Settings(_env_file=None, data_dir=Path(sys.argv[1]), domain="clinic.example"), sys.argv[2])
app.redactor.redact(["ready"])
app.embedder.embed(["ready"])
app.detectors(app.pack("patient"))
print("ready", flush=True)
Worker(app).run()
"""
"""The worker process, without the making of a database: this one is there."""


@pytest.fixture
def live(app: App, clinic: Clinic) -> Iterator[App]:
    """The application of the journeys by the clock on the wall, which is the worker's too."""
    opened = make_app(app.settings, clinic.url.render_as_string(hide_password=False))
    yield opened
    opened.close()


@pytest.fixture
def worker(live: App, clinic: Clinic) -> Iterator[None]:
    """A worker process that has loaded its models."""
    where = (str(live.settings.data_dir), clinic.url.render_as_string(hide_password=False))
    with (
        (live.settings.data_dir / "worker.log").open("wb") as log,
        subprocess.Popen([sys.executable, "-P", "-c", WORKER, *where], stdout=subprocess.PIPE, stderr=log) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", (live.settings.data_dir / "worker.log").read_text()
        yield
        process.terminate()


def at_rest(live: App, clinic: Clinic) -> None:
    assert until(lambda: rows(live, clinic.workspace, UNREST)[0][0] == 0, 240)


def recorded(live: App, clinic: Clinic, case: CaseId | None, kind: str) -> list[tuple[datetime, int]]:
    """When an event of this kind happened by the product's clock and its place in the log, oldest first."""
    events = text(
        "select e.at, l.idx from event e join leaf l on l.event_id = e.id "
        "where e.type = :kind and e.case_id is not distinct from :case order by e.at"
    )
    with live.store.database.begin(clinic.workspace) as connection:
        return [(row.at, row.idx) for row in connection.execute(events, {"kind": kind, "case": case})]


def stage(live: App, clinic: Clinic, case: CaseId) -> Stage:
    with live.store(clinic.workspace) as work:
        return work.case_row(case).stage


@pytest.mark.usefixtures("worker")
def test_a_notice_comes_within_a_minute_and_a_stop_holds_within_five_seconds(live: App, clinic: Clinic) -> None:
    answered = [write(live, ROUTINE, number=number) for number in (1, 2)]
    held = [write(live, words, number=10 + number) for number, words in enumerate(HELD)]
    at_rest(live, clinic)
    assert {stage(live, clinic, case) for case in answered} == {Stage.SENT}, "what a stop would have held"
    for case in held:
        assert stage(live, clinic, case) in {Stage.AWAITING_HUMAN, Stage.ESCALATED}
        (received, _), *_ = recorded(live, clinic, case, "message:received")
        ((queued, queued_place),) = recorded(live, clinic, case, "notice:queued")
        ((attempted, attempted_place),) = recorded(live, clinic, case, "notice:attempted")
        ((sent, _),) = recorded(live, clinic, case, "notice:sent")
        assert received <= queued <= attempted <= sent <= received + NOTICE_WITHIN
        assert queued_place < attempted_place, "nothing leaves before its intent is in the log"

    lead = add_user(
        live, clinic.workspace, "lead", "Ida Example", "Lead", frozenset({Role.LEAD}), "quartz-lantern-orchard-sleet"
    )
    backlog = [write(live, ROUTINE, number=20 + number) for number in range(4)]
    Reviewing(live, clinic.workspace).press_stop(StopScope.WORKSPACE, None, None, lead, "drill")
    late = [write(live, words, number=30 + number) for number, words in enumerate((ROUTINE, HELD[0]))]
    at_rest(live, clinic)

    ((pressed, _),) = recorded(live, clinic, None, "stop:pressed")
    for case in (*backlog, *late):
        left = [
            at
            for kind in ("reply", "notice")
            for step in ("attempted", "sent")
            for at, _ in recorded(live, clinic, case, f"{kind}:{step}")
        ]
        assert all(at <= pressed + STOPPED_WITHIN for at in left)
        assert left or stage(live, clinic, case) in {Stage.AWAITING_HUMAN, Stage.ESCALATED}, "held for a person"
        assert not left or case in backlog, "what came after the stop had no way out"
    handed_over = rows(live, clinic.workspace, "select count(*) from event where type like '%\\:attempted'")[0][0]
    mails = [path for path in live.settings.outbox_dir.glob("*.eml") if not path.name.startswith("page-")]
    assert len(mails) == handed_over, "no mail left without its record"
