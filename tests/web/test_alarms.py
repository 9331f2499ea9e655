"""Alarms counted by tier and cause, and what people who came to them said they were worth (R197)."""

import re

import pytest
from tests.web.conftest import Bench, Visitor

from vouchsafe.domain.ids import CaseId, ConversationId
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import schema


def say(visitor: Visitor, case: CaseId, warranted: str) -> int:
    page = f"/cases/{case}"
    return visitor.post(f"{page}/judge-alarm", page, warranted=warranted).status_code


def came_to(visitor: Visitor, case: CaseId) -> None:
    assert visitor.post(f"/cases/{case}/acknowledge", f"/cases/{case}").status_code == 303


def row(page: str, title: str) -> list[str]:
    """The cells of a table row by its heading, without marks."""
    found = re.search(rf'<tr><th scope="row">{re.escape(title)}</th>(.*?)</tr>', page, re.DOTALL)
    assert found, title
    cells = re.findall(r"<td[^>]*>(.*?)</td>", found[1], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in cells]


def test_a_page_that_was_warranted_counts_with_its_bound_and_its_cause(bench: Bench) -> None:
    nurse, lead = bench.visitor("nurse"), bench.visitor("lead")
    crisis, clinical = bench.morning.cases["crisis"], bench.morning.cases["clinical"]
    for case in (crisis, clinical):
        came_to(nurse, case)
    assert say(nurse, crisis, "yes") == 303
    assert say(nurse, clinical, "no") == 303

    page = lead.get("/alarms").text

    # Two pages among the eight messages of the morning; one of one and none of one were warranted.
    assert row(page, "Page: somebody is called at once") == ["2", "250.0", "2", "1", "1", "50.0 % at least 2.5 %"]
    assert row(page, "crisis") == ["Page", "", "1", "125.0", "1", "100.0 % at least 5.0 %"]
    assert row(page, "urgent health")[-1] == "0.0 % at least 0.0 %"
    assert row(page, "wish for a person") == ["Person", "", "1", "125.0", "–", "–"]


def test_the_page_names_no_case_and_no_word_and_opening_it_is_on_record(bench: Bench) -> None:
    page = bench.visitor("admin").get("/alarms?days=7").text

    assert "pills" not in page
    assert not [name for name, case in bench.morning.cases.items() if str(case) in page]
    who, payload = bench.events(EventType.REPORT_READ)[0]
    assert (who, payload["report"], payload["days"]) == (bench.person("admin"), "alarms", 7)


@pytest.mark.parametrize(("asked", "shown"), [("7", "7"), ("90", "90"), ("", "30"), ("36500", "30"), ("x", "30")])
def test_the_reader_chooses_one_of_three_periods(bench: Bench, asked: str, shown: str) -> None:
    assert f"The last {shown} days" in bench.visitor("lead").get(f"/alarms?days={asked}").text


def test_what_is_older_than_the_period_does_not_count(bench: Bench) -> None:
    bench.morning.clinic.clock.advance(days=8)
    lead = bench.visitor("lead")

    assert "No alarm was raised in these days." in lead.get("/alarms?days=7").text
    assert row(lead.get("/alarms?days=30").text, "Page: somebody is called at once")[0] == "2"


def test_an_alarm_is_judged_only_after_somebody_came_to_it(bench: Bench) -> None:
    nurse, case = bench.visitor("nurse"), bench.morning.cases["crisis"]
    assert "Was this alarm warranted?" not in nurse.get(f"/cases/{case}").text

    assert say(nurse, case, "no") == 422
    came_to(nurse, case)
    assert "Was this alarm warranted?" in nurse.get(f"/cases/{case}").text


def test_the_last_word_counts_and_every_word_is_in_the_trail(bench: Bench) -> None:
    nurse, case = bench.visitor("nurse"), bench.morning.cases["crisis"]
    came_to(nurse, case)
    assert say(nurse, case, "no") == 303
    assert say(nurse, case, "yes") == 303

    said = [payload.get("warranted") for _, payload in bench.events(EventType.CASE_ACKNOWLEDGED)]
    assert said == [True, False, None]
    assert row(bench.visitor("lead").get("/alarms").text, "crisis")[-1].startswith("100.0 %")


def test_a_case_without_an_alarm_cannot_be_judged(bench: Bench) -> None:
    agent, case = bench.visitor("agent"), bench.morning.cases["draft"]

    assert say(agent, case, "yes") == 404
    assert bench.events(EventType.CASE_ACKNOWLEDGED) == []


def test_an_alarm_whose_words_were_erased_still_counts(bench: Bench) -> None:
    clinic = bench.morning.clinic
    with clinic.store(clinic.workspace) as work:
        keys = schema.conversation_key
        destroyed = work.context.connection.execute(keys.update().values(wrapped=b"0" * 40).returning(keys.c.id))
        for conversation in destroyed.scalars():
            clinic.store.vault.forget(ConversationId(conversation))

    page = bench.visitor("lead").get("/alarms").text

    assert row(page, "Page: somebody is called at once")[0] == "2"
    assert row(page, "nothing could judge it, or its words were erased")[2] == "2"
