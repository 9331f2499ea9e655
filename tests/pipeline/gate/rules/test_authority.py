"""Somebody who asks about another person reaches a person."""

import pytest

from vouchsafe.pipeline.gate.rules.authority import authority
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(
    ("words", "intent", "held"),
    [
        ("When is my mother's appointment?", "opening_hours", True),
        ("Please tell me the results of my wife.", "lab_results_process", True),
        ("My husband\u2019s bill is late. What does he owe?", "bill_read", True),
        ("I am writing on behalf of my neighbour.", "opening_hours", True),
        ("Send me my son's records", "records_copy", True),
        ("¿Cuáles son los resultados de mi hermana?", "lab_results_process", True),
        ("How do I reschedule my son's appointment?", "appointment_change", False),
        ("Hi, can I move my daughter's visit online?", "appointment_change", False),
        ("How do I find out when my son's appointment is?", "appointment_when", True),
        ("What are your opening hours?", "opening_hours", False),
        ("Can my mother come along to my visit?", "visiting_hours", False),
        ("Is there parking for my son's bicycle?", "directions_parking", False),
    ],
)
def test_asking_for_something_of_another_person_is_held(words: str, intent: str, *, held: bool) -> None:
    assert (authority(a_gate_input(understood(words, findings(intent=intent)))) is not None) is held


def test_every_unanswered_message_is_read() -> None:
    case = a_gate_input(words=("What are your hours?", "And when is my father's visit?"))

    assert authority(case) is not None
