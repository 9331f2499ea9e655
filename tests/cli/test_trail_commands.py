"""`explain` and `verify` at the shell: the chain of a case, and whether anybody touched it."""

import re

import pytest
from sqlalchemy import create_engine, text
from tests.cli.conftest import Shell

from vouchsafe.domain.message import ChannelKind, Inbound, Sender
from vouchsafe.domain.text import PhiText
from vouchsafe.ports.channel import Accepted
from vouchsafe.worker.loops import Worker


def a_mail(number: int) -> Inbound:
    return Inbound(
        channel=ChannelKind.EMAIL,
        recipient="desk@clinic.example",
        provider_id=f"m{number}",
        sender=Sender(PhiText("ada@home.example"), PhiText("Ada Byron")),
        subject=PhiText("A question"),
        new_text=PhiText("When are you open?"),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=(),
        thread_ids=(),
        sent_at=None,
        automatic=False,
        asserted=False,
        original=b"When are you open?",
        own_id=f"m{number}@home.example",
    )


@pytest.fixture
def case(clinic_shell: Shell) -> str:
    """A stored message's case, in the log and signed."""
    with clinic_shell.opened() as app:
        taken = app.intake(a_mail(1))
        worker = Worker(app)
        for loop in worker.loops():
            if loop.name in {"sequencer", "checkpointer"}:
                loop.round(app.workspaces()[0])
    assert isinstance(taken, Accepted)
    return str(taken.case)


def tamper(shell: Shell, statement: str) -> None:
    with shell.opened() as app:
        engine = create_engine(app.store.database.url)
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text(statement))
    engine.dispose()


def test_explain_prints_the_chain_with_its_place_in_the_log_and_no_words_of_the_patient(
    clinic_shell: Shell, case: str
) -> None:
    said = clinic_shell("explain", case).out

    assert re.search(r"message:received +\S+ +log \d+", said)
    assert re.search(r"original:sealed +\S+ +log \d+", said)
    assert "signed up to event" in said
    assert "proof    verified" in said
    assert not re.search(r"Ada|home\.example", said)
    assert clinic_shell.events()[-1] == "trail:read"


def test_the_end_of_an_id_does_where_it_is_enough(clinic_shell: Shell, case: str) -> None:
    assert clinic_shell("explain", case[-12:]).out.startswith(f"case     {case}")


@pytest.mark.parametrize(
    ("given", "says"), [("ffffffffffff", "no such case"), ("ada@home.example", "looks like"), ("abc", "looks like")]
)
def test_what_is_no_case_is_refused_and_not_repeated(clinic_shell: Shell, given: str, says: str) -> None:
    said = clinic_shell("explain", given, code=2)

    assert says in said.err
    assert given not in said.all


def test_explain_says_when_the_chain_was_touched(clinic_shell: Shell, case: str) -> None:
    tamper(clinic_shell, "update event set actor = 'gate' where type = 'message:received'")

    said = clinic_shell("explain", case).out

    assert "proof    refuted" in said
    assert "WRONG" in said


def test_verify_says_what_it_read(clinic_shell: Shell, case: str) -> None:
    del case
    said = clinic_shell("verify").out

    assert "verdict   verified" in said
    assert "files     1 are what the log names, 0 went with their key" in said
    assert "files " not in clinic_shell("verify", "--no-files").out


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("update event set type = 'case:closed' where type = 'message:received'", "column-differs"),
        ("delete from event where type = 'original:sealed'", "events-missing"),
        ("update checkpoint set note = replace(note, 'clinic', 'other')", "checkpoint-untrusted"),
        ("delete from object", "object-missing"),
    ],
)
def test_verify_names_what_is_wrong_and_exits_with_1(clinic_shell: Shell, case: str, statement: str, says: str) -> None:
    del case
    tamper(clinic_shell, statement)

    said = clinic_shell("verify", code=1).out

    assert f"WRONG     {says}" in said
    assert "verdict   refuted" in said


def test_verify_cannot_tell_before_anything_is_signed(clinic_shell: Shell) -> None:
    assert "verdict   unknown" in clinic_shell("verify", code=2).out
