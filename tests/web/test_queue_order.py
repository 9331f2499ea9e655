"""The list of what waits: by risk, then by age, and each queue shows the cases that it counts."""

import re

import pytest
from tests.web.conftest import Bench

ROWS = re.compile(r'class="row rank\d" .*? data-case="(?P<case>[0-9a-f-]{36})"')
QUEUES = re.compile(r'<a href="/queue\?queue=(?P<name>\w+)".*?</a>', re.DOTALL)
COUNT = re.compile(r"<b>(\d+)</b>")


def order(bench: Bench, page: str) -> list[str]:
    """The cases of a list by their names in the morning."""
    names = {str(case): name for name, case in bench.morning.cases.items()}
    return [names[found] for found in ROWS.findall(page)]


@pytest.mark.parametrize("login", ["nurse", "agent"])
def test_what_waits_stands_by_risk_rank_and_then_by_age(bench: Bench, login: str) -> None:
    shown = order(bench, bench.visitor(login).get("/queue").text)
    with bench.morning.app.store(bench.morning.clinic.workspace) as work:
        rows = {name: work.case_row(case) for name, case in bench.morning.cases.items()}

    assert shown == ["clinical", "crisis", "late", "human", "spanish", "draft", "bare", "fresh"]
    assert shown == sorted(rows, key=lambda name: (-rows[name].risk_rank.value, rows[name].opened_at))
    assert len({row.risk_rank for row in rows.values()}) > 1


def test_each_queue_shows_as_many_cases_as_it_counts(bench: Bench) -> None:
    nurse = bench.visitor("nurse")
    page = nurse.get("/queue").text
    counted = {found["name"]: int((COUNT.findall(found.group()) or ["0"])[0]) for found in QUEUES.finditer(page)}
    assert sum(counted.values()) > len(bench.morning.cases), "a case may stand in a second queue"

    for name, count in counted.items():
        answer = nurse.get(f"/queue?queue={name}")
        assert answer.status_code == 200
        assert len(order(bench, answer.text)) == count, name
