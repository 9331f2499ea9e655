"""The decision page and its JSON: the chain for whoever may read it, and no finding by the back door."""

from typing import Any

from tests.web.conftest import Bench, Visitor

from vouchsafe.evidence.event_types import EventType


def decision(visitor: Visitor, case: object) -> dict[str, Any]:
    found: dict[str, Any] = visitor.get(f"/api/v1/cases/{case}/decision").json()
    return found


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
