"""After a person has joined, the AI is silent."""

import pytest

from vouchsafe.domain.ids import UserId
from vouchsafe.pipeline.gate.rules.person_holds import person_holds
from vouchsafe.testing.builders import a_gate_input, circumstances, understood, uuid


@pytest.mark.parametrize(("holder", "held"), [(UserId(uuid(7)), True), (None, False)])
def test_a_conversation_held_by_a_person_gets_no_automatic_reply(holder: UserId | None, *, held: bool) -> None:
    case = a_gate_input(understood(circumstances=circumstances(person_holds=holder)))

    assert (person_holds(case) is not None) is held


@pytest.mark.parametrize("joined", [True, False])
def test_after_a_person_has_answered_only_giving_back_lets_the_machine_answer_again(*, joined: bool) -> None:
    case = a_gate_input(understood(circumstances=circumstances(person_joined=joined)))

    assert (person_holds(case) is not None) is joined
