"""The decision page and its JSON: the chain for whoever may read it, and no finding by the back door."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import URL, Connection, create_engine, text
from tests.web.conftest import Bench, Visitor
from tests.web.scenes import settle

from vouchsafe.cli import explain
from vouchsafe.evidence.event import Event, Json, Outcome, system
from vouchsafe.evidence.event_types import EventType

ABOUT: dict[str, Json] = {"text": "Parking is free for the first 30 minutes.", "attempt": 1, "why": "connection_lost"}


def decision(visitor: Visitor, case: object) -> dict[str, Any]:
    found: dict[str, Any] = visitor.get(f"/api/v1/cases/{case}/decision").json()
    return found


@contextmanager
def owner_of(url: URL) -> Iterator[Connection]:
    """Whoever owns the database, past its triggers."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def test_whoever_reads_the_words_reads_which_rules_fired(bench: Bench) -> None:
    case = bench.morning.cases["crisis"]
    nurse = bench.visitor("nurse")

    found = decision(nurse, case)
    assert found["verdict"] == "escalated"
    assert "crisis" in {one["id"] for one in found["rules"] if one["fired"]}
    assert "crisis" in nurse.get(f"/cases/{case}/decision").text


def test_without_the_words_of_a_clinical_case_no_rule_tells_what_was_found(bench: Bench) -> None:
    case = bench.morning.cases["crisis"]
    for login in ("agent", "lead", "interpreter", "privacy"):
        visitor = bench.visitor(login)

        found = decision(visitor, case)
        assert (found["rules"], found["verdict"]) == (None, None), login
        assert "crisis" not in str({**found, "links": [one["details"] for one in found["links"]]}), login
        page = visitor.get(f"/cases/{case}/decision").text
        assert page.count("crisis") == 0, login
        assert "not which rules fired" in page, login


def test_compliance_sees_the_rules_of_every_case_and_no_words(bench: Bench) -> None:
    case = bench.morning.cases["crisis"]
    compliance = bench.visitor("compliance")

    found = decision(compliance, case)
    assert "crisis" in {one["id"] for one in found["rules"] if one["fired"]}
    assert all(not one["details"] for one in found["links"])
    assert "pills next to me" not in compliance.get(f"/cases/{case}/decision").text


def test_a_routine_case_is_open_to_agents_in_full_and_the_reading_is_on_record(bench: Bench) -> None:
    found = decision(bench.visitor("agent"), bench.morning.cases["draft"])

    assert found["verdict"] == "awaiting_human"
    assert "Where can I park" in found["asked"]
    assert bench.events(EventType.TRAIL_READ)[0][0] == bench.person("agent")


def test_verify_checks_the_case_against_the_newest_checkpoint(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")

    verified = agent.get(f"/api/v1/cases/{case}/decision?verify=1").json()["verified"]
    assert verified["verdict"] == "verified"
    assert verified["findings"] == []
    assert "Verified." in agent.get(f"/cases/{case}/decision?verify=1").text


def test_what_a_check_of_one_case_cannot_tell_is_said_beside_what_it_proves(bench: Bench) -> None:
    case, other = bench.morning.cases["draft"], bench.morning.cases["late"]
    agent = bench.visitor("agent")
    agent.get(f"/cases/{case}")
    settle(bench.morning.clinic)
    # An owner of the database moves the read of the case out of it; nothing that stands under the case shows that.
    with owner_of(bench.morning.clinic.url) as connection:
        connection.execute(text("set session_replication_role = replica"))
        moved = text("update event set case_id = :other where case_id = :case and type = 'case:read'")
        assert connection.execute(moved, {"case": case, "other": other}).rowcount == 1

    verified = agent.get(f"/api/v1/cases/{case}/decision?verify=1").json()["verified"]
    page = agent.get(f"/cases/{case}/decision?verify=1").text

    assert verified["verdict"] == "verified"
    assert "only vouchsafe verify tells" in verified["unproven"]
    assert verified["unproven"] in page
    assert "no step is missing or out of order" in page
    assert "None is changed, missing" not in page
    assert "solo lo dice vouchsafe verify" in agent.get(f"/cases/{case}/decision?verify=1&lang=es").text


@pytest.mark.parametrize(
    ("kind", "left", "answers"),
    [
        (EventType.REPLY_UNCERTAIN, "it is not known whether a reply left at ", "a person must look: the reply may"),
        (EventType.REPLY_FAILED, "no reply left: its hand-over failed at ", "a person must look: the reply could"),
        (EventType.CASE_CLOSED, "nothing has left", "nobody is to answer: sender closed the case"),
    ],
)
def test_page_json_and_explain_say_the_same_of_a_reply_that_may_have_left_that_failed_or_of_a_closed_case(
    bench: Bench, capsys: pytest.CaptureFixture[str], kind: EventType, left: str, answers: str
) -> None:
    app, workspace, case = bench.morning.app, bench.morning.clinic.workspace, bench.morning.cases["draft"]
    handed_over = [EventType.REPLY_QUEUED, EventType.REPLY_ATTEMPTED] if kind is not EventType.CASE_CLOSED else []
    with app.store(workspace) as work:
        conversation = work.case_row(case).conversation
        for one in (*handed_over, kind):
            work.note(Event(one, system("sender"), Outcome.OK, case=case, conversation=conversation, payload=ABOUT))
    agent = bench.visitor("agent")

    found = decision(agent, case)
    page = html.unescape(agent.get(f"/cases/{case}/decision").text)
    explain._print(app, workspace, case)
    said = capsys.readouterr().out

    assert found["left"].startswith(left)
    assert found["answers"].startswith(answers)
    for shown in (found["left"], found["answers"]):
        assert f">{shown}</dd>" in page
    assert f"left     {found['left']}\n" in said
    assert f"answers  {found['answers']}\n" in said


def test_a_message_in_which_nothing_spoke_is_not_said_to_hold_no_risk(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")

    says = [one["says"] for one in decision(agent, case)["links"] if one["type"] == "findings:made"]
    explain._print(bench.morning.app, bench.morning.clinic.workspace, case)

    assert [one.rpartition("; ")[2] for one in says] == ["no rule and no score spoke."]
    assert "no rule and no score spoke" in capsys.readouterr().out
    assert "no rule and no score spoke" in agent.get(f"/cases/{case}/decision").text
    assert "ninguna regla ni puntuación se pronunció" in agent.get(f"/cases/{case}/decision?lang=es").text


def test_the_page_offers_the_json_and_taking_it_is_on_record_as_an_export(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent, compliance = bench.visitor("agent"), bench.visitor("compliance")

    page = agent.get(f"/cases/{case}/decision").text
    assert bench.events(EventType.EXPORT_MADE) == [], "looking is no export"
    (address,) = re.findall(r'href="([^"]+)" download="decision-[^"]+\.json"', page)
    taken = agent.get(html.unescape(address))
    decision(compliance, case)

    assert taken.json()["case"] == str(case)
    assert taken.json()["verified"]["verdict"] == "verified"
    about = {"what": "decision", "format": "json"}
    assert bench.events(EventType.EXPORT_MADE) == [
        (bench.person("compliance"), {**about, "words": False}),
        (bench.person("agent"), {**about, "words": True}),
    ]
