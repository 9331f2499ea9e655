"""A desk's word on language models; one that nobody can read turns them off."""

import pytest

from vouchsafe.domain.drafter import AS_SET, LOCAL, DeskDrafter, drafter_of


@pytest.mark.parametrize("one", [AS_SET, LOCAL, DeskDrafter(model="small-1")])
def test_what_is_kept_reads_the_same(one: DeskDrafter) -> None:
    assert drafter_of(one.kept) == one


@pytest.mark.parametrize("kept", ["model", "model:", "on", "LOCAL", " "])
def test_a_word_that_nobody_knows_asks_no_model(kept: str) -> None:
    assert drafter_of(kept) == LOCAL
