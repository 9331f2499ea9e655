"""What may go to a model and what may come back: the strict profile, the second scan, and tokens letter for letter."""

from dataclasses import replace

import pytest
from tests.pipeline.redact.test_stage import a_turn, an_identified

from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import MessageId
from vouchsafe.domain.states import Identified
from vouchsafe.domain.text import PhiText, SafeText
from vouchsafe.pipeline.redact import stage
from vouchsafe.pipeline.redact.outgoing import MOST_CHARACTERS, Kept, Outgoing, Unfit, incoming, outgoing
from vouchsafe.pipeline.redact.redactor import Redaction, Redactor
from vouchsafe.testing import builders

PAGE = "Call the front desk at 402-555-0100 on Monday. Ask for Rosalind Achterberg."


def out(redactor: Redactor, state: Identified) -> Outgoing | Kept:
    return outgoing(state, stage.run(state, redactor), redactor)


def went(redactor: Redactor, words: str, subject: str = "") -> Outgoing:
    gone = out(redactor, an_identified(a_turn(text=words, subject=subject)))
    assert isinstance(gone, Outgoing)
    return gone


def back(redactor: Redactor, answer: str, words: str = "It is me, Zofka. When do you open?") -> SafeText | Kept:
    return incoming(PhiText(answer), went(redactor, words), [PAGE], redactor, [KnownContact(names=("Zofka Brandt",))])


def why(answer: SafeText | Kept) -> Unfit:
    assert isinstance(answer, Kept)
    return answer.why


def test_what_goes_out_holds_tokens_in_the_place_of_names(redactor: Redactor) -> None:
    gone = went(redactor, "It is me, Zofka. When do you open?", subject="Hours")

    assert gone.words.safe.value.startswith("Hours\n\n")
    assert "Zofka" not in gone.words.safe.value
    assert [token.value.value for token in gone.tokens] == ["Zofka"]
    assert gone.strict == ()


def test_the_strict_profile_takes_more_and_its_words_come_back(redactor: Redactor) -> None:
    gone = went(redactor, "Is the Frobnitz machine working?")
    (masked,) = gone.strict

    assert "Frobnitz" not in gone.words.safe.value
    read = incoming(PhiText(f"Walk to {masked.placeholder}. [1]"), gone, [PAGE], redactor, ())
    assert isinstance(read, SafeText)
    assert read.value == "Walk to Frobnitz. [1]"


def test_only_the_unanswered_messages_go_out(redactor: Redactor) -> None:
    state = an_identified(a_turn(1, text="An old story of mine."), a_turn(2, text="When do you open?", quoted="> old"))
    state = replace(state, received=replace(state.received, unanswered=(MessageId(builders.uuid(2)),)))

    gone = out(redactor, state)

    assert isinstance(gone, Outgoing)
    assert gone.words.safe.value == "When do you open?"


@pytest.mark.parametrize(("words", "reason"), [("", Unfit.EMPTY), ("word " * MOST_CHARACTERS, Unfit.LONG)])
def test_what_is_empty_or_long_stays(redactor: Redactor, words: str, reason: Unfit) -> None:
    kept = out(redactor, an_identified(a_turn(text=words)))

    assert isinstance(kept, Kept)
    assert kept.why is reason


def test_what_the_second_scan_finds_stays(redactor: Redactor, monkeypatch: pytest.MonkeyPatch) -> None:
    state = an_identified(a_turn(text="My number is 402-555-0199, call me."))
    redacted = stage.run(state, redactor)

    def blind(_state: Identified, *_: object) -> object:
        # The first scan overlooked it: the second one shares no code with it.
        return replace(redacted, turns=tuple(replace(t, text=SafeText("call 402-555-0199")) for t in redacted.turns))

    monkeypatch.setattr(stage, "run", blind)
    kept = outgoing(state, redacted, redactor)

    assert kept == Kept(Unfit.IDENTIFIER, ("rescan/digits",))


def test_a_redactor_that_fails_lets_nothing_out(redactor: Redactor) -> None:
    state = an_identified(a_turn(text="hello"))
    redacted = stage.run(state, redactor)

    class Broken(Redactor):
        def redact(self, *_: object, **__: object) -> Redaction:
            raise RuntimeError

    kept = outgoing(state, redacted, Broken(None))

    assert isinstance(kept, Kept)
    assert kept.why is Unfit.REDACTION_FAILED


def test_words_of_ours_with_their_tokens_come_back_as_they_are(redactor: Redactor) -> None:
    answer = "Hello [NAME_1], call the front desk on Monday. [1]"

    assert back(redactor, answer) == SafeText(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Hello [NAME_2].",
        "Hello [NAME_11].",
        "Hello [name_1].",
        "Hello [NAME 1].",
        "Hello NAME_1.",
        "Hello [NAME_].",
        "Hello [NOMBRE_1].",
        "Hello [Your Name].",
        "Hello ［NAME_1］.",
        "Hello [PHONE_1].",
        "Hello [NAME_1",
        "Hello [source].",
        "Hello 【1】.",
    ],
)
def test_a_token_that_is_new_or_bent_is_never_taken(redactor: Redactor, answer: str) -> None:
    assert why(back(redactor, answer)) is Unfit.PLACEHOLDER


@pytest.mark.parametrize(
    "answer",
    [
        "Call 402-555-0177. [1]",
        "Write to ann@elsewhere.example. [1]",
        "Your sister Marguerite Dubois was here on 03/04/1987. [1]",
        "Zofka Brandt, call the front desk. [1]",
        "The record number is MRN 88213345. [1]",
    ],
)
def test_a_value_that_no_source_has_is_never_taken(redactor: Redactor, answer: str) -> None:
    assert why(back(redactor, answer)) is Unfit.IDENTIFIER


def test_values_of_the_sources_are_taken(redactor: Redactor) -> None:
    answer = "Call 402-555-0100 and ask for Rosalind Achterberg. [1]"

    assert back(redactor, answer) == SafeText(answer)
