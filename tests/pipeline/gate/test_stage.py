"""A case leaves the gate as an approved reply, or waits for a person."""

import pytest

from vouchsafe.domain.draft import WhyNot
from vouchsafe.domain.message import Author
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.reply import Approved
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.states import AwaitingHuman, Escalated, Sticky
from vouchsafe.pipeline.gate.stage import run
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.testing.builders import (
    SAYS,
    circumstances,
    drafted,
    findings,
    grounded,
    head,
    the_pack,
    unanswerable,
    understood,
)


def test_a_routine_answer_leaves_with_its_source_its_disclosure_and_a_way_to_a_person() -> None:
    outcome = run(drafted(), the_pack(), our_words)

    assert isinstance(outcome, Approved)
    reply, phrases = outcome.item, the_pack().phrases_in("en")
    assert (reply.author, reply.language, outcome.signatures) == (Author.MACHINE, "en", ())
    assert [citation.document for citation in reply.citations] == ["opening-hours.md"]
    assert all(text in reply.text.value for text in (SAYS, phrases.disclosure, phrases.human_path))
    assert (outcome.case, outcome.case_version) == (head().id, head().version)
    assert outcome.ruling is not None
    assert outcome.ruling.verdict is Verdict.APPROVED


@pytest.mark.parametrize("why", list(WhyNot))
def test_a_case_without_a_draft_waits_for_a_person(why: WhyNot) -> None:
    outcome = run(unanswerable(why), the_pack(), our_words)

    assert isinstance(outcome, AwaitingHuman)
    assert "there is no answer from an approved source" in outcome.ruling.reasons


def test_a_clinical_case_is_escalated_even_with_a_perfect_draft() -> None:
    outcome = run(drafted(grounded(understood(says=findings("clinical")))), the_pack(), our_words)

    assert isinstance(outcome, Escalated)
    assert outcome.ruling.queue == "nursing_supervisor"


@pytest.mark.parametrize(
    ("mode", "flags", "earlier", "visible"),
    [
        (Mode.COPILOT, (), Sticky(), True),
        (Mode.SHADOW, (), Sticky(), False),
        (Mode.AUTO, ("dispute",), Sticky(), True),
        (Mode.AUTO, ("crisis",), Sticky(), False),
        (Mode.AUTO, (), Sticky(crisis=True), False),
    ],
)
def test_shadow_drafts_and_drafts_beside_a_crisis_are_hidden(
    mode: Mode, flags: tuple[str, ...], earlier: Sticky, *, visible: bool
) -> None:
    around = circumstances(desk_mode=mode, sticky=earlier)

    outcome = run(drafted(grounded(understood(says=findings(*flags), circumstances=around))), the_pack(), our_words)

    assert isinstance(outcome, (AwaitingHuman, Escalated))
    assert outcome.draft_visible is visible


def test_a_value_the_redactor_found_in_the_draft_stops_it() -> None:
    outcome = run(drafted(), the_pack(), our_words, found=("Maria Sample",))

    assert isinstance(outcome, AwaitingHuman)
