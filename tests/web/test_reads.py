"""What the workbench leaves on record of reading: who saw which case, which rows a list showed, what was searched for."""

import pytest
from tests.web.conftest import Bench, Visitor

from vouchsafe.evidence.event import Json
from vouchsafe.evidence.event_types import EventType

WORDS_OF_ALL = {"late", "spanish", "draft", "bare", "human", "fresh"}
"""Cases whose words an agent may see; the others are with clinicians."""


def later(bench: Bench, visitor: Visitor, minutes: int) -> None:
    """So much time passes for somebody who stays at work: a session that nobody uses would end."""
    for _ in range(minutes):
        bench.morning.clinic.clock.advance(minutes=1)
        assert visitor.get("/knowledge").status_code == 200


def listed(bench: Bench, login: str) -> list[set[Json]]:
    """The cases of each listing on record, newest first."""
    who = bench.person(login)
    found = []
    for actor, about in bench.events(EventType.CASE_LISTED):
        cases = about["cases"]
        assert isinstance(cases, list)
        if actor == who:
            found.append(set(cases))
    return found


def test_a_case_that_is_opened_is_on_record_once_in_fifteen_minutes_for_each_reader(bench: Bench) -> None:
    path = f"/cases/{bench.morning.cases['draft']}"
    agent, lead = bench.visitor("agent"), bench.visitor("lead")

    def readers() -> list[str]:
        return sorted(actor for actor, _ in bench.events(EventType.CASE_READ))

    agent.get(path)
    agent.get(path)
    assert readers() == [bench.person("agent")]
    lead.get(path)
    assert readers() == sorted([bench.person("agent"), bench.person("lead")])
    later(bench, agent, 14)
    agent.get(path)
    assert readers().count(bench.person("agent")) == 1
    later(bench, agent, 1)
    agent.get(path)
    assert readers().count(bench.person("agent")) == 2


def test_a_case_whose_words_do_not_show_leaves_no_event_of_a_read(bench: Bench) -> None:
    bench.visitor("agent").get(f"/cases/{bench.morning.cases['crisis']}")

    assert bench.events(EventType.CASE_READ) == []


def test_a_list_is_on_record_with_the_rows_that_are_new_to_the_reader(bench: Bench) -> None:
    cases = bench.morning.cases
    agent = bench.visitor("agent")
    agent.get("/queue")
    seen = {str(cases[name]) for name in WORDS_OF_ALL}
    assert listed(bench, "agent") == [seen]

    agent.get("/queue")
    agent.get("/queue/rows")
    assert len(listed(bench, "agent")) == 1, "nothing new was shown"
    fresh = str(bench.morning.arrive("A bus", "Is there a bus to the clinic?"))
    agent.get("/queue/rows")
    assert listed(bench, "agent")[0] == {fresh}
    bench.visitor("lead").get("/queue")
    assert listed(bench, "lead") == [seen | {fresh}]
    later(bench, agent, 15)
    agent.get("/queue")
    assert listed(bench, "agent")[0] == seen | {fresh}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("laboratorio", {"spanish"}),
        ("park", {"draft"}),
        ("the bill", {"bare"}),
        ("park, Thursday?", {"draft"}),
        ("pills", set()),
        ("nobody wrote this", set()),
        ("of", set()),
    ],
)
def test_a_search_finds_the_messages_that_hold_all_its_words_and_is_on_record_with_what_it_found(
    bench: Bench, words: str, names: set[str]
) -> None:
    agent = bench.visitor("agent")
    page = agent.post("/queue/search", "/queue", words=words)
    wanted = {str(bench.morning.cases[name]) for name in names}

    assert page.status_code == 200
    assert {case for case in map(str, bench.morning.cases.values()) if f'data-case="{case}"' in page.text} == wanted
    [(actor, about)] = bench.events(EventType.CONVERSATION_SEARCHED)
    assert actor == bench.person("agent")
    assert about["query"] == words
    found = about["cases"]
    assert isinstance(found, list)
    assert set(found) == wanted


def test_every_search_is_on_record_however_often_it_is_made(bench: Bench) -> None:
    agent = bench.visitor("agent")
    for _ in range(2):
        agent.post("/queue/search", "/queue", words="laboratorio")

    assert len(bench.events(EventType.CONVERSATION_SEARCHED)) == 2
