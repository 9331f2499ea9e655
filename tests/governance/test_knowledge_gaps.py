"""Questions without a source are put together by what they ask."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from vouchsafe.domain.ids import CaseId
from vouchsafe.governance.knowledge_gaps import Unanswered, gaps
from vouchsafe.plugins.embedders.minilm import MiniLm

START = datetime(2026, 3, 2, tzinfo=UTC)
ASKED = (
    "Do you have a playground for children?",
    "Can I bring my dog to the clinic?",
    "Is there a play area for my kids?",
    "Are dogs allowed in the waiting room?",
    "Is there somewhere for children to play?",
    "Do you sell gift cards?",
)


def questions() -> list[Unanswered]:
    return [
        Unanswered(CaseId(UUID(int=number + 1)), START + timedelta(days=number), query)
        for number, query in enumerate(ASKED)
    ]


def test_like_questions_make_one_group_with_count_period_and_examples() -> None:
    found = gaps(questions(), MiniLm().embed(ASKED))

    assert [one.count for one in found] == [3, 2, 1]
    first = found[0]
    assert set(first.examples) == {ASKED[0], ASKED[2], ASKED[4]}
    assert (first.first, first.last) == (START, START + timedelta(days=4))
    assert first.cases == tuple(CaseId(UUID(int=number)) for number in (1, 3, 5))


def test_the_same_words_are_shown_once_and_counted_each_time() -> None:
    same = [questions()[0]] * 5
    (found,) = gaps(same, MiniLm().embed([one.query for one in same]))

    assert (found.count, found.examples, len(found.cases)) == (5, (ASKED[0],), 1)


def test_nothing_asked_gives_nothing() -> None:
    assert gaps((), np.zeros((0, 384), dtype=np.float32)) == ()
