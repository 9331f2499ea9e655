"""The source is written for the question that was recognised."""

import pytest

from vouchsafe.pipeline.gate.rules.intent_agrees import intent_agrees
from vouchsafe.testing.builders import (
    SAYS,
    a_gate_input,
    draft,
    drafted,
    findings,
    grounded,
    hits,
    passage,
    quotation,
    understood,
)


@pytest.mark.parametrize(
    ("recognised", "written_for", "held"),
    [
        ("opening_hours", "opening_hours", False),
        ("opening_hours", None, False),
        ("opening_hours", "after_hours, opening_hours", False),
        ("hours", "after_hours, opening_hours", True),
        ("opening_hours", "visiting_hours", True),
        (None, "opening_hours", True),
    ],
)
def test_a_page_for_another_question_is_held(recognised: str | None, written_for: str | None, *, held: bool) -> None:
    page = passage(SAYS, intent=written_for)
    before = grounded(understood(says=findings(intent=recognised)), hits(page))

    case = a_gate_input(drafted(before, draft(quotation(SAYS, page))))

    assert (intent_agrees(case) is not None) is held
