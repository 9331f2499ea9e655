"""Sentences that contradict each other are listed in pairs; those that only resemble each other are not."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from tests.governance.test_knowledge_checks import SOUND

from vouchsafe.domain.passage import Passage
from vouchsafe.domain.text import Span
from vouchsafe.governance.knowledge_conflicts import Floats, conflicts
from vouchsafe.plugins.embedders.minilm import MiniLm

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def embedder() -> MiniLm:
    return MiniLm()


def passages(*texts: str, **changed: object) -> list[Passage]:
    from dataclasses import replace

    return [
        Passage(replace(SOUND, path=f"page{number}.md", text=text, **changed), 1, "", text, Span(0, len(text)))  # type: ignore[arg-type]  # whatever a test changes
        for number, text in enumerate(texts)
    ]


def differing(embedder: MiniLm, first: str, second: str) -> list[str]:
    every = passages(first, second)
    return [one.differs for one in conflicts(every, embedder.embed([first, second]), embedder.embed, TODAY)]


@pytest.mark.parametrize(
    ("first", "second", "differs"),
    [
        ("A copy of your records costs $4.", "A copy of your records costs $6.50.", "price"),
        ("We open at 8:00 on Monday.", "On Monday we open at 9:00.", "time"),
        ("The clinic is open from 8:00 to 17:00.", "The clinic is open from 8:00 to 18:00.", "time"),
        ("Results are ready within 2 days.", "Results are ready within five days.", "number"),
        ("Children may visit the ward.", "Children may not visit the ward.", "negation"),
        ("You pay 20% of the bill.", "You pay 25 percent of the bill.", "share"),
        ("Call the billing office at (555) 555-0101.", "Call the billing office at (555) 555-0109.", "telephone"),
        ("Una copia de su historial cuesta $4.", "Una copia de su historial cuesta $6.", "price"),
    ],
)
def test_a_contradiction_is_listed_with_what_differs(embedder: MiniLm, first: str, second: str, differs: str) -> None:
    assert differing(embedder, first, second) == [differs]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A copy of your records costs $4.", "A copy of your records costs $4.00."),
        ("A copy of your records costs $4.", "A parking ticket costs $6."),
        ("We open at 8:00 on Monday.", "We open at 9:00 on Saturday."),
        ("The clinic on Northgate opens at 9:00.", "The clinic on Harbor opens at 8:00."),
        ("Results are ready within 2 days.", "Results are ready within two days."),
        ("The clinic is open from 8:00 to 17:00.", "The clinic opens at 8:00."),
        ("Children may visit the ward.", "Visitors may not smoke in the ward."),
        ("Bring your insurance card.", "Please bring your insurance card."),
    ],
)
def test_what_only_looks_alike_is_not_listed(embedder: MiniLm, first: str, second: str) -> None:
    assert differing(embedder, first, second) == []


def test_passages_that_no_reader_can_meet_together_are_not_compared(embedder: MiniLm) -> None:
    texts = ["A copy of your records costs $4.", "A copy of your records costs $6."]
    old, new = passages(*texts)
    (ended,) = passages(texts[0], effective_to=date(2026, 3, 1))
    (staff,) = passages(texts[0], audience=frozenset({"staff"}))
    vectors: Floats = embedder.embed(texts)

    assert len(conflicts([old, new], vectors, embedder.embed, TODAY)) == 1
    for other in (ended, staff):
        assert conflicts([other, new], vectors, embedder.embed, TODAY) == ()


def test_without_passages_nothing_is_embedded() -> None:
    def never(_: Sequence[str]) -> Floats:
        raise AssertionError("nothing to embed")

    assert conflicts((), np.zeros((0, 384), dtype=np.float32), never, TODAY) == ()
