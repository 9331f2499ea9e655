"""The second scan finds shapes the first one may have missed, and counts its own failure as a hit."""

import pytest

from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.redact import rescan as module
from vouchsafe.pipeline.redact.rescan import rescan

RECORD = KnownContact(names=("Zofka Brandt",), phones=("402-555-0199",), ids=("MB-87234",), dates=("1987-03-04",))


@pytest.mark.parametrize(
    "text",
    [
        "call 402 / 555 - 0199",
        "write x@y",
        "code AB12345",
        "8-7-2-3-4-9-2",
        "Zofka  Brandt".replace("  ", " "),
        "number 87234 is mine",
        "[NAME_1]4025550199",
    ],
)
def test_a_shape_that_is_left_blocks(text: str) -> None:
    assert rescan(SafeText(text), [RECORD])


@pytest.mark.parametrize(
    "text",
    [
        "[NAME_1] takes 500 mg at 8:30 am, paid $1,250.00 in 2019, 2020 and 2021",
        "Dear [NAME_12], your visit [DATE_3] at [LOCATION_1] stands; call [PHONE_2]",
        "",
    ],
)
def test_a_clean_text_goes_on(text: str) -> None:
    assert rescan(SafeText(text), [RECORD]) == ()


def test_a_scan_that_fails_has_found_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_text: str) -> str:
        raise RuntimeError

    monkeypatch.setattr(module, "_without_tokens", broken)
    (hit,) = rescan(SafeText("anything"))

    assert (hit.span.start, hit.span.end, hit.by) == (0, 8, "rescan/failed")
