"""A message that was not read whole, and as it was written, is not answered by the AI alone."""

import pytest

from vouchsafe.pipeline.gate.rules.lossy import lossy
from vouchsafe.testing.builders import a_gate_input, understood


@pytest.mark.parametrize(
    ("problems", "held"),
    [
        ((), False),
        (("truncated",), True),
        (("text_cut",), True),
        (("header_cut",), True),
        (("broken_part",), True),
        (("broken_encoding",), True),
        (("characters_lost",), True),
        (("html_not_judged",), True),
        (("alternatives_differ",), True),
        (("header_injection",), True),
        (("no_message_id", "alternatives_differ"), True),
        # Mended without losing a word: the header, a date, an alphabet that was declared wrongly.
        (("broken_header", "duplicate_header", "broken_date", "no_message_id", "charset_replaced"), False),
        (("nul_removed", "control_removed", "bidi_marks", "bait_taken"), False),
    ],
)
def test_what_was_lost_in_reading_is_held(*, problems: tuple[str, ...], held: bool) -> None:
    assert (lossy(a_gate_input(understood(problems=problems))) is not None) is held
