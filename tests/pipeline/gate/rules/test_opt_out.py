"""The contact's choice outranks ours."""

import pytest

from vouchsafe.pipeline.gate.rules.opt_out import opt_out
from vouchsafe.testing.builders import a_gate_input, circumstances, understood


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"contact_opted_out": True}, True),
        ({}, False),
    ],
)
def test_someone_who_asked_for_no_automatic_answers_gets_none(changes: dict[str, object], *, held: bool) -> None:
    case = a_gate_input(understood(circumstances=circumstances(**changes)))

    assert (opt_out(case) is not None) is held
