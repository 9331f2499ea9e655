"""What a signature excuses when a reply is rechecked before it leaves."""

from types import SimpleNamespace
from typing import Any

import pytest

from vouchsafe.domain.pack import Mode
from vouchsafe.domain.states import Stage
from vouchsafe.pipeline.send import Sources, Withheld, recheck
from vouchsafe.testing.builders import circumstances, the_pack


@pytest.mark.parametrize(
    ("sources", "withheld"),
    [
        (Sources(), None),
        (Sources(outdated=True), None),
        (Sources(outdated=True, long_ago=True), Withheld("source_changed")),
        (Sources(withdrawn=True, outdated=True), Withheld("source_withdrawn")),
    ],
)
def test_a_signature_stands_for_changed_sources_only_while_it_is_fresh(
    sources: Sources, withheld: Withheld | None
) -> None:
    item: Any = SimpleNamespace(item=SimpleNamespace(), case_version=3, signatures=("somebody",))
    row: Any = SimpleNamespace(stage=Stage.APPROVED, version=3)

    assert recheck(item, row, circumstances(newer_message=False), the_pack(), sources) == withheld


@pytest.mark.parametrize(
    ("changes", "pack", "why"),
    [
        ({}, "same", None),
        ({"stopped": True}, "same", "stopped"),
        ({"stopped_intents": frozenset({"hours"})}, "same", "stopped"),
        ({"stopped_intents": frozenset({"directions"})}, "same", None),
        ({"desk_mode": Mode.COPILOT}, "same", "mode_changed"),
        ({"person_joined": True}, "same", "person_holds"),
        ({"uncertain_reply": True}, "same", "uncertain_reply"),
        ({}, "another", "pack_changed"),
        ({}, "none", "pack_changed"),
        ({"contact_opted_out": True}, "same", "opted_out"),
        ({"newer_message": True}, "same", "newer_message"),
    ],
)
def test_what_the_machine_alone_approved_leaves_only_while_all_that_let_it_still_holds(
    changes: dict[str, Any], pack: str, why: str | None
) -> None:
    ruled = {"same": the_pack().ref, "another": "patient@0000000000000000", "none": None}[pack]
    item: Any = SimpleNamespace(
        item=SimpleNamespace(intent="hours"),
        case_version=3,
        signatures=(),
        ruling=SimpleNamespace(pack=ruled) if ruled else None,
    )
    row: Any = SimpleNamespace(stage=Stage.APPROVED, version=3)

    found = recheck(item, row, circumstances(**changes), the_pack(), Sources())

    assert found == (Withheld(why) if why else None)


def test_what_a_person_signed_leaves_whatever_became_of_the_mode_the_pack_or_a_stop() -> None:
    item: Any = SimpleNamespace(item=SimpleNamespace(intent="hours"), case_version=3, signatures=("x",), ruling=None)
    row: Any = SimpleNamespace(stage=Stage.APPROVED, version=3)
    around = circumstances(stopped=True, desk_mode=Mode.SHADOW, contact_opted_out=True)

    assert recheck(item, row, around, the_pack(), Sources()) is None
