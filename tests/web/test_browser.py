"""The workbench in a real browser: nothing for axe to find, nothing blocked by the policy, and work without a mouse."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.web.conftest import Bench, chromium_program
from tests.web.scenes import PASSWORD

from vouchsafe.evidence.event_types import EventType

pytestmark = pytest.mark.browser

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (1440, 1024, 390)
PICTURES = Path(os.environ["VOUCHSAFE_SCREENSHOTS"]) if "VOUCHSAFE_SCREENSHOTS" in os.environ else None
"""Where a person who looks at the screens wants the pictures; unset, none are kept."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_program(), args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Seat:
    """A person at a browser; what the browser complains about is kept."""

    def __init__(self, browser: Browser, bench: Bench, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(base_url=bench.url, **options)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.found: list[str] = []
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, kind: str, text: str) -> None:
        # A refused log-in or a form that is outdated answers 4xx, which the browser reports too.
        if kind in {"error", "warning"} and "status of 4" not in text:
            self.complaints.append(text)

    def log_in(self, login: str) -> None:
        self.page.goto("/login")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.press("#password", "Enter")
        self.page.wait_for_selector(".top")

    def findings(self, *, only_contrast: bool = False) -> list[str]:
        """What axe finds on the page as it is."""
        if self.page.evaluate("typeof axe") == "undefined":
            self.page.evaluate(AXE)
        options: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False}
        if only_contrast:
            options["runOnly"] = ["color-contrast"]
        result = self.page.evaluate("options => axe.run(document, options)", options)
        return [f"{one['id']}: {node['html'][:160]}" for one in result["violations"] for node in one["nodes"]]

    def looked(self, path: str, name: str, widths: tuple[int, ...] = (1280, 390)) -> None:
        """Open a page, or stay on this one without a path, and keep what axe finds in light and dark at these widths."""
        self.page.set_viewport_size({"width": widths[0], "height": 900})
        if path:
            self.page.goto(path)
        for theme in ("light", "dark"):
            self.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            for width in widths:
                self.page.set_viewport_size({"width": width, "height": 900})
                # The tree is the same in the dark; what can differ is contrast.
                found = self.findings(only_contrast=theme == "dark")
                self.found += [f"{name} {theme} {width}: {one}" for one in found]
                if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    self.found.append(f"{name} {theme} {width}: the page scrolls sideways")
                self.picture(f"{name}-{theme}-{width}", whole=True)

    def picture(self, name: str, *, whole: bool = False) -> None:
        if PICTURES:
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=whole)


def test_axe_finds_nothing_on_any_screen_at_any_width_in_light_and_dark(  # noqa: PLR0915  # one walk over all screens
    bench: Bench, browser: Browser
) -> None:
    seat = Seat(browser, bench, viewport={"width": 1440, "height": 900}, reduced_motion="reduce", color_scheme="light")
    cases = bench.morning.cases
    found: list[str] = []

    def look(path: str, name: str, prepare: str = "") -> None:
        seat.page.set_viewport_size({"width": 1440, "height": 900})
        seat.page.goto(path)
        if prepare:
            seat.page.keyboard.press(prepare)
        for theme in ("light", "dark"):
            seat.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            for width in WIDTHS:
                seat.page.set_viewport_size({"width": width, "height": 900})
                # The tree is the same in the dark; what can differ is contrast.
                found.extend(f"{name} {theme} {width}: {one}" for one in seat.findings(only_contrast=theme == "dark"))
                if seat.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    found.append(f"{name} {theme} {width}: the page scrolls sideways")
                seat.picture(f"{name}-{theme}-{width}")

    look("/login", "login")
    seat.log_in("agent")
    look("/queue", "queue")
    look(f"/cases/{cases['draft']}", "editing", "e")
    look(f"/cases/{cases['bare']}", "bare", ".")
    look(f"/cases/{cases['crisis']}", "not-for-agents")
    look(f"/cases/{cases['draft']}/decision?verify=1", "decision")
    look("/queue?view=mine", "empty")
    look("/trail", "not-for-role")
    look(f"/cases/{cases['draft']}?lang=es", "draft-es")
    seat.page.goto("/queue?lang=en")
    seat.context.clear_cookies()
    seat.log_in("nurse")
    look(f"/cases/{cases['clinical']}", "clinical", ".")
    seat.page.goto(f"/cases/{cases['crisis']}")
    seat.page.keyboard.press("m")
    seat.page.wait_for_selector(".judge")
    look(f"/cases/{cases['crisis']}", "judge")
    look("/stop", "stop")
    look("/quarantine", "quarantine")
    seat.page.goto("/quarantine")
    item = seat.page.locator("td a").first.get_attribute("href") or ""
    look(item, "quarantine-item")
    look("/outbox", "outbox")
    seat.context.clear_cookies()
    seat.log_in("compliance")
    look("/trail", "trail")
    look("/trail?since=2001-01-01&until=2001-01-02", "trail-empty")
    look(f"/cases/{cases['clinical']}/decision", "decision-compliance")
    seat.context.clear_cookies()
    seat.log_in("admin")
    look("/people", "people")
    look("/alarms", "alarms")
    look("/queue/nothing-here", "not-found")
    assert found == []
    assert seat.complaints == []
    seat.context.close()


