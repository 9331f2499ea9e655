"""One message from arrival to a sent answer and a verified trail, with every real part but the mail relay."""

from email import message_from_bytes
from pathlib import Path

import pytest
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.message import ChannelKind, Inbound, Sender
from vouchsafe.domain.states import Stage
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.verify import Verdict
from vouchsafe.installing import publish
from vouchsafe.pipeline.retrieve.index import vectors_from_bytes
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.ports.channel import Accepted
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder
from vouchsafe.settings import Settings
from vouchsafe.store import audit, knowledge, outbox, trail
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case


@pytest.fixture
def app(clinic: Clinic, tmp_path: Path) -> App:
    settings = Settings(data_dir=tmp_path, domain="clinic.example")
    opened = App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)
    publish(opened, clinic.workspace, "patient", read_folder(knowledge_folder()).documents)
    ref = opened.embedder.ref
    shipped = vectors_from_bytes((demo_folder() / "vectors.npz").read_bytes(), ref)
    with clinic.store(clinic.workspace) as work:
        knowledge.keep_vectors(work.context, ref, shipped)
    return opened


def write(app: App, words: str, *, number: int = 1, automatic: bool = False) -> CaseId:
    taken = app.intake(
        Inbound(
            channel=ChannelKind.EMAIL,
            recipient="desk@clinic.example",
            provider_id=f"m{number}",
            sender=Sender(PhiText(f"ada{number}@home.example"), PhiText("Ada Byron")),
            subject=PhiText("A question"),
            new_text=PhiText(words),
            quoted_text=PhiText(""),
            hidden_text=PhiText(""),
            attachments=(),
            thread_ids=(),
            sent_at=None,
            automatic=automatic,
            asserted=False,
            original=words.encode(),
            own_id=f"m{number}@home.example",
        )
    )
    assert isinstance(taken, Accepted)
    assert taken.case is not None
    return taken.case


def settle(app: App, clinic: Clinic, case: CaseId) -> None:
    """Compute the case and let every loop of a worker turn twice: events must be in the log before anything leaves."""
    advance_case(app, clinic.workspace, case)
    worker = Worker(app)
    for _ in range(3):
        worker.drain(clinic.workspace)


def test_a_routine_question_is_answered_with_citations_and_the_log_verifies(app: App, clinic: Clinic) -> None:
    case = write(app, "Hello, when is the main clinic open on Saturdays? Thank you")
    settle(app, clinic, case)

    with clinic.store(clinic.workspace) as work:
        row = work.case_row(case)
        file = work.case_file(case)
        types = [one.leaf.type.value for one in trail.of_case(work.context, case)]
    assert row.stage is Stage.SENT, [r.reason for r in file.ruling.rules if r.fired]
    assert types.index("reply:queued") < types.index("reply:attempted") < types.index("reply:sent")
    assert file.reply is not None
    assert file.reply.item.citations
    (mail,) = list((app.settings.outbox_dir).glob("*.eml"))
    message = message_from_bytes(mail.read_bytes())
    assert message["To"] == "Ada Byron <ada1@home.example>"
    assert message["In-Reply-To"] == "<m1@home.example>"
    clinic.clock.advance(minutes=2)
    Worker(app).drain(clinic.workspace)
    found = audit.verify(clinic.store.database, clinic.keys, clinic.workspace, "clinic.example")
    assert found.verdict is Verdict.VERIFIED, found


def test_a_clinical_question_reaches_clinicians_and_only_a_notice_leaves(app: App, clinic: Clinic) -> None:
    case = write(
        app, "Since yesterday I have strong chest pain and my left arm is numb. Should I take another aspirin?"
    )
    settle(app, clinic, case)

    with clinic.store(clinic.workspace) as work:
        row = work.case_row(case)
        items = outbox.of_case(work.context, case)
    assert row.stage is Stage.ESCALATED
    assert row.queue == "on_call_clinician"
    assert [type(item.item.item).__name__ for item in items] == ["Notice"]


def test_a_page_is_mailed_without_words_of_the_patient(app: App, clinic: Clinic) -> None:
    case = write(app, "I do not want to live any more, I have pills here.")
    settle(app, clinic, case)

    pages = [mail.read_text() for mail in app.settings.outbox_dir.glob("page-*.eml")]
    assert pages
    assert all("pills" not in page and "Ada" not in page and str(case) in page for page in pages)


def test_a_pressed_stop_holds_what_was_approved_and_not_yet_sent(app: App, clinic: Clinic) -> None:
    from vouchsafe.store import stops
    from vouchsafe.store.stops import StopScope

    case = write(app, "When is the main clinic open on Saturdays?")
    advance_case(app, clinic.workspace, case)
    with clinic.store(clinic.workspace) as work:
        by = clinic.store.ids.new()
        stops.press(work.context, StopScope.WORKSPACE, desk=None, intent=None, by=by, reason="drill")  # type: ignore[arg-type]
    worker = Worker(app)
    for _ in range(3):
        worker.drain(clinic.workspace)

    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.AWAITING_HUMAN
    assert not list(app.settings.outbox_dir.glob("*.eml"))


def test_a_failed_computation_is_parked_for_a_person_and_nothing_is_lost(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, "When are you open?")

    def broken(*_: object) -> None:
        raise RuntimeError("quotes Ada Byron")

    monkeypatch.setattr("vouchsafe.pipeline.flow.advance", broken)
    advance_case(app, clinic.workspace, case)

    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.PARKED
        events = trail.of_case(work.context, case)
    assert events[-1].payload == {"failure": "RuntimeError"}


def test_a_reply_refused_for_now_is_tried_again_later(app: App, clinic: Clinic) -> None:
    case = write(app, "When is the main clinic open on Saturdays?")
    advance_case(app, clinic.workspace, case)
    app.settings.outbox_dir.parent.mkdir(parents=True, exist_ok=True)
    app.settings.outbox_dir.write_text("a file where the folder should be")
    worker = Worker(app)
    for _ in range(2):
        worker.drain(clinic.workspace)
    app.settings.outbox_dir.unlink()
    clinic.clock.advance(minutes=1)
    for _ in range(3):
        worker.drain(clinic.workspace)

    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.SENT
