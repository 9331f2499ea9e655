"""One administrator, one shell: from an empty folder to a case that can be explained, through the commands alone."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import yaml

from vouchsafe.app import open_app
from vouchsafe.governance.sign_offs import NEEDED
from vouchsafe.quality.synth_demo import knowledge_folder
from vouchsafe.settings import Settings
from vouchsafe.store import cases
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case

PASSWORD = "quartz-lantern-orchard-sleet"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, and open to the database's system user on its way in."""
    made = Path(tempfile.mkdtemp(prefix="vsh-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


class Shell:
    """Runs commands as an administrator types them."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(_env_file=None, data_dir=folder / "data", domain="clinic.example")

    def __call__(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "vouchsafe.cli.main", *arguments],
            env={
                **os.environ,
                "VOUCHSAFE_DATA_DIR": str(self.settings.data_dir),
                "VOUCHSAFE_DOMAIN": self.settings.domain,
                "COLUMNS": "200",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr


def a_mail(number: int, words: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Ada Example <ada{number}@home.example>"
    mail["To"] = "desk@clinic.example"
    mail["Subject"] = "A question"
    mail["Message-ID"] = f"<m{number}@home.example>"
    mail.set_content(words)
    return mail.as_bytes()


def test_from_an_empty_folder_to_an_explained_and_verified_case(folder: Path) -> None:
    shell = Shell(folder)
    first = ("--patient-address", "desk@clinic.example", "--on-call", "oncall@clinic.example")
    words = ("--organisation", "Clinic", "--phone", "020 7946 0123")
    shell("init", *first, *words, "--admin", "root@clinic.example", "--password", PASSWORD)
    assert "has a workspace already" in shell(
        "init", *first, *words, "--admin", "b@clinic.example", "--password", PASSWORD, code=2
    )
    who = ("--name", "Ida Example", "--title", "Lead", "--role", "lead", "--password", PASSWORD)
    shell("user", "add", "lead@clinic.example", *who)
    assert "lead@clinic.example" in shell("user", "list")
    shell("knowledge", "publish", str(knowledge_folder()), "--desk", "patient")

    # Shadow is where a desk starts; papers open the rest, and only an administrator does it.
    papers = folder / "papers.yaml"
    rows = {one: {"by": "A. Example", "day": "2026-03-01", "kept": "safe 1"} for one in NEEDED}
    papers.write_text(yaml.safe_dump(rows).replace("'", ""), encoding="utf-8")
    assert "shadow" in shell("desk", "list")
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    shown = ("--password-file", str(secret))
    change = ("desk", "mode", "patient", "auto", *shown, "--login")
    assert "not signed yet" in shell(*change, "root@clinic.example", code=2)
    assert "administrator" in shell(*change, "lead@clinic.example", "--signed", str(papers), code=2)
    shell(*change, "root@clinic.example", "--signed", str(papers))
    assert "auto" in shell("desk", "list")

    box = folder / "mails"
    box.mkdir()
    (box / "1.eml").write_bytes(a_mail(1, "When is the main clinic open on Saturdays?"))
    (box / "2.eml").write_bytes(a_mail(2, "Since yesterday I have chest pain. Should I take another aspirin?"))
    shell("receive", str(box), "--recipient", "desk@clinic.example")
    with open_app(shell.settings) as app:
        (workspace,) = app.workspaces()
        with app.store(workspace) as work:
            waiting = cases.ids_of_channel(work.context, "email")
        for case in waiting:
            advance_case(app, workspace, case)
        for _ in range(3):
            Worker(app).drain(workspace)
        with app.store(workspace) as work:
            stages = {case: cases.get(work.context, case).stage.value for case in waiting}
    assert sorted(stages.values()) == ["escalated", "sent"]

    for case, stage in stages.items():
        whole, ending = shell("explain", str(case)), shell("explain", str(case)[-12:])
        assert f"stage {stage}" in whole
        assert ending.splitlines()[0] == whole.splitlines()[0]
        assert "ruling:made" in whole
        assert not re.search(r"Ada|home\.example", whole)
    assert "no such case" in shell("explain", "ffffffffffff", code=2)
    assert "looks like" in shell("explain", "ada@home.example", code=2)

    shell("stop", "press", "--login", "lead@clinic.example", "--reason", "drill", *shown)
    assert "drill" in shell("stop", "show")

    assert "verified" in shell("verify")
    report = folder / "report.json"
    said = shell("doctor", "--report", str(report), code=1)
    assert "RED pages" in said, "a page nobody acknowledged is what this installation has to mend"
    assert not re.search(r"Ada|home\.example|aspirin|clinic\.example", report.read_text(encoding="utf-8"))
