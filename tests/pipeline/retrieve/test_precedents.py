"""Which precedents are like a question, by meaning and by words of their own language."""

from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest

from vouchsafe.domain.ids import CaseId, ConversationId, DeskId, UserId
from vouchsafe.domain.precedent import Precedent, PrecedentId, Wording
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.pipeline.retrieve.precedents import BY_WORDS, alike

ID = UUID(int=1)


def kept(question: str, answer: str, language: str) -> Precedent:
    words = Wording(our_words(question), our_words(answer), language)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Precedent(PrecedentId(ID), DeskId(ID), CaseId(ID), ConversationId(ID), UserId(ID), at, words)


@pytest.mark.parametrize(
    ("language", "query", "question"),
    [
        ("es", "copias del expediente", "¿Me copian los expedientes?"),
        ("en", "copies of the records", "Who is copying my record?"),
    ],
)
def test_words_are_compared_by_the_rules_of_the_precedents_language(language: str, query: str, question: str) -> None:
    one = kept(question, "-", language)
    near = np.array([[0.6]], dtype=np.float32)

    (found,) = alike(query, np.array([1.0], dtype=np.float32), [one], near)

    assert found.score == pytest.approx(0.7 * 0.6 + BY_WORDS)
