"""What a language model is writing, in a real browser: it comes by itself, marked, and is not read out."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser
from tests.web.conftest import Bench
from tests.web.test_browser import Seat, browser
from tests.web.test_model_draft import begin, end

from vouchsafe.domain.draft import Origin
from vouchsafe.store import drafting
from vouchsafe.store.drafting import DraftingState
from vouchsafe.testing import builders

__all__ = ["browser"]
pytestmark = pytest.mark.browser
LONGEST_MS = 60_000


def test_sentences_come_by_themselves_and_a_screen_reader_hears_of_beginning_and_end_alone(
    bench: Bench, browser: Browser
) -> None:
    case, clinic = bench.morning.cases["draft"], bench.morning.clinic
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 900}, reduced_motion="reduce", color_scheme="light")
    seat.page.set_default_timeout(LONGEST_MS)
    seat.log_in("agent")
    seat.page.goto(f"/cases/{case}")
    begin(bench)
    seat.page.wait_for_selector("#drafting .bare")
    told = seat.page.text_content("[data-drafting]")
    seat.looked("", "case-drafting")
    with clinic.store(clinic.workspace) as work:
        row = work.case_row(case)
        more = replace(builders.phrase("Bring a coin."), origin=Origin.MODEL, reasons=())
        found = drafting.of_case(work.context, row)
        assert found is not None
        drafting.keep(work.context, row, (*found.sentences, more))
    seat.page.wait_for_selector("#drafting li:nth-child(3)")
    assert told
    assert told.startswith("A language model is drafting.")
    assert seat.page.text_content("[data-drafting]") == told
    end(bench, DraftingState.WITHDRAWN)
    seat.page.wait_for_selector("#drafting .withdrawn")
    assert "withdrawn" in (seat.page.text_content("[data-drafting]") or "")
    seat.looked("", "case-drafting-withdrawn")

    assert seat.found == []
    assert seat.complaints == []
    seat.context.close()
