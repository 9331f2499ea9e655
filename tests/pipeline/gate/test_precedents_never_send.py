"""A precedent is no source of the machine: a draft that rests on one never leaves without a person."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from vouchsafe.domain.draft import Origin, Sentence
from vouchsafe.domain.ids import CaseId, ConversationId, DeskId, UserId
from vouchsafe.domain.precedent import Precedent, PrecedentId, Wording
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.text import Span
from vouchsafe.pipeline.gate.decision import decide
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.testing import builders

ANSWER = builders.SAYS


def precedent() -> Precedent:
    return Precedent(
        PrecedentId(UUID(int=1)),
        DeskId(UUID(int=2)),
        CaseId(UUID(int=3)),
        ConversationId(UUID(int=4)),
        UserId(UUID(int=5)),
        datetime(2026, 3, 2, tzinfo=UTC),
        Wording(our_words("When are you open?"), our_words(ANSWER), "en"),
    )


def resting_on_it(origin: Origin) -> Sentence:
    return Sentence(our_words(ANSWER), origin, precedent().citation(Span(0, len(ANSWER))))


def test_the_same_words_leave_by_themselves_from_an_approved_passage() -> None:
    assert decide(builders.a_gate_input(builders.drafted())).verdict is Verdict.APPROVED


@pytest.mark.parametrize("origin", [Origin.VERBATIM, Origin.TEMPLATE, Origin.MODEL, Origin.PERSON])
def test_a_draft_that_rests_on_a_precedent_never_does(origin: Origin) -> None:
    written = builders.draft(resting_on_it(origin))

    ruling = decide(builders.a_gate_input(builders.drafted(written=written)))

    assert ruling.verdict is not Verdict.APPROVED
    fired = {one.rule for one in ruling.rules if one.fired}
    assert {"source", "approved_source"} <= fired


def test_nor_does_one_that_rests_on_it_beside_an_approved_passage() -> None:
    written = builders.draft(builders.quotation(), resting_on_it(Origin.VERBATIM))
    assert decide(builders.a_gate_input(builders.drafted(written=written))).verdict is not Verdict.APPROVED


def test_nor_where_the_desk_has_a_passage_of_the_very_same_words_and_name() -> None:
    """Not even a document that somebody gave a precedent's path makes it a source: the span and version differ."""
    there = builders.hits(builders.passage(path=precedent().path))
    state = builders.drafted(builders.grounded(found=there), builders.draft(resting_on_it(Origin.VERBATIM)))
    assert decide(builders.a_gate_input(state)).verdict is not Verdict.APPROVED


def test_changed_words_are_another_version() -> None:
    one = precedent()
    other = replace(one, wording=replace(one.wording, answer=our_words("Something else.")))
    assert one.citation(Span(0, 1)).version != other.citation(Span(0, 1)).version
