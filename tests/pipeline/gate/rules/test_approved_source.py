"""Only sources approved for automatic use answer by themselves."""

import pytest

from vouchsafe.pipeline.gate.rules.approved_source import approved_source
from vouchsafe.testing.builders import a_gate_input, draft, drafted, grounded, hits, passage, quotation

APPROVED = passage()
OTHER = passage("Flu shots are given on Tuesdays.", path="vaccination.md", approved_for_auto=False)


def test_an_approved_source_passes_although_an_unapproved_one_was_found_too() -> None:
    case = a_gate_input(drafted(grounded(found=hits(APPROVED, OTHER))))

    assert approved_source(case) is None


@pytest.mark.parametrize("first", [True, False])
def test_one_unapproved_source_is_enough(*, first: bool) -> None:
    good, bad = quotation(), quotation("Flu shots are given on Tuesdays.", OTHER)
    written = draft(*((bad, good) if first else (good, bad)))

    assert approved_source(a_gate_input(drafted(grounded(found=hits(APPROVED, OTHER)), written))) is not None


def test_a_source_nobody_found_is_not_approved() -> None:
    bad = quotation("Flu shots are given on Tuesdays.", OTHER)

    assert approved_source(a_gate_input(drafted(written=draft(bad)))) is not None
