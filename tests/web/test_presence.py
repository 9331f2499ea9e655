"""Who else has a case open: by name, heard at once, gone within a minute of leaving, and nothing of the patient in it."""

import pytest
from playwright.sync_api import Browser, expect
from tests.web.conftest import Bench, Visitor
from tests.web.test_browser import Seat, browser

from vouchsafe.web.live import Present

__all__ = ["browser"]
A_WORKSPACE, A_CASE, ANOTHER = "w", "c", "d"


def test_who_was_not_heard_of_for_a_while_has_the_case_open_no_more() -> None:
    present = Present()

    assert present.hear(A_WORKSPACE, A_CASE, "ada", 100.0)
    assert not present.hear(A_WORKSPACE, A_CASE, "ada", 115.0), "she is no news"
    assert present.hear(A_WORKSPACE, A_CASE, "bob", 115.0)
    assert present.users(A_WORKSPACE, A_CASE, 120.0) == {"ada", "bob"}
    assert present.users(A_WORKSPACE, ANOTHER, 120.0) == frozenset()
    assert present.users("another workspace", A_CASE, 120.0) == frozenset()
    assert present.users(A_WORKSPACE, A_CASE, 160.0) == frozenset(), "within a minute, the 15 s of a page included"
    assert present.hear(A_WORKSPACE, A_CASE, "ada", 160.0), "she came back"
    assert present.users(A_WORKSPACE, A_CASE, 160.0) == {"ada"}


def names(visitor: Visitor, case: object) -> list[str]:
    answer = visitor.post(f"/cases/{case}/here", "/queue")
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) == {"names"}
    return list(found["names"])


def test_a_name_is_told_to_the_others_of_that_case_alone(bench: Bench) -> None:
    cases = bench.morning.cases
    agent, lead = bench.visitor("agent"), bench.visitor("lead")
    assert names(agent, cases["draft"]) == [], "nobody is told of themselves"
    for _ in range(500):
        found = names(lead, cases["draft"])
        if found:
            break

    assert found == ["Marigold Teasdale"]
    assert names(lead, cases["human"]) == []
    assert lead.post("/cases/019caed9-4300-700f-989f-2b4b60146eb5/here", "/queue").status_code == 404


@pytest.mark.browser
def test_two_people_with_one_case_open_see_each_other_at_once(bench: Bench, browser: Browser) -> None:
    path = f"/cases/{bench.morning.cases['draft']}"
    one = Seat(browser, bench, viewport={"width": 1440, "height": 900}, reduced_motion="reduce", color_scheme="light")
    other = Seat(browser, bench, viewport={"width": 1280, "height": 800})
    for seat, login in ((one, "agent"), (other, "agent2")):
        seat.log_in(login)
    one.page.goto(path)
    expect(one.page.locator("[data-here]")).to_be_hidden()

    other.page.goto(path + "?lang=es")
    expect(one.page.locator("[data-here]")).to_have_text("Fergus Brackenbury has this case open too", timeout=30_000)
    expect(other.page.locator("[data-here]")).to_have_text("Marigold Teasdale también tiene abierto este caso")
    one.looked("", "presence", widths=(1440, 390))
    assert one.found == []
    assert one.complaints == []
    assert other.complaints == []
    one.context.close()
    other.context.close()
