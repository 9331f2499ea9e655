"""`doctor`, `knowledge`, `synth` and the logs, as an operator meets them."""

import json
import logging
from pathlib import Path

import pytest
import structlog
from tests.altered import KINDS, altered
from tests.cli.conftest import PASSWORD, Shell
from tests.cli.test_trail_commands import a_mail

from vouchsafe.cli.logs import ALLOWED, quiet_logs
from vouchsafe.store import desks, knowledge

PAGE = "---\ntitle: {title}\naudience: public\napproved_for_auto: true\n---\n# {title}\n\nWe open at 9.\n"


def published(shell: Shell) -> set[str]:
    with shell.opened() as app, app.store(app.workspaces()[0]) as work:
        (desk,) = desks.every(work.context)
        return {one.path for one in knowledge.documents(work.context, desk.id)}


def pages(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name in names:
        (folder / f"{name}.md").write_text(PAGE.format(title=name), encoding="utf-8")
    return folder


def test_a_folder_becomes_the_desks_knowledge_and_what_left_it_is_retired(clinic_shell: Shell, tmp_path: Path) -> None:
    publish = ("knowledge", "publish", str(tmp_path / "kb"), "--desk", "patient")
    pages(tmp_path / "kb", "hours", "parking")
    assert "2 versions published, 0 retired" in clinic_shell(*publish).out
    assert clinic_shell.events()[-1] == "source:published"

    pages(tmp_path / "kb", "hours")
    assert "0 versions published, 1 retired" in clinic_shell(*publish).out
    assert published(clinic_shell) == {"hours.md"}

    before = clinic_shell.events()
    assert "0 versions published, 0 retired" in clinic_shell(*publish).out
    assert clinic_shell.events() == [*before, "source:read"], "that it was looked at is all that there is to say"


def test_a_page_that_cannot_be_read_is_named_and_the_others_are_published(clinic_shell: Shell, tmp_path: Path) -> None:
    folder = pages(tmp_path / "kb", "hours")
    (folder / "broken.pdf").write_bytes(b"no pdf")

    said = clinic_shell("knowledge", "publish", str(folder), "--desk", "patient", code=1).out

    assert "not published: broken.pdf" in said
    assert published(clinic_shell) == {"hours.md"}


def test_a_desk_or_folder_that_is_not_there_is_refused(clinic_shell: Shell, tmp_path: Path) -> None:
    folder = pages(tmp_path / "kb", "hours")
    assert "no desk named dental" in clinic_shell("knowledge", "publish", str(folder), "--desk", "dental", code=2).err
    clinic_shell("knowledge", "publish", str(tmp_path / "gone"), "--desk", "patient", code=2)


def test_commands_before_init_say_what_to_do(shell: Shell, tmp_path: Path) -> None:
    for command in (
        ("user", "list"),
        ("desk", "list"),
        ("stop", "show"),
        ("knowledge", "publish", str(tmp_path), "--desk", "patient"),
    ):
        assert "run vouchsafe init" in shell(*command, code=2).err
    assert "run vouchsafe init" in shell("doctor", code=1).out


def test_each_red_line_of_the_doctor_comes_with_its_fix(clinic_shell: Shell) -> None:
    said = clinic_shell("doctor", code=1).out.splitlines()

    red = [number for number, line in enumerate(said) if line.startswith("RED")]
    assert red
    assert all(said[number + 1].startswith("    fix: ") and len(said[number + 1]) > 12 for number in red)
    assert any("knowledge patient" in said[number] for number in red)


def test_the_doctor_shows_a_desk_that_speaks_as_the_demo_clinic_red(clinic_shell: Shell) -> None:
    assert "ok  pack patient" in clinic_shell("doctor", code=1).out
    folder = clinic_shell.settings.packs_dir / "patient"
    folder.rename(folder.with_name("elsewhere"))

    said = clinic_shell("doctor", code=1).out

    assert "RED pack patient" in said
    assert "speaks as the demo clinic" in said
    assert "fix: Run: vouchsafe desk pack patient --organisation NAME" in said


def test_the_report_may_be_shared(clinic_shell: Shell, tmp_path: Path) -> None:
    who = ("--name", "Idalina Brackenridge", "--title", "Lead", "--role", "lead", "--password-file", "-")
    clinic_shell("user", "add", "idalina@clinic.example", *who, typed=PASSWORD)
    with clinic_shell.opened() as app:
        app.intake(a_mail(1))
        app.quarantine(a_mail(1).channel, "desk@clinic.example", b"From: Ada Byron", "parser_failed")
    path = tmp_path / "report.json"

    clinic_shell("doctor", "--report", str(path), code=1)

    report = path.read_text("utf-8")
    for word in ("Ada", "Byron", "home.example", "Idalina", "Brackenridge", "When are you open", "oncall@", "desk@"):
        assert word not in report
    lines = {line["name"]: line for line in json.loads(report)["lines"]}
    assert lines["quarantine"]["says"] == "1 items wait"
    assert all(line["well"] or line["fix"] for line in lines.values())


def test_synth_gives_the_same_conversations_for_the_same_seed(shell: Shell, tmp_path: Path) -> None:
    first, again = (shell("synth", "--seed", "5", "--count", "8").out for _ in range(2))
    other = shell("synth", "--seed", "6", "--count", "8").out

    assert first == again != other
    assert len([json.loads(line) for line in first.splitlines()]) == 8
    said = shell("synth", "--seed", "5", "--count", "8", "--eml", str(tmp_path / "mails")).out
    mails = sorted((tmp_path / "mails").glob("*.eml"))
    assert said.startswith(f"{len(mails)} mails of 8 conversations")
    assert all(b"Message-ID:" in mail.read_bytes() for mail in mails)


def test_a_log_line_keeps_allowed_keys_only_and_says_which_it_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    quiet_logs("info")
    try:
        structlog.get_logger().info("draft written", case="c-1", ms=812, words="Ada Byron has a cough")
        structlog.get_logger().debug("never shown")
    finally:
        structlog.reset_defaults()

    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert found["case"] == "c-1"
    assert found["dropped"] == ["words"]
    assert "Ada" not in line
    assert set(found) <= ALLOWED | {"dropped"}


def test_a_log_keeps_quiet_below_its_level_and_libraries_below_errors(capsys: pytest.CaptureFixture[str]) -> None:
    quiet_logs("error")
    try:
        structlog.get_logger().warning("never shown")
    finally:
        structlog.reset_defaults()

    assert capsys.readouterr().err == ""
    # The queue's library prints the arguments of jobs at INFO and WARNING.
    assert not logging.getLogger("procrastinate").isEnabledFor(logging.WARNING)
    assert not logging.getLogger("sqlalchemy").isEnabledFor(logging.WARNING)


@pytest.mark.parametrize("kind", KINDS)
def test_the_doctor_shows_an_altered_file_of_a_model_red_with_its_fix(shell: Shell, tmp_path: Path, kind: str) -> None:
    name = {"encoder": "embedder", "words": "heads"}.get(kind, kind)
    assert f"ok  file: {name}" in shell("doctor", code=1).out

    with altered(kind, tmp_path / "altered"):
        said = shell("doctor", code=1).out.splitlines()

    (at,) = [number for number, line in enumerate(said) if line.startswith(f"RED file: {name}")]
    fix = "unpack it again" if name in {"heads", "tagger"} else "delete .venv and run ./vouchsafe again"
    assert fix in said[at + 1]
