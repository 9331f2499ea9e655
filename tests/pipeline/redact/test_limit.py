"""Of a part that is too long only the beginning is redacted; nothing of the rest is readable anywhere."""

from tests.pipeline.redact.test_stage import a_turn, an_identified

from vouchsafe.domain.message import Direction
from vouchsafe.pipeline.detect import stage as detect
from vouchsafe.pipeline.detect.detectors import Detectors
from vouchsafe.pipeline.redact import stage
from vouchsafe.pipeline.redact.redactor import LONGEST, Redactor
from vouchsafe.plugins.embedders.minilm import MiniLm

LINE = "Please send the bill again, my number is 402 555 0144 and nobody answers here.\n"


def test_a_megabyte_is_redacted_to_the_limit_and_goes_to_a_person(light: Redactor) -> None:
    text = "I want to die. " + LINE * (1_000_000 // len(LINE)) + "Zofka Brandt, SSN 123-45-6789"
    state = an_identified(a_turn(1, text=text))

    redacted = stage.run(state, light)
    findings = detect.run(redacted, Detectors(MiniLm(), None)).findings

    words = redacted.turns[0].text.value
    assert redacted.turns[0].direction is Direction.INBOUND
    assert redacted.failed
    assert detect.REDACTION_FAILED in findings.failed
    assert findings.crisis.flag
    assert LONGEST // 2 < len(words) < LONGEST
    assert "555" not in words
    assert "Zofka" not in words
    assert "6789" not in words


def test_an_identifier_at_the_limit_is_never_cut_in_two(light: Redactor) -> None:
    number = "123-45-6789"
    filler = "word " * (LONGEST // 5)

    for cut in (3, 6):
        part = filler[: LONGEST - 500 - cut] + number + " " + filler[:1000]
        redaction = light.redact([part])
        assert redaction.failed == (0,)
        assert "123" not in redaction.parts[0].text.value


def test_a_part_at_the_limit_is_whole(light: Redactor) -> None:
    part = ("word " * LONGEST)[:LONGEST]

    redaction = light.redact([part])

    assert redaction.failed == ()
    assert redaction.parts[0].text.value == part
