"""Where a model's file was altered, every case reaches a person, its writer is told, and nothing is answered or lost."""

from pathlib import Path

import pytest
from tests.altered import KINDS, altered
from tests.conftest import Clinic
from tests.journeys.scene import write

from vouchsafe.app import App
from vouchsafe.cli.worker import warm
from vouchsafe.domain.reply import Notice
from vouchsafe.domain.ruling import Verdict as Ruled
from vouchsafe.domain.states import Stage
from vouchsafe.evidence.verify import Verdict
from vouchsafe.store import alarms, audit, outbox, trail
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case

ROUTINE = "Hello, when is the main clinic open on Saturdays? Thank you"
CLINICAL = "Since yesterday I have strong chest pain. Should I take another aspirin?"


def as_started_again(app: App) -> App:
    """The application of a worker that was started after the files changed."""
    fresh = App(app.settings, app.store, app.keys, app.clock, app.ids)
    warm(fresh)
    return fresh


@pytest.mark.parametrize("kind", KINDS)
def test_every_case_gets_to_a_person_and_its_writer_is_told(
    app: App, clinic: Clinic, tmp_path: Path, kind: str
) -> None:
    with altered(kind, tmp_path / "altered"):
        fresh = as_started_again(app)
        cases = [write(fresh, words, number=number) for number, words in enumerate((ROUTINE, CLINICAL), start=1)]
        worker = Worker(fresh)
        for case in cases:
            advance_case(fresh, clinic.workspace, case)
        for _ in range(3):
            worker.drain(clinic.workspace)

        for case in cases:
            with clinic.store(clinic.workspace) as work:
                row, file = work.case_row(case), work.case_file(case)
                raised = alarms.of_case(work.context, case)
                sent = outbox.of_case(work.context, case)
                types = [one.leaf.type.value for one in trail.of_case(work.context, case)]
            assert row.stage in {Stage.AWAITING_HUMAN, Stage.ESCALATED}
            assert row.queue
            assert row.due_at is not None
            assert raised
            assert [type(one.item.item) for one in sent] == [Notice]
            assert types.count("case:parked") == 1
            assert "notice:sent" in types
            assert file.ruling.verdict is not Ruled.APPROVED
    mails = [one.read_text() for one in app.settings.outbox_dir.glob("*.eml") if not one.name.startswith("page-")]
    assert len(mails) == len(cases)
    assert not [mail for mail in mails if "8:00" in mail or "aspirin" in mail]
    clinic.clock.advance(minutes=2)
    Worker(app).drain(clinic.workspace)
    found = audit.verify(clinic.store.database, clinic.keys, clinic.workspace, "clinic.example")
    assert found.verdict is Verdict.VERIFIED, found


def test_with_the_sound_files_back_a_worker_that_starts_again_answers(app: App, clinic: Clinic, tmp_path: Path) -> None:
    with altered("heads", tmp_path / "altered"):
        advance_case(as_started_again(app), clinic.workspace, write(app, ROUTINE))

    case = write(app, ROUTINE, number=2)
    advance_case(as_started_again(app), clinic.workspace, case)

    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.APPROVED
