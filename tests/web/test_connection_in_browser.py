"""A server that does not answer, in a real browser: the page says so and since when, and nothing typed is lost."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.conftest import Bench, serving
from tests.web.scenes import Morning
from tests.web.test_browser import Seat, browser

from vouchsafe.evidence.event_types import EventType
from vouchsafe.web.server import make_web

__all__ = ["browser"]
pytestmark = pytest.mark.browser
WITHIN_MS = 30_000


class Server:
    """A server of the morning's workbench that stops, and starts again where it was."""

    def __init__(self, morning: Morning) -> None:
        self._morning, self._running = morning, ExitStack()
        self.url = ""
        self.start()

    def start(self) -> None:
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        self.url = self._running.enter_context(serving(make_web(self._morning.app), port=port))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture
def web_server(morning: Morning) -> Iterator[Server]:
    web_server = Server(morning)
    yield web_server
    web_server.stop()


def strip(page: Page) -> str:
    """The words of the strip, once it shows."""
    expect(page.locator("#connection .strip")).to_be_visible(timeout=WITHIN_MS)
    return page.locator("#connection .strip").inner_text()


def test_a_page_says_that_the_server_is_gone_keeps_what_was_typed_and_sends_it_once_the_server_is_back(
    morning: Morning, web_server: Server, browser: Browser
) -> None:
    bench = Bench(morning, web_server.url)
    seat = Seat(browser, bench, viewport={"width": 1440, "height": 900}, reduced_motion="reduce", color_scheme="light")
    page, text = seat.page, "Good morning. The laboratory opens at 7:00."
    seat.log_in("agent")
    page.goto(f"/cases/{morning.cases['draft']}")
    expect(page.locator("#connection .strip")).to_be_hidden()
    page.keyboard.press("e")
    page.fill("#edit-text", text)

    web_server.stop()
    said = strip(page)
    assert "The server does not answer." in said
    assert page.locator("[data-since]").inner_text().strip()
    assert page.locator("#connection").get_attribute("role") == "status"
    page.get_by_role("button", name="Approve my words").click()
    expect(page.locator("[data-unsent]")).to_be_visible()
    page.locator(".row").first.click()
    page.get_by_role("link", name="Decision").click()
    assert page.input_value("#edit-text") == text, "neither an act nor a link led away from the page"
    assert page.locator(".case").get_attribute("data-case") == str(morning.cases["draft"])
    seat.looked("", "offline", widths=(1440, 1024, 390))
    page.set_viewport_size({"width": 1440, "height": 900})

    rows = page.locator(".row").count()
    morning.arrive("Meanwhile", "Is there a bus to the clinic?")
    web_server.start()
    expect(page.locator("#connection .strip")).to_be_hidden(timeout=WITHIN_MS)
    expect(page.locator("[data-again]")).to_have_text("The server answers again.")
    expect(page.locator(".row")).to_have_count(rows + 1, timeout=WITHIN_MS)
    assert page.input_value("#edit-text") == text
    page.get_by_role("button", name="Approve my words").click()
    expect(page.locator(".note.done")).to_be_visible(timeout=WITHIN_MS)

    assert [str(about["text"]).startswith(text) for _, about in bench.events(EventType.REPLY_APPROVED)] == [True]
    assert seat.found == []
    assert [one for one in seat.complaints if "net::ERR" not in one] == []
    seat.context.close()


def test_a_page_without_a_list_says_it_too_in_the_language_of_the_page_and_tries_again_on_the_button(
    morning: Morning, web_server: Server, browser: Browser
) -> None:
    bench = Bench(morning, web_server.url)
    seat = Seat(browser, bench, viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = seat.page
    seat.log_in("lead")
    # No long timer of the page ever ends, so that nothing but the button tries again.
    page.add_init_script("const real = setTimeout; window.setTimeout = (act, ms) => (ms < 2000 ? real(act, ms) : 0);")
    page.goto("/stop?lang=es")
    page.fill("#reason", "una prueba")
    web_server.stop()
    page.locator("form button.stop-button").click()
    assert "El servidor no responde." in strip(page)
    expect(page.locator("[data-unsent]")).to_be_visible()
    seat.picture("offline-es-dark-390", whole=True)

    web_server.start()
    assert "El servidor no responde." in strip(page)
    page.get_by_role("button", name="Intentar ahora").click()
    expect(page.locator("#connection .strip")).to_be_hidden(timeout=WITHIN_MS)

    assert page.input_value("#reason") == "una prueba"
    assert bench.events(EventType.STOP_PRESSED) == [], "an act that was held back is never sent by itself"
    seat.context.close()
