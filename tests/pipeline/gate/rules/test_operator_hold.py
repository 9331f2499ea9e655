"""Operators may add rows that tighten."""

from dataclasses import replace

import pytest

from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import HoldRow
from vouchsafe.pipeline.gate.rules.operator_hold import operator_hold
from vouchsafe.testing.builders import a_gate_input, the_pack, understood


@pytest.mark.parametrize(
    ("look_in", "message", "held"),
    [
        ("message", "I write for the Evening Press", True),
        ("message", "i write for the evening\npress", True),
        ("message", "The presses are evening", False),
        ("draft", "I write for the Evening Press", False),
        ("both", "I write for the Evening Press", True),
        ("both", "What are your hours?", False),
    ],
)
def test_a_row_fires_on_whole_words_where_it_looks(look_in: str, message: str, *, held: bool) -> None:
    row = HoldRow("press", "the press writes", ("evening press",), look_in, QueueName("front_desk"))

    hold = operator_hold(a_gate_input(understood(message), replace(the_pack(), holds=(row,))))

    assert (hold is not None) is held
    assert hold is None or hold.reason == "the press writes"


def test_a_row_may_read_the_draft() -> None:
    row = HoldRow("hours", "the hours are being changed", ("monday to friday",), "draft", None)

    assert operator_hold(a_gate_input(pack=replace(the_pack(), holds=(row,)))) is not None
