"""What a screen costs a slow line, and how much of it moves while it loads, in a browser that has nothing yet."""

import pytest
from playwright.sync_api import Browser
from tests.web.conftest import Bench
from tests.web.test_browser import Seat, browser

__all__ = ["browser"]
pytestmark = pytest.mark.browser

LARGEST = 150_000
"""Bytes over the line for a page with everything it loads, attachments aside."""
FIRST, AGAIN = 0.1, 0.01
"""How much of the window may move, as browsers count it: where the letters come late, what they call good; with the
letters there, next to nothing.
"""

SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shifted += one.value; })
  .observe({ type: "layout-shift", buffered: true });
"""
WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, one) => sum + one.transferSize, 0)"""


def test_no_main_screen_is_heavy_and_one_whose_letters_are_there_does_not_move(bench: Bench, browser: Browser) -> None:
    case = bench.morning.cases["draft"]
    screens = {
        "agent": ("/queue", f"/cases/{case}", "/knowledge", "/quarantine"),
        "compliance": (f"/cases/{case}/decision", "/trail", "/alarms", "/stop"),
        "admin": ("/people", "/agreements"),
    }
    found = {}
    for login, paths in screens.items():
        for path in paths:
            for width in (1440, 390):
                seat = Seat(browser, bench, viewport={"width": width, "height": 900})
                seat.log_in(login)
                session = seat.context.new_cdp_session(seat.page)
                session.send("Network.clearBrowserCache")
                seat.page.add_init_script(SHIFTS)
                answer = seat.page.goto(path)
                assert answer is not None
                assert answer.status == 200, path
                seat.page.wait_for_timeout(500)
                weight, first = seat.page.evaluate(WEIGHT), seat.page.evaluate("window.shifted")
                seat.page.goto(path)
                seat.page.wait_for_timeout(500)
                found[path, width] = (weight, first, seat.page.evaluate("window.shifted"))
                assert seat.complaints == []
                seat.context.close()

    assert {page: weight for page, (weight, _, _) in found.items() if not 10_000 < weight < LARGEST} == {}
    assert {page: moved for page, (_, *moved) in found.items() if moved[0] > FIRST or moved[1] > AGAIN} == {}
