"""The demo, from an empty folder to its table, and once more: what it shows is what the trail says."""

import os
import shutil
import socket
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from vouchsafe.app import open_app
from vouchsafe.cli import demo, explain
from vouchsafe.installing import Refused
from vouchsafe.quality.synth_demo import DemoMessage, load_messages
from vouchsafe.store import cases

HANDFUL = 5
STAGES = {"auto": "sent", "escalate": "escalated", "person": "awaiting_human"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def some_messages() -> list[DemoMessage]:
    """A handful: mails and form posts that stand alone, of as many kinds of ending as there are."""
    every = load_messages()
    sessions = Counter(one.session for one in every)
    alone = [one for one in every if not (one.hints.in_reply_to or one.hints.header_fault or one.attachments)]
    alone = [one for one in alone if sessions[one.session] == 1]
    chosen = [next(one for one in alone if one.expected.route == route) for route in ("auto", "person", "escalate")]
    return [*chosen, *(one for one in alone if one not in chosen)][:HANDFUL]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Short, and open to the database's system user on its way in; ports of its own."""
    made = Path(tempfile.mkdtemp(prefix="vsd-", dir="/tmp"))
    made.chmod(0o711)
    for name in ("HTTP_PORT", "SMTP_PORT", "LMTP_PORT"):
        monkeypatch.setitem(os.environ, f"VOUCHSAFE_{name}", str(free_port()))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_the_demos_table_is_what_explain_shows_and_a_second_start_goes_on_from_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes: list[demo.Outcome] = []
    monkeypatch.setattr(demo, "load_messages", some_messages)
    monkeypatch.setattr(demo, "_print_table", outcomes.extend)
    data = folder / "demo"

    assert demo.demo(leave=True, history=3, data=data) == 0
    first = capsys.readouterr().out

    assert "first message handled" in first
    assert len(outcomes) == HANDFUL
    assert {one.route for one in outcomes} == {"auto", "person", "escalate"}
    settings = demo.demo_settings(data)
    with open_app(settings) as app:
        (workspace,) = app.workspaces()
        for one in outcomes:
            assert one.case is not None
            explain._print(app, workspace, one.case)
            said = capsys.readouterr().out
            with app.store(workspace) as work:
                row = cases.get(work.context, one.case)
            assert row.stage.value == STAGES[one.route]
            assert f"stage {row.stage.value}   queue {one.queue or '-'}" in said
            if one.route != "auto":
                assert one.why in " ".join(said.split())

    assert demo.demo(leave=True, history=3, data=data) == 0
    second = capsys.readouterr().out
    assert "up after" in second
    assert "first message handled" not in second
    passwords = {line for said in (first, second) for line in said.splitlines() if "password:" in line}
    assert len(passwords) == 1
    with open_app(settings) as app:
        assert app.workspaces() == (workspace,)


def test_a_taken_port_is_refused_before_anything_starts(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(os.environ["VOUCHSAFE_SMTP_PORT"])))
        other.listen()
        with pytest.raises(Refused, match="VOUCHSAFE_SMTP_PORT"):
            demo.demo(leave=True, data=folder / "demo")

    assert not (folder / "demo").exists()
