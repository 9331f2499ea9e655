"""What a signature excuses when a reply is rechecked before it leaves."""

from types import SimpleNamespace
from typing import Any

import pytest

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
