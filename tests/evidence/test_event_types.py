"""The list of event types is closed, documented and printed for the auditor."""

import re
from pathlib import Path

from vouchsafe.evidence.event_types import DESCRIPTIONS, STATE_CHANGES, EventType, event_reference

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"


def test_every_type_has_the_shape_thing_and_action() -> None:
    assert [kind for kind in EventType if not re.fullmatch(r"[a-z]+(-[a-z]+)?:[a-z]+(-[a-z]+)?", kind)] == []


def test_every_type_is_described_in_one_sentence() -> None:
    assert set(DESCRIPTIONS) == set(EventType)
    assert [text for text in DESCRIPTIONS.values() if not re.fullmatch(r"[A-Z][^.]+\.", text)] == []
    assert len(set(DESCRIPTIONS.values())) == len(DESCRIPTIONS)


def test_the_name_of_each_member_follows_from_its_value() -> None:
    assert [kind for kind in EventType if kind.name != re.sub("[:-]", "_", kind.value).upper()] == []


def test_reads_never_carry_a_step() -> None:
    reads = {kind for kind in EventType if kind.endswith((":read", ":listed", ":searched", ":looked-up"))}

    assert len(reads) >= 8
    assert reads.isdisjoint(STATE_CHANGES)


def test_the_reference_on_disk_is_the_generated_one() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == event_reference()
