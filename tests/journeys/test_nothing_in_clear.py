"""After a whole pass, from intake to a signed reply that left, no identifier stands in clear in anything we keep (R63)."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import structlog
from sqlalchemy import create_engine
from tests.attacks.byte_scan import Scan, files, tables
from tests.conftest import Clinic
from tests.journeys.scene import settle

from vouchsafe.app import App
from vouchsafe.cli.logs import quiet_logs
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.message import AttachmentData, ChannelKind, Inbound, Sender
from vouchsafe.domain.staff import License, Role, User
from vouchsafe.domain.states import Stage
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance import explain as chain
from vouchsafe.installing import add_contacts, add_user
from vouchsafe.ports.channel import Accepted
from vouchsafe.reviewing import Reviewing
from vouchsafe.store import cases, trail
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case

WORDS = """Hello, this is Quillon Farrowby, MRN 7734-2210, born 03/14/1961. I live at 48 Larkspur Crescent.
When is the main clinic open on Saturdays? Call me at (415) 867-5309 or write to qfarrowby@home.example.
My sister Perpetua Vandersloot may answer."""
CLINICAL = "This is Quillon Farrowby again. Since Monday I have chest pain, my SSN is 512-68-9034."
PLANTED = (
    *("Quillon", "Farrowby", "7734-2210", "03/14/1961", "Larkspur", "867-5309", "qfarrowby", "Perpetua"),
    *("Vandersloot", "512-68-9034", "Zygomatic", "grocery"),
)
STAFF = ("Idalina", "Brackenridge", "idalina@clinic.example")
PASSWORD = "quartz-lantern-orchard-sleet"


def a_mail(words: str, number: int) -> Inbound:
    raw = f"From: Quillon Farrowby <qfarrowby@home.example>\r\nSubject: Farrowby, hours\r\n\r\n{words}".encode()
    return Inbound(
        channel=ChannelKind.EMAIL,
        recipient="desk@clinic.example",
        provider_id=f"qfarrowby-{number}",
        sender=Sender(PhiText("qfarrowby@home.example"), PhiText("Quillon Farrowby")),
        subject=PhiText("Farrowby, hours"),
        new_text=PhiText(words),
        quoted_text=PhiText("On Monday Perpetua Vandersloot wrote: nothing"),
        hidden_text=PhiText("Zygomatic"),
        attachments=(AttachmentData(PhiText("Farrowby list.txt"), "text/plain", b"grocery list of Farrowby"),),
        thread_ids=(),
        sent_at=datetime(2026, 3, 2, 13, 0, tzinfo=UTC),
        automatic=False,
        asserted=True,
        original=raw,
        own_id=f"qfarrowby-{number}@home.example",
    )


@pytest.fixture
def quiet() -> Iterator[None]:
    """Puts the logs of the test process back."""
    yield
    structlog.reset_defaults()


def nurse(app: App, clinic: Clinic) -> User:
    license_ = License("RN", "Brackenridge-1", date(2030, 1, 31))
    roles = frozenset({Role.CLINICIAN})
    who = ("idalina@clinic.example", "Idalina Brackenridge", "Nurse")
    return add_user(app, clinic.workspace, *who, roles, PASSWORD, license_)


def whole_pass(app: App, clinic: Clinic) -> None:
    """One question that a person answers by name, one clinical message that is escalated."""
    contact = KnownContact(
        names=("Quillon Farrowby",),
        emails=("qfarrowby@home.example",),
        phones=("(415) 867-5309",),
        dates=("1961-03-14",),
        ids=("7734-2210",),
        addresses=("48 Larkspur Crescent",),
    )
    add_contacts(app, clinic.workspace, [(contact, "en", False)])
    signer = nurse(app, clinic)
    first = app.intake(a_mail(WORDS, 1))
    assert isinstance(first, Accepted)
    assert first.case is not None
    advance_case(app, clinic.workspace, first.case)
    with clinic.store(clinic.workspace) as work:
        row = work.case_row(first.case)
        token = next(t for t in work.tokens(first.conversation) if "Farrowby" in t.value.value)
    assert row.stage in {Stage.AWAITING_HUMAN, Stage.ESCALATED}
    reviewing = Reviewing(app, clinic.workspace)
    reviewing.reveal(first.case, signer, "to call Quillon Farrowby back")
    reviewing.approve(first.case, signer, row.version, f"Dear {token.placeholder}, please call our front desk.")
    second = app.intake(a_mail(CLINICAL, 2))
    assert isinstance(second, Accepted)
    assert second.case is not None
    settle(app, clinic, second.case)
    clinic.clock.advance(minutes=2)
    Worker(app).drain(clinic.workspace)
    with clinic.store(clinic.workspace) as work:
        assert work.case_row(first.case).stage is Stage.SENT
        assert work.case_row(second.case).stage is Stage.ESCALATED
    sent = b"".join(path.read_bytes() for path in app.settings.outbox_dir.glob("*.eml"))
    assert b"Farrowby" in sent, "the reply that left says the name, so there was something to keep sealed"


def failing_pass(app: App, clinic: Clinic, patch: pytest.MonkeyPatch) -> None:
    """A message whose computation fails with an error that quotes it: what is logged then names the place alone."""

    def broken(*_: object) -> None:
        raise RuntimeError(WORDS)

    patch.setattr("vouchsafe.pipeline.flow.advance", broken)
    third = app.intake(a_mail(WORDS, 3))
    assert isinstance(third, Accepted)
    assert third.case is not None
    settle(app, clinic, third.case)


@pytest.mark.usefixtures("quiet")
def test_no_identifier_stands_in_tables_jobs_files_or_logs_after_a_whole_pass(
    app: App,
    clinic: Clinic,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    # As the processes log, at their most talkative.
    quiet_logs("info")
    whole_pass(app, clinic)
    failing_pass(app, clinic, monkeypatch)

    scan = Scan({word: word for word in (*PLANTED, *STAFF)})
    engine = create_engine(clinic.url)
    with engine.connect() as connection:
        kept = dict(tables(connection))
    engine.dispose()
    folder = app.settings.data_dir
    # The outbox folder stands for the relay: what lies there has left, addressed and in clear.
    kept |= {place: content for place, content in files(folder) if not place.startswith("file outbox")}
    said = capsys.readouterr()
    kept["logs"] = f"{said.out}{said.err}{caplog.text}".encode()

    assert [found for place, content in kept.items() for found in scan(place, content)] == []
    # What was searched is really there: rows of every part of the pass, jobs, sealed files, lines of a log.
    full = {place for place, content in kept.items() if content.strip()}
    parts = ("message", "case", "token", "outbox", "alarm", "attachment", "event", "payload", "contact", "staff")
    assert {f"table {name}" for name in (*parts, "object", "procrastinate_jobs")} <= full
    assert sum(place.startswith("file objects/") for place in full) == 6
    assert b"advance_case" in kept["table procrastinate_jobs"]
    assert b"RuntimeError" in kept["logs"]


def test_whoever_reads_a_decision_reads_no_identifier_in_a_reason_that_a_person_typed(app: App, clinic: Clinic) -> None:
    whole_pass(app, clinic)

    with clinic.store(clinic.workspace) as work:
        every = cases.ids_of_channel(work.context, "email")
        recorded = [one for case in every for one in trail.of_case(work.context, case)]
    reasons = [dict(one.payload or {})["reason"] for one in recorded if one.leaf.type is EventType.TOKEN_RESTORED]
    assert len(reasons) == 1
    assert re.fullmatch(r"to call \[NAME_\d+\] back", str(reasons[0]))
    told = "\n".join(str(chain.link(one.leaf, one.payload, one.index, {})) for one in recorded)
    assert Scan({word: word for word in PLANTED})("what explain says", told.encode()) == []
