"""A message is routine only near known examples, with a margin over whatever is handled more carefully."""

import numpy as np

from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import Intent, Mode
from vouchsafe.pipeline.detect.intents import Intents
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.ports.embedder import Vectors

NONE: Vectors = np.zeros((0, 384), dtype=np.float32)
HOURS = ("What are your opening hours?", "When do you open?", "Are you open on Saturday?")


def intent(name: str, *examples: str, mode: Mode = Mode.AUTO, counter: tuple[str, ...] = ()) -> Intent:
    return Intent(name, name, mode, QueueName("front_desk"), examples, counter)


def matched(minilm: MiniLm, text: str, *intents: Intent) -> tuple[str | None, float]:
    match = Intents(intents, minilm, NONE).match(minilm.embed([text])[0], NONE)
    return match.name, match.score


def test_a_question_near_two_examples_is_recognised(minilm: MiniLm) -> None:
    name, score = matched(minilm, "when are you open on Saturdays", intent("hours", *HOURS))

    assert name == "hours"
    assert score >= 0.60


def test_a_foreign_question_is_not_recognised(minilm: MiniLm) -> None:
    assert matched(minilm, "what is the capital of France", intent("hours", *HOURS))[0] is None


def test_no_intents_recognise_nothing(minilm: MiniLm) -> None:
    assert matched(minilm, "When do you open?") == (None, 0.0)


def test_a_nearer_counter_example_refuses(minilm: MiniLm) -> None:
    text = "Are you open on Saturday for emergencies?"

    assert matched(minilm, text, intent("hours", *HOURS))[0] == "hours"
    assert (
        matched(minilm, text, intent("hours", *HOURS, counter=("Are you open on Saturday for emergencies?",)))[0]
        is None
    )


def test_an_intent_handled_more_carefully_and_as_near_refuses(minilm: MiniLm) -> None:
    careful = intent("holiday", "Are you open on Saturday?", "When do you open?", mode=Mode.COPILOT)
    as_free = intent("holiday", "Are you open on Saturday?", "When do you open?")

    assert matched(minilm, "When do you open on Saturday?", intent("hours", *HOURS), careful)[0] != "hours"
    assert matched(minilm, "When do you open on Saturday?", intent("hours", *HOURS), as_free)[0] is not None


def test_the_nearest_examples_are_named(minilm: MiniLm) -> None:
    match = Intents([intent("hours", *HOURS)], minilm, NONE).match(minilm.embed(["When do you open?"])[0], NONE)

    assert match.nearest[0].example == "When do you open?"
    assert match.nearest[0].cosine > 0.99


def test_an_intent_that_would_let_risky_words_through_is_held_at_copilot(minilm: MiniLm) -> None:
    risky = minilm.embed(["is it ok to stop my blood pressure pills"])
    bad = intent("pills", "can I stop my blood pressure pills", "is it ok to stop the pills for blood pressure")

    intents = Intents([bad, intent("hours", *HOURS)], minilm, risky)

    assert intents.demoted == {"pills": 0}
    assert intents.modes == {"pills": Mode.COPILOT, "hours": Mode.AUTO}


def test_a_greeting_does_not_thin_out_a_short_question(minilm: MiniLm) -> None:
    intents = Intents([intent("hours", *HOURS)], minilm, NONE)
    long = "I hope you are well after the holidays and that the renovation went fine. When do you open?"

    alone = intents.match(minilm.embed([long])[0], NONE)
    with_sentence = intents.match(minilm.embed([long])[0], minilm.embed(["When do you open?"]))

    assert with_sentence.score > alone.score
    assert with_sentence.score <= alone.score + 0.1501
