"""What a language model drafted waits for a person, whatever it says."""

from dataclasses import replace

import pytest

from vouchsafe.domain.ruling import Verdict
from vouchsafe.pipeline.gate.decision import decide
from vouchsafe.pipeline.gate.rules.model_draft import model_draft
from vouchsafe.testing.builders import a_gate_input, draft, drafted


@pytest.mark.parametrize(("prompt", "held"), [(None, False), (f"prompt/draft_1@{'a' * 32}", True)])
def test_a_draft_by_a_model_is_held_be_it_all_quotations(prompt: str | None, *, held: bool) -> None:
    case = a_gate_input(drafted(written=replace(draft(), prompt=prompt)))

    assert (model_draft(case) is not None) is held
    assert decide(case).verdict is (Verdict.AWAITING_HUMAN if held else Verdict.APPROVED)
