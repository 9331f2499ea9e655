"""Risks of earlier messages hold until they are cleared."""

import pytest

from vouchsafe.domain.states import Sticky
from vouchsafe.pipeline.gate.rules.sticky import sticky
from vouchsafe.testing.builders import a_gate_input, circumstances, understood


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"sticky": Sticky(clinical=True)}, True),
        ({"sticky": Sticky(crisis=True)}, True),
        ({"sticky": Sticky(safeguarding=True)}, True),
        ({"sticky": Sticky()}, False),
    ],
)
def test_an_uncleared_risk_holds_later_replies(changes: dict[str, object], *, held: bool) -> None:
    case = a_gate_input(understood(circumstances=circumstances(**changes)))

    assert (sticky(case) is not None) is held
