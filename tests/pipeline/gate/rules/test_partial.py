"""A draft that answers a part waits for a person."""

from dataclasses import replace

import pytest

from vouchsafe.pipeline.gate.rules.partial import partial
from vouchsafe.testing.builders import a_gate_input, draft, drafted, phrase, quotation, the_pack


def test_a_draft_that_its_drafter_calls_partial_is_held() -> None:
    assert partial(a_gate_input(drafted(written=replace(draft(), partial=True)))) is not None


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("says_so", [True, False])
def test_a_draft_that_says_it_is_partial_is_held(language: str, *, says_so: bool) -> None:
    extra = (phrase(the_pack().phrases_in(language).partial),) if says_so else ()

    case = a_gate_input(drafted(written=draft(quotation(), *extra, language=language)))

    assert (partial(case) is not None) is says_so
