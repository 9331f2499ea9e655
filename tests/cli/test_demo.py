"""The demo, from an empty folder to its table, and once more: what it shows is what the trail says."""

import html
import logging
import os
import shutil
import socket
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from tests.cli.conftest import Shell
from tests.web.conftest import Visitor, running

from vouchsafe.app import open_app
from vouchsafe.cli import demo, demo_papers, explain
from vouchsafe.cli.demo_traffic import Traffic
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.staff import Role
from vouchsafe.installing import Refused
from vouchsafe.quality.synth_demo import DemoMessage, load_messages, load_users
from vouchsafe.store import cases, desks, quarantine

STAGES = {"auto": "sent", "escalate": "escalated", "person": "awaiting_human"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def some_messages() -> list[DemoMessage]:
    """Some of every door and kind: each ending, a chat, a thread, a file, headers that are broken or not there.

    Besides one with several questions: it waits for a person with a draft, so that the clinic's own model is asked.
    """
    every = load_messages()
    sessions = Counter(one.session for one in every)
    plain = [one for one in every if not (one.hints.in_reply_to or one.hints.header_fault or one.attachments)]
    alone = [one for one in plain if sessions[one.session] == 1]
    answer = next(one for one in every if one.hints.in_reply_to)
    faults = {one.hints.header_fault: one for one in every if one.hints.header_fault}
    chosen = [
        *(next(one for one in alone if one.expected.route == route) for route in STAGES),
        next(one for one in alone if one.channel is ChannelKind.CHAT),
        next(one for one in alone if one.channel is ChannelKind.WEB_FORM),
        next(one for one in every if one.id == answer.hints.in_reply_to),
        answer,
        next(one for one in every if one.attachments),
        next(one for one in every if one.subject == "Several questions"),
        *faults.values(),
    ]
    return [one for one in every if one in chosen]


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """The demo sets up logs for its process, which here is everybody's."""
    yield
    structlog.reset_defaults()
    for name in ("procrastinate", "uvicorn.access", "sqlalchemy", "aiosmtpd", "mail.log"):
        logging.getLogger(name).setLevel(logging.NOTSET)


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
    monkeypatch.setattr(demo, "ANSWER_WITHIN_S", 400.0)  # what becomes of a message, not how soon
    data = folder / "demo"

    assert demo.demo(leave=True, history=3, data=data) == 0
    first = capsys.readouterr().out

    assert "first message handled" in first
    closing = " ".join(first.partition("What the clinic knows")[2].replace("│", " ").split())
    assert "parking-2025.md" in closing
    assert "parking.md: 2" in closing
    assert "recall-list.md: a medical record number" in closing
    assert f"estimates.md, which {sum(one.message.id == 'm65' for one in outcomes)} repl" in closing
    assert "refused : The business associate agreement with Northwind Model Cloud Inc." in closing.replace(":", " :")
    assert "held: the model of the clinic's own made a sentence up, which is marked: a word of the sentence" in closing
    assert [one.message.id for one in outcomes] == [one.id for one in some_messages()]
    answered_again = {one.hints.in_reply_to for one in some_messages()}
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
            # What came later in the thread took an open case over.
            later = {"superseded"} if one.message.id in answered_again else set()
            assert row.stage.value in {STAGES[one.route], *later}, one.message.id
            assert f"stage {row.stage.value}   queue {one.queue or '-'}" in said
            if one.route != "auto":
                assert one.why in " ".join(said.split()), one.message.id
        with running(app) as url, httpx.Client(base_url=url, timeout=60) as client:
            clinician = next(one.login for one in load_users() if Role.CLINICIAN in one.roles)
            Visitor(client).log_in(clinician, demo._password(settings))
            for one in outcomes:
                page = html.unescape(client.get(f"/cases/{one.case}").text)
                if "a newer message took over" in page:
                    assert one.message.id in answered_again
                    continue
                assert (one.why in page) is (one.route != "auto"), one.message.id
                assert one.route != "auto" or "answered" in page, one.message.id

    assert demo.demo(leave=True, history=3, data=data) == 0
    second = capsys.readouterr().out
    assert "up after" in second
    assert "first message handled" not in second
    passwords = {line for said in (first, second) for line in said.splitlines() if "password:" in line}
    assert len(passwords) == 1
    with open_app(settings) as app:
        assert app.workspaces() == (workspace,)


def a_mail() -> DemoMessage:
    return next(one for one in load_messages() if one.channel is ChannelKind.EMAIL and not one.hints.header_fault)


def test_a_message_with_neither_a_case_nor_a_place_in_quarantine_is_lost_and_not_a_persons(
    clinic_shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "ANSWER_WITHIN_S", 0.0)
    monkeypatch.setattr(demo, "load_messages", lambda: [a_mail()])
    monkeypatch.setattr(demo, "_seed_history", lambda *_: None)
    monkeypatch.setattr(demo_papers, "show", lambda *_: None)
    monkeypatch.setattr(Traffic, "send", lambda *_: "m1@never.example")
    with clinic_shell.opened() as app:
        lost = demo._watch(app, app.workspaces()[0], app.settings, 0, 0.0)

    said = capsys.readouterr().out
    assert lost
    assert f"1 LOST: {a_mail().id}" in said
    assert "0 to a person" in said


def test_a_mail_in_quarantine_is_told_with_its_queue_and_what_is_wrong_with_it(clinic_shell: Shell) -> None:
    with clinic_shell.opened() as app:
        (workspace,) = app.workspaces()
        with app.store(workspace) as work:
            desk = desks.every(work.context)[0].id
            for raw in (b"another", b"Message-ID: <m1@somewhere.example>"):
                quarantine.keep(
                    work.context, ChannelKind.EMAIL, desk, problem="too_many_parts", queue="front_desk", raw=raw
                )
        found = demo._outcome(app, workspace, a_mail(), "m1@somewhere.example", frozenset())

    assert (found.route, found.case, found.queue) == ("person", None, "front_desk")
    assert found.why == "in quarantine: too_many_parts"


def test_a_taken_port_is_refused_before_anything_starts(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(os.environ["VOUCHSAFE_SMTP_PORT"])))
        other.listen()
        with pytest.raises(Refused, match="VOUCHSAFE_SMTP_PORT"):
            demo.demo(leave=True, data=folder / "demo")

    assert not (folder / "demo").exists()
