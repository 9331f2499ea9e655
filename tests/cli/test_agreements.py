"""`agreements` at the shell: from the blank register to a call that is permitted, and the refusal in between."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cli.conftest import PASSWORD, Shell

from vouchsafe.governance.training import TRAINING, training_letter
from vouchsafe.ports.clock import SystemClock
from vouchsafe.testing import model_servers
from vouchsafe.testing.agreements import a_paper, a_row, an_own_model, register_bytes
from vouchsafe.testing.model_servers import KEY, running

ADMIN = ("--login", "root@clinic.example", "--password-file", "-")


def current(**changes: Any) -> dict[str, Any]:
    """A row whose days fit the real calendar."""
    year = SystemClock().now().year
    paper = a_paper(signed=f"{year - 1}-01-02", ends=f"{year + 1}-12-30")
    return a_row(
        **{
            "papers": [paper],
            "reviewed": f"{year - 1}-02-03",
            "review_by": f"{year + 1}-06-07",
            "confirmed": {"by": "Ann Lead, privacy officer", "on": f"{year - 1}-02-03"},
            **changes,
        }
    )


def a_file(folder: Path, *rows: dict[str, Any], **changes: Any) -> str:
    file = folder / "agreements.yaml"
    file.write_bytes(register_bytes(*rows, **changes))
    return str(file)


def test_the_blank_register_is_read_and_every_row_of_it_refuses(clinic_shell: Shell, tmp_path: Path) -> None:
    blank = clinic_shell("agreements", "blank").out
    file = tmp_path / "blank.yaml"
    file.write_text(blank)

    said = clinic_shell("agreements", "check", str(file), code=1).out

    assert "example-cloud-chat: refused" in said
    assert "No signed business associate agreement with Example Cloud Inc. is on record" in said


def test_facts_are_notes_and_say_so(clinic_shell: Shell) -> None:
    said = clinic_shell("agreements", "facts").out

    assert "Anthropic, Batch, Files and Web Fetch of the API: no." in said
    assert "Notes, not agreements" in said


def test_before_a_register_is_adopted_the_answer_is_that_nothing_leaves(clinic_shell: Shell) -> None:
    for command in ("list", "check", "letter"):
        assert "hands no words to any provider outside" in clinic_shell("agreements", command).out


def test_a_register_is_adopted_listed_and_answered_in_writing(clinic_shell: Shell, tmp_path: Path) -> None:
    clinic_shell("agreements", "adopt", a_file(tmp_path, current()), *ADMIN, typed=PASSWORD)

    assert "provider-chat            in force" in clinic_shell("agreements", "list").out
    assert "provider-chat: complete" in clinic_shell("agreements", "check").out
    letter = clinic_shell("agreements", "letter", "provider-chat").out
    for words in (
        "https://models.provider.example/v1",
        "us-east-1",
        "Business associate agreement: signed",
        "In force:",
    ):
        assert words in letter
    written = [one for one in clinic_shell.events() if one.startswith(("agreement", "register"))]
    assert written == ["register:changed", "agreement:added"]


def test_each_change_of_a_row_is_on_record(clinic_shell: Shell, tmp_path: Path) -> None:
    second = current(id="second", endpoint="https://second.example/v1")
    clinic_shell("agreements", "adopt", a_file(tmp_path, current()), *ADMIN, typed=PASSWORD)
    clinic_shell("agreements", "adopt", a_file(tmp_path, current(retention_days=None), second), *ADMIN, typed=PASSWORD)
    clinic_shell("agreements", "adopt", a_file(tmp_path, second), *ADMIN, typed=PASSWORD)

    written = [one for one in clinic_shell.events() if one.startswith("agreement")]
    assert written == [
        "agreement:added",
        "agreement:reviewed",
        "agreement:added",
        "agreement:ended",
    ]


def test_every_letter_answers_the_four_questions_about_training(clinic_shell: Shell, tmp_path: Path) -> None:
    without = clinic_shell("agreements", "letter").out
    file = a_file(tmp_path, current())
    with_a_row = clinic_shell("agreements", "letter", "--file", file).out

    for said in (without, with_a_row):
        assert said.endswith(f"{training_letter()}\n")
    assert [line for line in training_letter().splitlines() if line.endswith("?")] == [one.question for one in TRAINING]


def test_a_gap_is_told_in_the_letter_and_by_the_exit_code(clinic_shell: Shell, tmp_path: Path) -> None:
    file = a_file(tmp_path, current(confirmed=None))

    said = clinic_shell("agreements", "letter", "provider-chat", "--file", file, code=1).out

    assert "Not in force: vouchsafe refuses every call" in said
    assert "Nobody has confirmed the row provider-chat" in said


def test_signed_files_are_held_against_their_hashes(clinic_shell: Shell, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "provider-baa.pdf").write_bytes(b"signed")
    paper = {**current()["papers"][0], "sha256": hashlib.sha256(b"signed").hexdigest()}
    file = a_file(tmp_path, current(papers=[paper]))

    clinic_shell("agreements", "check", file, "--papers", str(papers))
    (papers / "provider-baa.pdf").write_bytes(b"signed by somebody else")
    said = clinic_shell("agreements", "check", file, "--papers", str(papers), code=1)
    adopted = clinic_shell("agreements", "adopt", file, *ADMIN, "--papers", str(papers), typed=PASSWORD, code=2)

    assert "provider-baa.pdf is not the one whose hash is on record" in said.out
    assert "not the one whose hash is on record" in adopted.err
    assert not [one for one in clinic_shell.events() if one.startswith("agreement")]


def test_only_an_administrator_adopts(clinic_shell: Shell, tmp_path: Path) -> None:
    who = ("--name", "A. Example", "--title", "Desk", "--role", "lead", "--password-file", "-")
    clinic_shell("user", "add", "ann@clinic.example", *who, typed=PASSWORD)
    file = a_file(tmp_path, current())

    login = ("--login", "ann@clinic.example", "--password-file", "-")
    said = clinic_shell("agreements", "adopt", file, *login, typed=PASSWORD, code=2)

    assert "only an active administrator" in said.err


@pytest.mark.parametrize("content", ["- no\n", yaml.safe_dump({"covered_entity": "x", "colour": "red"})])
def test_a_register_with_a_mistake_changes_nothing(clinic_shell: Shell, tmp_path: Path, content: str) -> None:
    file = tmp_path / "agreements.yaml"
    file.write_text(content)

    said = clinic_shell("agreements", "adopt", str(file), *ADMIN, typed=PASSWORD, code=2)

    assert "agreement register refused" in said.err


def test_by_default_no_model_is_asked_and_nothing_is_on_record(clinic_shell: Shell) -> None:
    said = clinic_shell("agreements", "try", code=1)

    assert "nothing left this installation" in said.out
    assert not [one for one in clinic_shell.events() if one.startswith("model")]


def test_a_model_is_asked_once_its_agreement_is_adopted_and_not_before(
    clinic_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "model.key"
    key.write_text(KEY)
    with running(model_servers.openai) as server:
        endpoint = f"{server.url}/v1"
        for name, value in {
            "PROVIDER": "openai_compatible",
            "ENDPOINT": endpoint,
            "NAME": "large-2",
            "REGION": "on-premises",
            "KEY_FILE": str(key),
            "COST_A_DAY": "20",
            "PRICE_IN": "3",
            "PRICE_OUT": "15",
        }.items():
            monkeypatch.setenv(f"VOUCHSAFE_MODEL_{name}", value)

        refused = clinic_shell("agreements", "try", code=1).out
        assert server.asked == []
        own = an_own_model(endpoint=endpoint, confirmed=current()["confirmed"])
        clinic_shell("agreements", "adopt", a_file(tmp_path, own), *ADMIN, typed=PASSWORD)
        answered = clinic_shell("agreements", "try").out
        doctor = clinic_shell("doctor", code=1).out

    assert "No agreement register was adopted" in refused
    assert answered == "an answer of 3 characters, 40 tokens in, 2 out, stopped by end\n"
    assert len(server.asked) == 1
    written = [one for one in clinic_shell.events() if one.startswith("model")]
    assert written == ["model:refused", "model:called", "model:answered"]
    assert "1 of 1,000 calls, 42 of 1,000,000 tokens, cost 0.000150 of 20.00; left: 999 calls" in " ".join(
        doctor.split()
    )


def test_a_relay_of_our_own_is_declared_with_the_command_that_the_refusal_names(
    clinic_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "needs no agreement" in clinic_shell("agreements", "relay").out
    monkeypatch.setenv("VOUCHSAFE_SMTP_RELAY", "127.0.0.1:2525")
    monkeypatch.setenv("VOUCHSAFE_SMTP_SECURITY", "none")

    before = clinic_shell("agreements", "relay", code=1).out
    assert "replies and notices by mail: held" in before
    assert "endpoint: smtp://127.0.0.1:2525" in before
    told = next(word for word in before.splitlines() if "--ours --login" in word)
    named = told.partition("vouchsafe ")[2].partition(" --login")[0].split()
    about = ("--country", "GB", "--covered-entity", "Saint Ada's Clinic")
    clinic_shell(*named, *ADMIN, *about, typed=f"{PASSWORD}\n")

    after = clinic_shell("agreements", "relay").out
    assert "replies and notices by mail: permitted under own-mail-relay with Saint Ada's Clinic" in after
    assert "pages to staff by mail: permitted under own-mail-relay" in after
    letter = clinic_shell("agreements", "letter").out
    assert letter.startswith("What this installation is set to use:\n  smtp://127.0.0.1:2525\n")
    assert "Role:               run by the organisation itself" in letter
    assert clinic_shell.events().count("agreement:added") == 1


def test_a_relay_elsewhere_is_not_taken_for_our_own_by_its_address(
    clinic_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCHSAFE_SMTP_RELAY", "8.8.8.8:587")
    about = ("--country", "GB", "--covered-entity", "Saint Ada's Clinic")

    said = clinic_shell("agreements", "relay", "--ours", *ADMIN, *about, typed=f"{PASSWORD}\n", code=2).all

    assert "a machine of your own has a private address" in said
    assert clinic_shell("agreements", "list").out.startswith("No agreement register was adopted")
