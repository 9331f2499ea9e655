"""`vouchsafe eval`: an operator's own messages sampled, labelled and measured."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import PASSWORD, Shell
from tests.cli.test_trail_commands import a_mail

from vouchsafe.cli.eval import detection, redaction
from vouchsafe.domain.text import PhiText
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.ports.channel import Accepted
from vouchsafe.quality.detection_score import read_messages
from vouchsafe.quality.labelled import read_labelled
from vouchsafe.worker.passes import advance_case

ROWS = """\
{"id": "m-1", "text": "My name is {{NAME:Zebulon Quixote}}, call {{PHONE:555-201-0144}}."}
{"id": "m-2", "text": "How do I pay my bill?"}
{"id": "m-3", "text": "the word {{CREDENTIAL:blorptang}} opens it", "kind": "secrets"}
"""


def test_rates_and_ids_are_printed_and_no_word_of_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, page = tmp_path / "own.jsonl", tmp_path / "report.html"
    rows.write_text(ROWS)
    assert redaction([rows], light=True, report=page) == 0
    said = capsys.readouterr().out
    assert "left of CREDENTIAL: m-3" in said
    assert "secrets" in said
    assert "precision  1.0000  95 % interval" in said
    # Every group has its own intervals.
    assert said.count("  leak       ") == 3
    written = page.read_text()
    assert "Look at these first" in written
    assert '<th scope="row">CREDENTIAL</th><td class="ids">m-3</td>' in written
    for word in ("Quixote", "0144", "blorptang", "pay my bill"):
        assert word not in said
        assert word not in written
    assert "never removes" in written


def test_with_a_known_contact_only_what_the_record_holds_is_scored_and_nothing_of_it_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "own.jsonl"
    rows.write_text('{"id": "m-1", "text": "blorptang {{NAME:quixoti zeb}} said {{CREDENTIAL:blorptang}}"}\n')

    redaction([rows], light=True)
    without = capsys.readouterr().out
    redaction([rows], light=True, known=True)
    said = capsys.readouterr().out

    assert "n 19" in without
    assert "leak       0.0000" not in without
    assert "leak       0.0000  95 % interval 0.0000 to 0.0000, n 10" in said
    assert "CREDENTIAL" not in said


def a_message_of_zebulon(shell: Shell) -> None:
    """One stored message, redacted by a whole pass."""
    words = "My name is Zebulon Quixote, call 555-201-0144. When are you open?"
    mail = replace(a_mail(1), new_text=PhiText(words), original=words.encode())
    with shell.opened() as app:
        taken = app.intake(mail)
        assert isinstance(taken, Accepted)
        assert taken.case is not None
        advance_case(app, app.workspaces()[0], taken.case)


def test_a_sample_is_marked_recorded_and_readable_by_its_owner_alone(clinic_shell: Shell, tmp_path: Path) -> None:
    a_message_of_zebulon(clinic_shell)
    who = ("--name", "A. Example", "--title", "Privacy", "--role", "privacy", "--password-file", "-")
    clinic_shell("user", "add", "ann@clinic.example", *who, typed=PASSWORD)
    own = tmp_path / "own.jsonl"
    ask = ("eval", "sample", str(own), "--login", "ann@clinic.example", "--password-file", "-", "--reason", "pilot")

    said = clinic_shell(*ask, typed=PASSWORD).all

    assert "Quixote" not in said
    (row,) = read_labelled(own)
    marked = {row.text[start:end] for start, end, _ in row.spans}
    assert {"Zebulon Quixote", "555-201-0144"} <= marked
    assert own.stat().st_mode & 0o777 == 0o600
    assert "export:made" in clinic_shell.events()
    assert "is there already" in clinic_shell(*ask, typed=PASSWORD, code=2).err


def test_a_sample_with_labels_is_redacted_and_measured_by_detection(clinic_shell: Shell, tmp_path: Path) -> None:
    a_message_of_zebulon(clinic_shell)
    who = ("--name", "A. Example", "--title", "Privacy", "--role", "privacy", "--password-file", "-")
    clinic_shell("user", "add", "ann@clinic.example", *who, typed=PASSWORD)
    own = tmp_path / "own.jsonl"
    ask = ("eval", "sample", str(own), "--login", "ann@clinic.example", "--password-file", "-", "--reason", "pilot")

    clinic_shell(*ask, "--labels", typed=PASSWORD)

    assert "Quixote" not in own.read_text()
    assert "555-201-0144" not in own.read_text()
    (row,) = read_messages(own)
    assert row.topic == "routine"
    assert "1 messages" in clinic_shell("eval", "detection", str(own), "--redacted").out


DETECTION_ROWS = """\
{"id": "crisis-1", "text": "I am Zebulon Quixote and I want to kill myself", "labels": ["crisis"]}
{"id": "crisis-2", "text": "How do I pay my bill?", "labels": ["crisis"]}
{"id": "routine-1", "text": "How do I pay my bill?", "labels": []}
{"id": "routine-2", "text": "nobody can log in to the dispensing cabinet", "labels": [], "desk": "it"}
"""


def test_detection_is_measured_by_label_and_the_worst_are_named_by_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, page = tmp_path / "own.jsonl", tmp_path / "report.html"
    rows.write_text(DETECTION_ROWS)

    assert detection([rows], report=page) == 0

    said, written = capsys.readouterr().out, page.read_text()
    assert "missed: crisis: crisis-2" in said
    assert "needs a person and would be answered alone: crisis-2" in said
    assert "crisis-2" in written
    for word in ("Quixote", "kill", "pay my bill", "cabinet"):
        assert word not in said
        assert word not in written


def test_a_message_that_could_not_be_redacted_is_not_one_that_is_answered_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tmp_path / "own.jsonl"
    rows.write_text('{"id": "routine-1", "text": "How do I pay my bill?", "labels": []}\n')
    whole = Redactor.redact
    monkeypatch.setattr(Redactor, "redact", lambda *given: replace(whole(*given), failed=(0,)))

    detection([rows])

    assert "routine answered alone                   0/1" in capsys.readouterr().out


@pytest.mark.parametrize("role", ["agent", "lead", "compliance", "admin"])
def test_only_privacy_takes_a_sample_and_nothing_is_left_for_others(
    clinic_shell: Shell, tmp_path: Path, role: str
) -> None:
    a_message_of_zebulon(clinic_shell)
    who = ("--name", "A. Example", "--title", "Desk", "--role", role, "--password-file", "-")
    clinic_shell("user", "add", "ben@clinic.example", *who, typed=PASSWORD)
    own = tmp_path / "own.jsonl"
    ask = ("eval", "sample", str(own), "--login", "ben@clinic.example", "--password-file", "-", "--reason", "pilot")

    clinic_shell(*ask, typed=PASSWORD, code=2)

    assert not own.exists()
    assert "export:made" not in clinic_shell.events()
