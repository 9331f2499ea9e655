"""The palette in a real browser: it offers what this person may do here, is worked by keys alone, and gives the focus back."""

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.conftest import Bench
from tests.web.test_browser import Seat, browser

from vouchsafe.evidence.event_types import EventType

__all__ = ["browser"]
pytestmark = pytest.mark.browser


def offers(page: Page) -> list[str]:
    return [one.inner_text() for one in page.locator("#palette [role=option] > span").all()]


def chosen(page: Page) -> str:
    """The option that a screen reader would name."""
    named = page.get_by_role("combobox", name="What do you want to do?").get_attribute("aria-activedescendant")
    option = page.locator(f"#{named}")
    assert option.get_attribute("aria-selected") == "true"
    return option.locator("span").inner_text()


def test_it_lists_the_acts_of_the_open_case_and_the_places_and_carries_one_out_by_keys_alone(
    bench: Bench, browser: Browser
) -> None:
    seat = Seat(browser, bench, viewport={"width": 1440, "height": 900}, reduced_motion="reduce", color_scheme="light")
    page, press = seat.page, seat.page.keyboard.press
    seat.log_in("agent")
    page.goto(f"/cases/{bench.morning.cases['draft']}")
    page.locator("#words").focus()

    press("Control+k")
    every = offers(page)
    assert {
        "Approve the reply",
        "Edit",
        "Refuse the draft",
        "Close without a reply",
        "Mine",
        "Knowledge",
        "Log off",
    } <= set(every)
    assert not {"People", "Trail", "Acknowledge the alarm", "Clear a clinical finding"} & set(every), (
        "not hers to do here"
    )
    assert chosen(page) == every[0]
    press("ArrowDown")
    assert chosen(page) == every[1]
    press("ArrowUp")
    press("ArrowUp")
    assert chosen(page) == every[-1], "the list goes round"
    seat.looked("", "palette", widths=(1440, 1024, 390))
    page.set_viewport_size({"width": 1440, "height": 900})
    press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("#words")).to_be_focused()

    press("Meta+k")
    page.keyboard.type("refu draft")
    assert offers(page)[0] == "Refuse the draft"
    press("Enter")
    expect(page.locator("#refuse-reason")).to_be_focused()
    page.keyboard.type("it answers another question")
    press("Enter")
    expect(page.locator(".note.done")).to_be_visible()
    assert len(bench.events(EventType.REPLY_REFUSED)) == 1
    assert seat.found == []
    assert seat.complaints == []
    seat.context.close()


def test_it_opens_by_its_button_goes_to_screens_and_searches_messages_from_any_page(
    bench: Bench, browser: Browser
) -> None:
    seat = Seat(browser, bench, viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = seat.page
    seat.log_in("agent")
    page.goto("/knowledge")
    button = page.get_by_role("button", name="Commands")
    button.click()
    page.keyboard.type("zzzz")
    assert offers(page) == ["Search messages for “zzzz”"]
    page.keyboard.press("Escape")
    expect(button).to_be_focused()

    button.click()
    page.keyboard.type("outb")
    page.locator("#palette [role=option]").first.click()
    page.wait_for_url("**/outbox")
    page.keyboard.press("Control+k")
    page.keyboard.type("laboratorio")
    page.keyboard.press("Enter")
    page.wait_for_selector(".row")
    assert page.locator(".row .subject").all_inner_texts() == ["Pregunta"]
    assert "laboratorio" not in page.url, "a search word may name a patient"

    page.goto("/queue?lang=es")
    page.keyboard.press("Control+k")
    page.keyboard.type("cerrar")
    assert "Cerrar sesión" in offers(page)
    seat.picture("palette-es-dark-390")
    assert seat.complaints == []
    seat.context.close()


def test_who_may_not_read_cases_is_offered_no_search(bench: Bench, browser: Browser) -> None:
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 800})
    seat.log_in("admin")
    seat.page.keyboard.press("Control+k")
    seat.page.keyboard.type("zzzz")

    assert offers(seat.page) == []
    expect(seat.page.get_by_text("Nothing here is called that.")).to_be_visible()
    seat.context.close()
