"""A stop of one desk holds what that desk approved and not yet sent, and nothing of another desk."""

from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.ids import UserId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.states import Stage
from vouchsafe.installing import publish
from vouchsafe.plugins.channels.email.parse import parse_mail
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.ports.channel import Accepted
from vouchsafe.quality.synth_demo import knowledge_folder
from vouchsafe.store import desks, stops
from vouchsafe.store.stops import StopScope
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case

ASKED = b"From: ada@home.example\nMessage-ID: <m1@home.example>\nSubject: Hours\n\nWhen is the main clinic open on Saturdays?\n"


def test_a_stop_of_a_desk_holds_its_approved_reply_and_the_other_desks_leaves(app: App, clinic: Clinic) -> None:
    with clinic.store(clinic.workspace) as work:
        facts = desks.DeskFacts("second@clinic.example", "Second clinic", "oncall@clinic.example")
        second = desks.add(work.context, "second", Mode.AUTO, "patient", facts)
        desks.add_route(work.context.connection, clinic.store.vault, facts.address, clinic.workspace, second)
    publish(app, clinic.workspace, "second", read_folder(knowledge_folder()).documents)
    cases = []
    for desk in ("desk", "second"):
        taken = app.intake(parse_mail(ASKED, recipient=f"{desk}@clinic.example", received_at=app.clock.now()))
        assert isinstance(taken, Accepted)
        assert taken.case
        advance_case(app, clinic.workspace, taken.case)
        cases.append(taken.case)
    with clinic.store(clinic.workspace) as work:
        assert [work.case_row(one).stage for one in cases] == [Stage.APPROVED, Stage.APPROVED]
        by = UserId(clinic.store.ids.new())
        stops.press(work.context, StopScope.DESK, desk=clinic.desk, intent=None, by=by, reason="drill")

    worker = Worker(app)
    for _ in range(3):
        worker.drain(clinic.workspace)

    with clinic.store(clinic.workspace) as work:
        assert [work.case_row(one).stage for one in cases] == [Stage.AWAITING_HUMAN, Stage.SENT]
    assert len(list(app.settings.outbox_dir.glob("*.eml"))) == 1
