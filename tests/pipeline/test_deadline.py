"""A pass that takes too long ends with an error, whatever its stages made of it meanwhile."""

import pytest
from tests.pipeline.redact.test_stage import a_turn, an_identified

from vouchsafe.pipeline import deadline
from vouchsafe.pipeline.deadline import TookTooLong, in_time, within
from vouchsafe.pipeline.redact import stage
from vouchsafe.pipeline.redact.redactor import Redactor


def test_there_is_time_until_the_deadline_and_none_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(deadline, "monotonic", lambda: now)

    with within(60):
        now = 159.0
        in_time()
        now = 161.0
        with pytest.raises(TookTooLong):
            in_time()
    in_time()  # no deadline is set any more


def test_redaction_past_the_deadline_gives_no_word_and_says_so() -> None:
    with within(-1):
        redacted = stage.run(an_identified(a_turn(1, text="Zofka wants a new date")), Redactor(None))

    assert redacted.failed
    assert redacted.turns[0].text.value == ""
