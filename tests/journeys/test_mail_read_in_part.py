"""A mail that was not read whole, or may be read in two ways, is answered by a person, however routine it looks."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.states import Stage
from vouchsafe.installing import publish
from vouchsafe.pipeline.retrieve.index import vectors_from_bytes
from vouchsafe.plugins.channels.email.parse import MailRules, parse_mail
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.ports.channel import Accepted
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder
from vouchsafe.settings import Settings
from vouchsafe.store import conversations, knowledge
from vouchsafe.worker.passes import advance_case

ROUTINE = "Hello, when is the main clinic open on Saturdays? Thank you"


@pytest.fixture
def app(clinic: Clinic, tmp_path: Path) -> App:
    settings = Settings(data_dir=tmp_path, domain="clinic.example")
    opened = App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)
    publish(opened, clinic.workspace, "patient", read_folder(knowledge_folder()).documents)
    shipped = vectors_from_bytes((demo_folder() / "vectors.npz").read_bytes(), opened.embedder.ref)
    with clinic.store(clinic.workspace) as work:
        knowledge.keep_vectors(work.context, opened.embedder.ref, shipped)
    return opened


def mail(sender: str = "ada@home.example", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = sender, "A question"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(ROUTINE + "\n")
    return message


def take(app: App, clinic: Clinic, raw: bytes, rules: MailRules | None = None) -> CaseId:
    received = parse_mail(raw, recipient="desk@clinic.example", received_at=app.clock.now(), rules=rules)
    taken = app.intake(received)
    assert isinstance(taken, Accepted)
    assert taken.case is not None
    advance_case(app, clinic.workspace, taken.case)
    return taken.case


def held_by(clinic: Clinic, case: CaseId) -> tuple[Stage, set[str]]:
    with clinic.store(clinic.workspace) as work:
        fired = {str(rule.rule) for rule in work.case_file(case).ruling.rules if rule.fired}
        return work.case_row(case).stage, fired


def test_the_question_itself_is_routine(app: App, clinic: Clinic) -> None:
    assert held_by(clinic, take(app, clinic, mail().as_bytes())) == (Stage.APPROVED, set())


def test_a_mail_that_breaks_off_goes_to_a_person(app: App, clinic: Clinic) -> None:
    message = mail()
    message.add_alternative(f"<p>{ROUTINE}</p>", subtype="html")
    raw = message.as_bytes().rsplit(b"\n--", 1)[0]

    assert held_by(clinic, take(app, clinic, raw)) == (Stage.AWAITING_HUMAN, {"lossy"})


def test_a_mail_too_long_to_be_kept_goes_to_a_person(app: App, clinic: Clinic) -> None:
    raw = mail().as_bytes()

    stage, fired = held_by(clinic, take(app, clinic, raw, MailRules(max_text=len(ROUTINE) - 10)))

    assert stage is Stage.AWAITING_HUMAN
    assert "lossy" in fired


def test_a_mail_that_says_different_things_in_its_two_versions_goes_to_a_person(app: App, clinic: Clinic) -> None:
    message = mail()
    message.add_alternative("<p>Something else stands here about tulips and their gardens</p>", subtype="html")

    stage, fired = held_by(clinic, take(app, clinic, message.as_bytes()))

    assert stage is Stage.AWAITING_HUMAN
    assert "lossy" in fired


def test_a_stranger_in_a_patients_thread_goes_to_a_person(app: App, clinic: Clinic) -> None:
    take(app, clinic, mail(Message_ID="<a1@home.example>").as_bytes())
    stranger = mail("eve@elsewhere.example", Message_ID="<e1@elsewhere.example>", References="<a1@home.example>")

    assert held_by(clinic, take(app, clinic, stranger.as_bytes())) == (Stage.AWAITING_HUMAN, {"thread_claim"})


def test_an_answer_from_another_address_goes_to_a_person(app: App, clinic: Clinic) -> None:
    case = take(app, clinic, mail(Message_ID="<a1@home.example>").as_bytes())
    key = "5f0c9a1e7b3d4c2f8a6e9d0b1c2f3a4e"
    with clinic.store(clinic.workspace) as work:
        conversations.add_thread_ids(work.context, work.case_row(case).conversation, [key])
    answer = mail("ada@work.example", Message_ID="<w1@work.example>", References=f"<{key}@clinic.example>")

    stage, fired = held_by(clinic, take(app, clinic, answer.as_bytes()))

    assert stage is Stage.AWAITING_HUMAN
    assert "thread_claim" in fired
