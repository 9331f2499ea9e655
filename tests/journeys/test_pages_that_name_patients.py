"""A page with the whole name of a patient on record waits for a person, whatever else it says."""

from pathlib import Path

import pytest
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.knowledge import importing
from vouchsafe.knowledge.door import possible_names
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.store import contacts, knowledge

FRONT = "---\ntitle: {title}\naudience: public\neffective_from: 2026-01-05\nlanguage: en\nowner: desk\n---\n"


def imported(app: App, clinic: Clinic, folder: Path, text: str, title: str = "Visits") -> dict[str, str]:
    """What the import says of one page; empty where it was published."""
    (folder / "page.md").write_text(FRONT.format(title=title) + text, "utf-8")
    with importing.importing(app, clinic.workspace, clinic.desk):
        report = importing.take_in(app, clinic.workspace, clinic.desk, read_folder(folder), knowledge.FOLDER)
    return {one.path: one.says for one in report.lines}


@pytest.fixture(autouse=True)
def on_record(clinic: Clinic) -> None:
    patient = KnownContact(names=("Zebedee Quill-Feather",), emails=("zeb@home.example",))
    employee = KnownContact(names=("Marigold de la Torre",), emails=("mari@clinic.example",))
    with clinic.store(clinic.workspace) as work:
        contacts.add_all(work.context, [(patient, "en", False), (employee, "en", True)])


@pytest.mark.parametrize(
    ("text", "title", "line"),
    [
        ("Visits are free.\n\nZebedee Quill-Feather has the same illness as you.", "Visits", 3),
        ("Ask ZEBEDEE  QUILL-FEATHER at once.", "Visits", 1),
        ("Ze\u200bbedee Quill-Feather waits.", "Visits", 1),
        ("All is said.", "About Zebedee Quill-Feather", 1),
    ],
)
def test_it_is_held_with_its_line_and_without_the_name(  # noqa: PLR0917  # fixtures and a row of the table
    app: App, clinic: Clinic, tmp_path: Path, text: str, title: str, line: int
) -> None:
    (said,) = imported(app, clinic, tmp_path, text, title).values()

    assert f"the name of a contact on record (line {line})" in said
    assert "quill" not in said.casefold()
    with clinic.store(clinic.workspace) as work:
        assert knowledge.documents(work.context, clinic.desk) == ()


@pytest.mark.parametrize(
    "text", ["Marigold de la Torre leads the desk.", "Ask Zebedee.", "Quill pens and Feather beds."]
)
def test_people_who_work_here_and_single_words_hold_nothing(
    app: App, clinic: Clinic, tmp_path: Path, text: str
) -> None:
    assert imported(app, clinic, tmp_path, text) == {}


def test_a_possible_name_has_two_to_five_words_of_one_line_between_capitals() -> None:
    found = {one.name for one in possible_names("then Ada King-Noel de Lovelace\nByron came")}

    assert {"Ada King-Noel", "Ada King-Noel de Lovelace"} <= found
    assert not [one for one in found if "then" in one or "Byron" in one or one.endswith(" de")]
