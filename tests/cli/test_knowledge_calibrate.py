"""`knowledge calibrate`: when a desk's search abstains, measured on its own questions and in force at once."""

import json
import math
from pathlib import Path

import pytest
from tests.cli.conftest import PASSWORD, Shell

from vouchsafe.app import App
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.passage import Scope
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.retrieve import calibration as calibrations
from vouchsafe.store import desks

LEAD = ("--login", "lead@clinic.example", "--password-file")
SAYS = {
    "parking": ("The garage costs four dollars.", "Cars may stay in the garage until midnight."),
    "records": ("Copies of charts take five days.", "Paper copies are mailed to your home."),
    "visits": ("Families may come from noon.", "Children wear badges on the ward."),
    "billing": ("Invoices are sent every month.", "Payment by instalments is agreed by telephone."),
    "meals": ("Breakfast is served warm at seven.", "Diets are noted when you are admitted."),
    "lockers": ("Valuables are kept behind keys.", "Lost keys are replaced at the desk."),
    "library": ("Books are lent for two weeks.", "Magazines stay in the reading room."),
    "chapel": ("Services begin on Sundays at ten.", "Candles may burn in the chapel."),
    "pharmacy": ("Prescriptions wait at counter six.", "Refills need a signature."),
    "shuttle": ("Buses leave each half hour.", "Wheelchairs board the shuttle first."),
}


@pytest.fixture
def desk(clinic_shell: Shell, tmp_path: Path) -> Shell:
    """A desk with ten pages, a lead and an agent."""
    (tmp_path / "password").write_text(PASSWORD)
    for role in ("lead", "agent"):
        who = ("--name", "Ann", "--title", role, "--role", role, "--password-file", "-")
        clinic_shell("user", "add", f"{role}@clinic.example", *who, typed=PASSWORD)
    pages = tmp_path / "kb"
    pages.mkdir()
    for name, sentences in SAYS.items():
        head = f"---\ntitle: {name}\naudience: public\n---\n"
        (pages / f"{name}.md").write_text(f"{head}# {name}\n\n{' '.join(sentences)}\n")
    clinic_shell("knowledge", "import", str(pages), "--desk", "patient")
    return clinic_shell


def asked(folder: Path, count: int = 20) -> str:
    lines = [
        {"id": f"{name}{number}", "query": sentence.replace(".", "?"), "document": f"{name}.md"}
        for name, sentences in SAYS.items()
        for number, sentence in enumerate(sentences)
    ]
    file = folder / "questions.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines[:count]))
    return str(file)


def abstains_in(app: App, shell: Shell) -> bool:
    """Whether a process that runs already answers nothing to a question that a page answers."""
    workspace = shell.workspace()
    with app.store(workspace) as work:
        (row,) = desks.every(work.context)
    reader = Scope(frozenset({"public"}), Assurance.ANONYMOUS, app.clock.now().date())
    return app.index(workspace, row).search(reader, SafeText("Do services begin on Sundays at ten?")).abstain


def kept(shell: Shell) -> tuple[str, int]:
    with shell.opened() as app, app.store(shell.workspace()) as work:
        (row,) = desks.every(work.context)
    return row.calibration, row.knowledge_version


def test_a_threshold_of_the_desks_own_is_in_force_at_once_and_taken_back_as_quickly(
    desk: Shell, tmp_path: Path
) -> None:
    command = ("knowledge", "calibrate", asked(tmp_path), "--desk", "patient", *LEAD, str(tmp_path / "password"))
    before = kept(desk)

    said = desk(*command)

    assert "20 questions about 10 documents: threshold" in said.err
    content, version = kept(desk)
    own = calibrations.parse(content.encode())
    assert own.threshold != calibrations.shipped().threshold
    assert version > before[1]
    assert desk.events()[-1] == "source:calibrated"
    assert "abstains by a threshold of its own" in desk("doctor", code=1).out

    strict = desk(*command, "--refuse", "0.99")
    assert "99% wanted" in strict.err
    assert calibrations.parse(kept(desk)[0].encode()).threshold >= own.threshold

    assert "abstains as shipped" in desk(*command, "--shipped").out
    assert kept(desk)[0] == ""


def test_a_threshold_that_was_never_measured_and_one_that_its_documents_outgrew_are_told(
    desk: Shell, tmp_path: Path
) -> None:
    check = ("knowledge", "check", "--desk", "patient")
    assert "abstains by the shipped threshold, never calibrated on its own documents" in desk("doctor", code=1).out
    assert "search abstains by the shipped threshold, never calibrated" in desk(*check, code=1).out
    kept_by(desk, tmp_path)
    assert "came, changed or went" not in desk(*check, code=1).out

    pages = sorted((tmp_path / "kb").iterdir())
    for page in pages[:3]:
        page.write_text(page.read_text().replace("# ", "# About "))
    desk("knowledge", "import", str(tmp_path / "kb"), "--desk", "patient")

    says = "since it was measured on 10 documents 3 came, changed or went"
    assert says in desk(*check, code=1).out
    doctor = desk("doctor", code=1).out
    assert "RED search patient" in doctor
    assert says in " ".join(doctor.split())
    kept_by(desk, tmp_path)
    assert "ok  search patient" in desk("doctor", code=1).out


def test_another_process_searches_by_the_new_threshold(desk: Shell, tmp_path: Path) -> None:
    with desk.opened() as app:
        assert abstains_in(app, desk), "ten short pages are less sure than those that the shipped threshold is for"

        kept_by(desk, tmp_path)

        assert not abstains_in(app, desk)


def kept_by(shell: Shell, folder: Path) -> str:
    shell("knowledge", "calibrate", asked(folder), "--desk", "patient", *LEAD, str(folder / "password"))
    return kept(shell)[0]


@pytest.mark.parametrize(
    ("more", "count", "says"),
    [
        ((), 19, "too few for a threshold"),
        (("--refuse", "1"), 20, "--refuse needs a share"),
        (("--login", "agent@clinic.example"), 20, "your role may not decide about knowledge"),
    ],
)
def test_what_cannot_be_measured_or_is_not_theirs_changes_nothing(
    desk: Shell, tmp_path: Path, more: tuple[str, ...], count: int, says: str
) -> None:
    login = more if "--login" in more else (*LEAD[:2], *more)
    before = kept(desk)

    said = desk(
        *("knowledge", "calibrate", asked(tmp_path, count), "--desk", "patient", *login),
        *("--password-file", str(tmp_path / "password")),
        code=2,
    )

    assert says in said.err
    assert kept(desk) == before


@pytest.mark.parametrize("content", ["{}", "no json", '{"features": 4}', "NaN"])
def test_what_a_later_version_kept_abstains_always_and_doctor_says_so(
    desk: Shell, tmp_path: Path, content: str
) -> None:
    kept_by(desk, tmp_path)
    with desk.opened() as app, app.store(desk.workspace()) as work:
        (row,) = desks.every(work.context)
        desks.set_calibration(work.context, row.id, content)

    with desk.opened() as app:
        assert abstains_in(app, desk)
    assert "its own threshold cannot be read" in desk("doctor", code=1).out


@pytest.mark.parametrize("place", ["threshold", "intercept"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_calibration_without_numbers_is_none(place: str, value: float) -> None:
    shipped = calibrations.shipped()
    content = {
        "features": list(calibrations.FEATURES),
        "weights": list(shipped.weights),
        "intercept": shipped.intercept,
        "threshold": shipped.threshold,
        place: value,
    }
    with pytest.raises(ValueError, match="numbers only"):
        calibrations.parse(json.dumps(content).encode())