def test_while_somebody_writes_the_draft_as_it_stands_cannot_be_approved(bench: Bench, browser: Browser) -> None:
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    seat.log_in("agent")
    seat.page.goto(f"/cases/{bench.morning.cases['draft']}")
    approve = seat.page.locator("button[data-act=approve]")
    assert approve.is_visible()

    seat.page.keyboard.press("e")
    assert approve.is_hidden()
    seat.page.keyboard.press("Escape")
    assert approve.is_visible()
    seat.page.click("button[data-act=edit]")
    seat.page.get_by_role("button", name="Cancel").click()
    assert approve.is_visible()

    seat.page.goto(f"/cases/{bench.morning.cases['bare']}")
    assert approve.count() == 0, "a sentence without a source has to be changed first"
    assert seat.complaints == []
    seat.context.close()


def test_the_first_case_opens_without_knowing_a_key(bench: Bench, browser: Browser) -> None:
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 800})
    seat.log_in("nurse")
    seat.page.get_by_role("link", name="Open the first one").click()
    seat.page.wait_for_selector(".case")

    assert seat.page.locator(".case").get_attribute("data-case") == str(bench.morning.cases["clinical"])
    seat.context.close()


def test_a_reply_is_found_read_and_approved_without_a_mouse(bench: Bench, browser: Browser) -> None:
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    seat.log_in("agent")
    page = seat.page
    press = page.keyboard.press

    press("?")
    page.wait_for_selector("#keys[open]")
    press("Escape")
    press("j")
    page.wait_for_selector(".case")
    while page.locator(".case").get_attribute("data-case") != str(bench.morning.cases["draft"]):
        before = page.locator(".case").get_attribute("data-case")
        press("j")
        page.wait_for_function("before => document.querySelector('.case')?.dataset.case !== before", arg=before)
    assert page.locator(".row[aria-current=true]").count() == 1

    page.locator(".chip").first.focus()
    assert page.locator("mark.lit").inner_text().endswith("Parking is free for the first 30 minutes.")

    press("e")
    page.keyboard.type("Good to hear from you. ")
    assert page.locator("[data-no]:visible").count() == 0
    press("Escape")
    assert page.locator("#edit-form").is_hidden()
    press("a")
    page.wait_for_selector(".note.done")
    assert "leaves in a moment" in page.locator(".note.done").inner_text()
    assert page.locator(".state", has_text="about to leave").count() >= 1
    assert seat.complaints == []
    seat.context.close()


def test_a_list_that_is_open_shows_a_new_case_by_itself(bench: Bench, browser: Browser) -> None:
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 800})
    seat.log_in("agent")
    seat.page.goto("/queue")
    rows = seat.page.locator(".row").count()
    seat.page.wait_for_timeout(500)

    bench.morning.arrive("A new question", "Is there a bus to the clinic?")

    seat.page.wait_for_function("rows => document.querySelectorAll('.row').length === rows + 1", arg=rows)
    assert seat.complaints == []
    seat.context.close()


def test_what_was_revealed_stays_out_of_the_address_and_names_show_only_after_a_reason(
    bench: Bench, browser: Browser
) -> None:
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 800})
    seat.log_in("agent")
    seat.page.goto(f"/cases/{bench.morning.cases['draft']}")
    assert "Ada Byron" not in seat.page.content()

    seat.page.keyboard.press("o")
    seat.page.keyboard.type("she calls and I check who it is")
    seat.page.keyboard.press("Enter")
    seat.page.wait_for_selector("mark.shown")

    assert "Ada Byron" in seat.page.locator(".bubble").first.inner_text()
    assert seat.complaints == []
    seat.context.close()


def test_a_person_takes_gives_back_refuses_hands_over_and_closes_without_a_mouse(
    bench: Bench, browser: Browser
) -> None:
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    seat.log_in("agent")
    page, press = seat.page, seat.page.keyboard.press
    agent, cases = bench.person("agent"), bench.morning.cases

    def typed(reason: str) -> None:
        """Into the field that the key opened; Enter sends it."""
        page.keyboard.type(reason)
        press("Enter")

    def told(words: str) -> None:
        page.wait_for_selector(f".note.done:has-text('{words}')")

    page.goto(f"/cases/{cases['draft']}")
    press("t")
    told("You hold this conversation")
    assert page.locator(".facts", has_text="held by you").count() == 1
    press("g")
    told("Given back")
    assert page.locator(".facts", has_text="held by you").count() == 0
    press("r")
    typed("it answers another question")
    told("The draft was refused")
    assert page.locator("button[data-act=approve]").count() == 0, "a refused draft is nobody's to approve"

    page.goto(f"/cases/{cases['human']}")
    press("h")
    page.keyboard.type("Billing")
    press("Tab")
    typed("it is about a bill")
    told("Handed over")
    page.goto(f"/cases/{cases['fresh']}")
    press("c")
    typed("they asked by telephone meanwhile")
    told("Closed without a reply")
    press("c")
    assert page.locator("#close-form").count() == 0 or page.locator("#close-form").is_hidden()

    assert [who for who, _ in bench.events(EventType.CONVERSATION_TAKEN)] == [agent]
    assert [who for who, _ in bench.events(EventType.CONVERSATION_RETURNED)] == [agent]
    assert [(who, about["reason"]) for who, about in bench.events(EventType.REPLY_REFUSED)] == [
        (agent, "it answers another question")
    ]
    queued = [(who, about["queue"], about.get("reason")) for who, about in bench.events(EventType.CASE_QUEUED)]
    assert (agent, "billing", "it is about a bill") in queued
    assert [(who, about["why"]) for who, about in bench.events(EventType.CASE_CLOSED)] == [
        (agent, "they asked by telephone meanwhile")
    ]
    assert seat.complaints == []
    seat.context.close()
