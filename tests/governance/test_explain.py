"""The three lines on top of a chain: what left, what may have left, and who answers for the case."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.explain import Link, _said, answer

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HELD = ["case:queued", "notice:queued", "notice:attempted", "notice:sent"]
SIGNED = [*HELD, "reply:approved", "reply:queued"]
GATE = ["reply:queued", "reply:attempted"]


def top(*types: str) -> tuple[str, str]:
    """The lines of a chain with one event a minute from 09:00."""
    links = [
        Link(
            event=str(number),
            type=EventType(one),
            at=START + timedelta(minutes=number),
            actor="Ada Byron, Front desk" if one in {"reply:approved", "case:closed"} else "sender",
            says="The case went to front_desk." if one.startswith("case:") else "",
            details=(),
            versions=(),
            index=None,
        )
        for number, one in enumerate(types)
    ]
    found = answer(links, "asked")
    return found.left, found.answers


@pytest.mark.parametrize(
    ("types", "left", "answers"),
    [
        ([], "nothing has left", "the case is still being computed"),
        (HELD, "a notice left at 2026-03-02 09:03:00 UTC; no reply yet", "a person answers: The case went to"),
        ([*GATE, "reply:sent"], "a reply left at 2026-03-02 09:02:00 UTC", "the gate approved it"),
        (GATE[:1], "nothing has left", "the gate approved it"),
        (GATE, "a reply is being handed over since 2026-03-02 09:01:00 UTC", "the gate approved it"),
        ([*SIGNED, "reply:attempted", "reply:sent"], "a reply left at 2026-03-02 09:07:00", "Ada Byron, Front desk"),
        (SIGNED[:-1], "a notice left", "another person must sign before it leaves"),
        ([*HELD, "case:parked"], "a notice left", "a person must look: a step failed"),
        ([*GATE[:1], "case:superseded"], "nothing has left", "the case of a newer message"),
        ([*GATE[:1], "draft:withdrawn"], "nothing has left", "a person must look: the reply was withdrawn"),
    ],
)
def test_the_lines_say_what_left_and_who_answers(types: list[str], left: str, answers: str) -> None:
    found = top(*types)

    assert found[0].startswith(left)
    assert found[1].startswith(answers) or answers in found[1]


@pytest.mark.parametrize("before", [GATE, [*SIGNED, "reply:attempted"]])
def test_a_reply_that_may_have_left_is_never_told_as_nothing_or_as_answered(before: list[str]) -> None:
    left, answers = top(*before, "reply:uncertain")

    assert left.startswith("it is not known whether a reply left at ")
    assert not any(word in left for word in ("nothing", "no reply"))
    assert answers.startswith("a person must look: the reply may have left")
    assert ("signed by Ada Byron, Front desk" in answers) is ("reply:approved" in before)


def test_a_hand_over_that_failed_left_nothing_and_a_person_must_look() -> None:
    assert top(*GATE, "reply:failed") == (
        "no reply left: its hand-over failed at 2026-03-02 09:02:00 UTC",
        "a person must look: the reply could not be handed over",
    )
    left, answers = top(*SIGNED, "reply:attempted", "reply:failed")
    assert left == (
        "a notice left at 2026-03-02 09:03:00 UTC; no reply left: its hand-over failed at 2026-03-02 09:07:00 UTC"
    )
    assert answers.endswith("; signed by Ada Byron, Front desk")


def test_nobody_is_said_to_answer_a_case_that_a_person_closed() -> None:
    left, answers = top(*HELD, "case:closed")

    assert left == "a notice left at 2026-03-02 09:03:00 UTC; no reply"
    assert answers == "nobody is to answer: Ada Byron, Front desk closed the case"


def test_closing_a_case_does_not_settle_whether_its_reply_left() -> None:
    left, answers = top(*GATE, "reply:uncertain", "case:closed")

    assert left.startswith("it is not known whether a reply left")
    assert answers.startswith("nobody is to answer")


@pytest.mark.parametrize(
    ("later", "settled"),
    [
        (["reply:sent"], True),  # the sender told its end after a sweep had given it up
        (["reply:failed"], True),
        (["reply:approved", "reply:queued", "reply:attempted", "reply:sent"], False),
        (["reply:approved", "reply:queued", "reply:failed"], False),
    ],
)
def test_a_doubt_ends_with_a_later_word_about_the_same_reply_only(later: list[str], *, settled: bool) -> None:
    left, _ = top(*GATE, "reply:uncertain", *later)

    assert ("not known" in left) is not settled


def test_a_notice_that_was_withdrawn_or_failed_is_not_told_as_a_reply() -> None:
    assert top("case:queued", "notice:queued", "draft:withdrawn") == top("case:queued")
    assert top("case:queued", "notice:queued", "reply:failed") == top("case:queued")
    assert top("case:queued", "notice:uncertain")[0].startswith("it is not known whether a notice left")


CALL = {
    "provider": "openai_compatible",
    "model": "large-2",
    "endpoint": "http://127.0.0.1:8000/v1",
    "region": "on-premises",
    "data": ["redacted"],
}
ASKED = "A language model was asked: large-2 of openai_compatible in on-premises, under the agreement"


@pytest.mark.parametrize(
    ("kind", "payload", "says"),
    [
        (
            "model:called",
            {**CALL, "agreement": "own-model", "party": "Example Clinic", "chain": [], "inside": True},
            f"{ASKED} own-model with Example Clinic.",
        ),
        (
            "model:called",
            {**CALL, "agreement": "chat", "party": "Provider Inc.", "chain": ["hosting"], "inside": False},
            f"{ASKED} chat with Provider Inc., through hosting.",
        ),
        ("model:refused", {**CALL, "why": "no_permit", "says": "Nobody has confirmed the row."}, "No language model"),
        ("model:answered", {**CALL, "why": "time", "status": None}, "The language model gave no answer: time."),
        (
            "model:answered",
            {**CALL, "text": "Pay. [1]", "stop": "end", "tokens_in": 40, "tokens_out": 2},
            "The language model answered; it stopped by end.",
        ),
        ("text:rescanned", {"of": "message", "characters": 40, "tokens": 1}, "The second scan found nothing in the"),
        ("text:rescanned", {"of": "message", "why": "identifier", "found": ["rescan/digits"]}, "No word went to a"),
        ("text:rescanned", {"of": "answer", "why": "placeholder", "found": []}, "What the language model wrote was"),
        ("draft:unanswerable", {"by": "model", "why": "no_answer"}, "Nothing of what the language model wrote was"),
        ("draft:unanswerable", {"why": "no_source"}, "No draft was made: no source."),
    ],
)
def test_what_a_language_model_had_to_do_with_it_is_told_in_sentences(
    kind: str, payload: dict[str, Any], says: str
) -> None:
    assert _said(EventType(kind), payload)[0].startswith(says)


@pytest.mark.parametrize(
    ("payload", "details"),
    [
        ({"tokens_in": 40, "tokens_out": 2, "cost": 0}, "40 tokens in, 2 out"),
        (
            {"tokens_in": 40, "tokens_out": 2, "cost": 150},
            "40 tokens in, 2 out, cost 0.000150 in the currency of the price",
        ),
        (
            {"tokens_in": None, "tokens_out": None, "cost": 1_250_000, "estimated": True},
            "None tokens in, None out, cost about 1.25 in the currency of the price",
        ),
    ],
)
def test_what_a_call_cost_is_told_where_a_price_was_set(payload: dict[str, Any], details: str) -> None:
    call: dict[str, Any] = {**CALL, "text": "Pay. [1]", "stop": "end", **payload}

    assert _said(EventType("model:answered"), call)[1][0] == details


def test_a_call_that_may_have_arrived_tells_what_it_is_counted_with() -> None:
    failed: dict[str, Any] = {**CALL, "why": "time", "status": None, "cost": 20_000, "tokens": 900, "estimated": True}

    assert _said(EventType("model:answered"), failed)[1] == ("cost about 0.0200 in the currency of the price",)
