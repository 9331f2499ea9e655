"""No source, no answer."""

import pytest

from vouchsafe.domain.draft import WhyNot
from vouchsafe.domain.states import Drafted, Unanswerable
from vouchsafe.pipeline.gate.rules.no_draft import no_draft
from vouchsafe.testing.builders import a_gate_input, draft, drafted, phrase, unanswerable


@pytest.mark.parametrize(
    ("state", "held"),
    [
        *[(unanswerable(why), True) for why in WhyNot],
        (drafted(written=draft(phrase("Hello,"))), True),  # polite, but it says nothing
        (drafted(), False),
    ],
)
def test_a_case_without_an_answer_is_held(state: Drafted | Unanswerable, *, held: bool) -> None:
    assert (no_draft(a_gate_input(state)) is not None) is held
