"""A database that cannot be used is a sentence of every command, and one red line of the doctor's."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from tests.cli.conftest import Shell

PASSWORD = "s3cret"


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Commands that look for the database themselves."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOUCHSAFE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(capsys, monkeypatch, make_url("postgresql+psycopg:///unused"))


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that somebody holds and nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


WRONG = [
    ("postgresql+psycopg://owner:s3cret@127.0.0.1:PORT/clinic", "the database clinic on 127.0.0.1:"),
    ("mysql://owner:s3cret@db.internal/clinic", "must begin with postgresql+psycopg://"),
    ("postgresql://owner:s3cret@db.internal/clinic", "must begin with postgresql+psycopg://"),
    ("owner s3cret clinic", "is no URL of a database"),
    ("postgresql+psycopg://owner:s3cret@db.internal:s3cret/clinic", "is no URL of a database"),
    ("postgresql+psycopg://owner:x@s3cret@db.internal/clinic", "holds more than one @"),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_every_command_says_what_is_wrong_without_the_password(
    bare: Shell, monkeypatch: pytest.MonkeyPatch, deaf_port: int, wrong: tuple[str, str]
) -> None:
    url, says = wrong
    monkeypatch.setenv("VOUCHSAFE_DATABASE_URL", url.replace("PORT", str(deaf_port)))

    for command in (("verify",), ("desk", "list"), ("up",)):
        said = bare(*command, code=2)
        assert says in said.err
        assert len(said.err.splitlines()) == 1
        assert PASSWORD not in said.all


@pytest.mark.parametrize("wrong", WRONG)
def test_the_doctor_keeps_its_other_lines_and_writes_the_report(
    bare: Shell, monkeypatch: pytest.MonkeyPatch, deaf_port: int, wrong: tuple[str, str]
) -> None:
    url, says = wrong
    monkeypatch.setenv("VOUCHSAFE_DATABASE_URL", url.replace("PORT", str(deaf_port)))

    said = bare("doctor", "--report", "report.json", code=1)

    written = Path("report.json").read_text("utf-8")
    lines = {line["name"]: line for line in json.loads(written)["lines"]}
    assert {"python", "disk", "database transport", "mail out"} <= set(lines)
    assert not lines["database"]["well"]
    assert says in lines["database"]["says"]
    assert "RED database " in said.out
    assert PASSWORD not in said.all + written
