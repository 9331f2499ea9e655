"""Approved answers the whole way: imported, sent word for word, and held when one changes or is withdrawn."""

import shutil
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.domain.draft import Citation
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.staff import Role, User
from vouchsafe.domain.states import Drafted, Stage
from vouchsafe.installing import add_user
from vouchsafe.knowledge import importing
from vouchsafe.knowledge.deciding import withdraw
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.quality.synth_demo import knowledge_folder
from vouchsafe.store import contacts, knowledge
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case

PATH, PAGE = "answers/no-show-fee.md", "appointments-no-show.md"
ASKED = "Is there a fee for a missed appointment?"
PASSWORD = "quartz-lantern-orchard-sleet"


@pytest.fixture
def lead(app: App, clinic: Clinic) -> User:
    return add_user(app, clinic.workspace, "lead", "Ann Lead", "Desk", frozenset({Role.LEAD}), PASSWORD, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's pages as a folder that a desk may change."""
    return Path(shutil.copytree(knowledge_folder(), tmp_path / "kb"))


def take_in(app: App, clinic: Clinic, folder: Path) -> importing.Report:
    with importing.importing(app, clinic.workspace, clinic.desk):
        return importing.take_in(app, clinic.workspace, clinic.desk, read_folder(folder), knowledge.FOLDER)


def stage(clinic: Clinic, case: CaseId) -> Stage:
    with clinic.store(clinic.workspace) as work:
        return work.case_row(case).stage


def cited(clinic: Clinic, case: CaseId) -> tuple[Citation, ...]:
    with clinic.store(clinic.workspace) as work:
        drafted = work.case_file(case).drafted
    assert isinstance(drafted, Drafted)
    return drafted.draft.citations


def said(clinic: Clinic, path: str) -> str:
    with clinic.store(clinic.workspace) as work:
        (text,) = [one.text for one in knowledge.documents(work.context, clinic.desk) if one.path == path]
    return text


def left(app: App) -> list[str]:
    """What has left, in one line each."""
    found = []
    for file in sorted(app.settings.outbox_dir.glob("*.eml")):
        mail = message_from_bytes(file.read_bytes())
        parts = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "text/plain"]
        found.append(" ".join(b" ".join(one for one in parts if isinstance(one, bytes)).decode().split()))
    return found


def test_it_is_sent_alone_word_for_word_and_the_citation_is_that_version(app: App, clinic: Clinic) -> None:
    case = write(app, ASKED)
    settle(app, clinic, case)

    assert stage(clinic, case) is Stage.SENT
    assert {one.document for one in cited(clinic, case)} == {PATH}
    words = said(clinic, PATH)
    assert "visit is $50, and" in words
    assert [words in one for one in left(app)] == [True]
    assert "{" not in left(app)[0]
    assert " ".join(words[one.span.start : one.span.end] for one in cited(clinic, case)) == words


def test_a_value_that_changes_holds_the_reply_that_waits_and_the_next_one_says_the_new_value(
    app: App, clinic: Clinic, folder: Path
) -> None:
    case = write(app, ASKED)
    advance_case(app, clinic.workspace, case)
    assert stage(clinic, case) is Stage.APPROVED
    facts = folder / "facts.yaml"
    facts.write_text(facts.read_text("utf-8").replace("value: $50}", "value: $55}"), "utf-8")  # fmt: skip

    report = take_in(app, clinic, folder)

    assert [path for path, _ in report.added] == [path for path, _ in report.retired] == [PATH]
    worker = Worker(app)
    for _ in range(3):
        worker.drain(clinic.workspace)
    assert stage(clinic, case) is Stage.AWAITING_HUMAN
    assert left(app) == []
    with clinic.store(clinic.workspace) as work:
        (held,) = [one for one in work.case_file(case).ruling.rules if one.rule == "recheck"]
    assert "no longer in force" in held.reason

    again = write(app, ASKED, number=2)
    settle(app, clinic, again)
    assert ["visit is $55, and" in one for one in left(app)] == [True]


def test_withdrawn_it_is_listed_with_its_reply_and_a_page_answers_instead(app: App, clinic: Clinic, lead: User) -> None:
    case = write(app, ASKED)
    settle(app, clinic, case)

    done = withdraw(app, clinic.workspace, clinic.desk, PATH, lead, "the price changes")

    assert [(one.case, one.state) for one in done.replies] == [(case, "sent")]
    again = write(app, ASKED, number=2)
    advance_case(app, clinic.workspace, again)
    assert {one.document for one in cited(clinic, again)} == {PAGE}


def _not_for_auto(folder: Path) -> None:
    file = folder / PATH
    file.write_text(file.read_text("utf-8").replace("approved_for_auto: true", "approved_for_auto: false"), "utf-8")


def _over(folder: Path) -> None:
    file = folder / PATH
    file.write_text(file.read_text("utf-8").replace("owner:", "effective_to: 2026-02-28\nowner:"), "utf-8")


@pytest.mark.parametrize(
    ("change", "expected"), [(_not_for_auto, (PATH, Stage.AWAITING_HUMAN)), (_over, (PAGE, Stage.APPROVED))]
)
def test_only_one_that_is_approved_for_that_and_in_force_leaves_alone(
    app: App, clinic: Clinic, folder: Path, change: Callable[[Path], None], expected: tuple[str, Stage]
) -> None:
    change(folder)
    take_in(app, clinic, folder)

    case = write(app, ASKED)
    advance_case(app, clinic.workspace, case)

    assert ({one.document for one in cited(clinic, case)}, stage(clinic, case)) == ({expected[0]}, expected[1])


def test_a_hostile_file_changes_nothing_and_a_contacts_number_is_held(app: App, clinic: Clinic, folder: Path) -> None:
    with clinic.store(clinic.workspace) as work:
        ada = KnownContact(names=("Ada Byron",), phones=("(555) 555-0177",))
        contacts.add_all(work.context, [(ada, "en", False)])
        before = {(one.path, one.version) for one in knowledge.documents(work.context, clinic.desk)}
    front = (folder / PATH).read_text("utf-8").rpartition("---")[0]
    (folder / "hostile.md").write_text(f"{front}---\nAsk {{contact_name}} about {{message}}.\n", "utf-8")
    (folder / "personal.md").write_text(f"{front}---\nCall {{ada}} at once.\n", "utf-8")
    with (folder / "facts.yaml").open("a") as facts:
        facts.write("ada: {type: phone, value: +1 555-555-0177}\n")

    report = take_in(app, clinic, folder)

    lines = {one.path: one.says for one in report.lines}
    assert "unknown slot {contact_name}" in lines["hostile.md"]
    assert lines["personal.md"].startswith("held: a contact's telephone number fills the slot ada")
    with clinic.store(clinic.workspace) as work:
        assert {(one.path, one.version) for one in knowledge.documents(work.context, clinic.desk)} == before
