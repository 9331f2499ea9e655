"""The door to models: nothing leaves without permit, record and budget; failures are tried again within limits."""

from dataclasses import replace
from typing import Any

import pytest
from tests.conftest import StillClock

from vouchsafe.domain.agreement import DataClass
from vouchsafe.evidence.event import Event, Outcome
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.model_records import model_ref
from vouchsafe.governance.routing import Limits, NoAnswer, Price, Router, WhyNoAnswer
from vouchsafe.ports.model import ModelAnswer, Place, WrongKey
from vouchsafe.ports.spending import Spend
from vouchsafe.ports.wire import CutOff, HttpReply, NotSent
from vouchsafe.testing.agreements import a_register, a_row
from vouchsafe.testing.builders import passage
from vouchsafe.testing.models import (
    PLENTY,
    ListLedger,
    PlainModel,
    QuickPause,
    ScriptedWire,
    StreamingModel,
    a_question,
    a_router,
    says,
    status,
    streams,
)


class Door:
    """A router with its fakes at hand."""

    def __init__(self, *script: HttpReply | Exception, **changes: Any) -> None:
        self.clock = StillClock()
        self.wire = ScriptedWire(script or (says(),))
        self.pause = QuickPause(lambda seconds: self.clock.advance(seconds=seconds))
        self.ledger = ListLedger()
        options: dict[str, Any] = {"register": a_register(), "ledger": self.ledger, **changes}
        self.router: Router = a_router(self.wire, self.clock, self.pause, **options)

    def ask(self, **changes: Any) -> ModelAnswer | NoAnswer:
        return self.router.ask(a_question(**changes))

    @property
    def recorded(self) -> list[str]:
        return [event.type.value for event in self.ledger.events]


def why(answer: ModelAnswer | NoAnswer) -> WhyNoAnswer:
    assert isinstance(answer, NoAnswer)
    return answer.why


def test_a_permitted_question_is_answered_and_both_ends_are_on_record() -> None:
    door = Door(says("[1]"))

    answer = door.ask()

    assert isinstance(answer, ModelAnswer)
    assert answer.text.value == "[1]"
    called, answered = door.ledger.events
    assert (called.type, answered.type) == (EventType.MODEL_CALLED, EventType.MODEL_ANSWERED)
    assert called.manifest == a_register().ref
    assert called.payload["agreement"] == "provider-chat"
    assert answered.refs
    assert answered.payload["text"] == "[1]"
    assert called.model == answered.model == model_ref("plain", PlainModel().place)
    assert called.prompt is not None
    assert called.prompt.startswith("prompt/draft@")


def test_by_default_nothing_leaves() -> None:
    door = Door(model=None, register=None)

    assert why(door.ask()) is WhyNoAnswer.NOT_CONFIGURED
    assert door.wire.sent == []
    assert door.recorded == []


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (None, "No agreement register was adopted"),
        (a_register(a_row(confirmed=None)), "Nobody has confirmed"),
        (a_register(a_row(papers=[])), "No signed business associate agreement"),
        (a_register(pin={"regions": ["eu-central-1"]}), "this workspace is pinned to eu-central-1"),
    ],
)
def test_without_a_permit_nothing_is_sent_and_the_refusal_is_on_record(register: Any, words: str) -> None:
    door = Door(register=register)

    answer = door.ask()

    assert why(answer) is WhyNoAnswer.NO_PERMIT
    assert isinstance(answer, NoAnswer)
    assert words in answer.says
    assert door.wire.sent == []
    assert door.recorded == ["model:refused"]
    assert door.ledger.events[0].outcome is Outcome.REFUSED


def test_a_class_of_data_that_the_agreement_leaves_out_is_not_sent() -> None:
    door = Door()
    question = replace(a_question(), data=frozenset({DataClass.REDACTED, DataClass.IDENTIFIED}))

    assert why(door.router.ask(question)) is WhyNoAnswer.NO_PERMIT
    assert door.wire.sent == []


def test_an_agreement_that_ends_between_two_attempts_stops_the_second() -> None:
    clock_day = a_row(papers=[{**a_row()["papers"][0], "ends": "2026-03-02"}])
    door = Door(
        status(503),
        says(),
        register=a_register(clock_day),
        limits=Limits(deadline_s=90_000, first_wait_s=80_000, longest_wait_s=80_000),
    )

    assert why(door.ask()) is WhyNoAnswer.NO_PERMIT
    assert len(door.wire.sent) == 1
    assert door.recorded == ["model:called", "model:answered", "model:refused"]


@pytest.mark.parametrize("first", [status(429), status(500), status(503), status(529), NotSent("no"), CutOff("cut")])
def test_what_may_pass_is_tried_again(first: HttpReply | Exception) -> None:
    door = Door(first, says())

    assert isinstance(door.ask(), ModelAnswer)
    assert door.recorded == ["model:called", "model:answered"] * 2
    assert [event.payload["attempt"] for event in door.ledger.events] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (status(400), WhyNoAnswer.STATUS),
        (status(401), WhyNoAnswer.STATUS),
        (status(403), WhyNoAnswer.STATUS),
        (status(404), WhyNoAnswer.STATUS),
        (status(204), WhyNoAnswer.STATUS),
        (status(302, location="https://elsewhere.example"), WhyNoAnswer.REDIRECTED),
        (HttpReply(200, (), b"<html>"), WhyNoAnswer.UNREADABLE),
        (HttpReply(200, (), b""), WhyNoAnswer.UNREADABLE),
        (HttpReply(200, (), b"\xff\xfe"), WhyNoAnswer.UNREADABLE),
    ],
)
def test_what_will_not_pass_is_not_tried_again(reply: HttpReply, reason: WhyNoAnswer) -> None:
    door = Door(reply, says())

    assert why(door.ask()) is reason
    assert len(door.wire.sent) == 1
    assert door.ledger.events[-1].outcome is Outcome.FAILED


def test_after_all_attempts_the_last_reason_is_told_without_the_providers_words() -> None:
    door = Door(status(503))

    answer = door.ask()

    assert answer == NoAnswer(WhyNoAnswer.STATUS, "the provider answered with status 503")
    assert len(door.wire.sent) == 3
    assert "quoted words" not in repr(door.ledger.events)


def test_waits_grow_and_a_provider_that_asks_for_longer_gets_it() -> None:
    door = Door(status(503), status(429, retry_after="7"), says())

    assert isinstance(door.ask(), ModelAnswer)
    assert door.pause.waits == [0.5, 7.0]


def test_a_date_in_retry_after_is_understood() -> None:
    door = Door(status(503, retry_after="Mon, 02 Mar 2026 14:00:09 GMT"), says())

    assert isinstance(door.ask(), ModelAnswer)
    assert door.pause.waits == [9.0]


@pytest.mark.parametrize("said", ["soon", "-5", "1e9", "\u0665", "999999999999999999999", "Mon, 99 Foo 2026"])
def test_nonsense_in_retry_after_changes_nothing(said: str) -> None:
    door = Door(status(503, retry_after=said), says())

    assert isinstance(door.ask(), ModelAnswer)
    assert door.pause.waits == [0.5]


def test_a_provider_that_asks_for_more_time_than_there_is_ends_the_question() -> None:
    door = Door(status(429, retry_after="3600"), says())

    assert why(door.ask()) is WhyNoAnswer.STATUS
    assert door.pause.waits == []


def test_an_attempt_gets_no_more_time_than_the_question_has_left() -> None:
    door = Door(status(503), says(), limits=Limits(deadline_s=10, attempt_s=30, first_wait_s=4))

    door.ask()

    assert door.wire.timeouts == [10.0, 6.0]


def test_after_some_failures_the_provider_rests_then_one_call_tries_it() -> None:
    door = Door(*[NotSent("no")] * 5, says(), limits=Limits(attempts=1, opens_after=5, stays_open_s=60))
    for _ in range(5):
        assert why(door.ask()) is WhyNoAnswer.UNREACHABLE

    assert why(door.ask()) is WhyNoAnswer.RESTING
    assert len(door.wire.sent) == 5
    door.clock.advance(seconds=60)
    assert isinstance(door.ask(), ModelAnswer)
    assert isinstance(door.ask(), ModelAnswer)


def test_a_trial_that_fails_lets_the_provider_rest_again() -> None:
    door = Door(NotSent("no"), limits=Limits(attempts=1, opens_after=2, stays_open_s=60))
    door.ask()
    door.ask()
    door.clock.advance(seconds=61)

    assert why(door.ask()) is WhyNoAnswer.UNREACHABLE
    assert why(door.ask()) is WhyNoAnswer.RESTING


def test_a_request_that_is_too_long_does_not_make_the_provider_rest() -> None:
    door = Door(status(413), limits=Limits(attempts=1, opens_after=2))

    assert [why(door.ask()) for _ in range(4)] == [WhyNoAnswer.STATUS] * 4


def test_the_budget_of_the_day_ends_calls_until_the_next_day() -> None:
    door = Door(most_a_day=replace(PLENTY, calls=2))
    door.ask()
    door.ask()

    assert why(door.ask()) is WhyNoAnswer.BUDGET
    assert len(door.wire.sent) == 2
    assert door.recorded[-1] == "model:refused"
    door.clock.advance(days=1)
    assert isinstance(door.ask(), ModelAnswer)


def test_what_was_set_aside_is_exchanged_for_what_was_used() -> None:
    door = Door(says(tokens_in=40, tokens_out=2), price=Price(million_in=3.0, million_out=15.0))

    door.ask()

    assert door.ledger.days[door.clock.now().date()] == Spend(1, 42, 150)
    assert door.ledger.events[1].payload["cost"] == 150


def test_where_the_provider_does_not_count_what_was_set_aside_stays() -> None:
    door = Door(says(tokens_in=None, tokens_out=None))

    door.ask()

    called, _ = door.ledger.events
    assert door.ledger.days[door.clock.now().date()].tokens == called.payload["tokens"]


@pytest.mark.parametrize(
    ("reply", "kept"), [(CutOff("cut"), True), (NotSent("no"), False), (status(503), False), (status(401), False)]
)
def test_a_call_that_may_have_arrived_counts_in_full(reply: HttpReply | Exception, *, kept: bool) -> None:
    door = Door(reply, limits=Limits(attempts=1))

    door.ask()

    assert bool(door.ledger.days[door.clock.now().date()].tokens) is kept


def test_an_answer_that_was_cut_off_is_recorded_as_uncertain() -> None:
    door = Door(CutOff("cut"), limits=Limits(attempts=1))

    assert why(door.ask()) is WhyNoAnswer.TIME
    assert door.ledger.events[-1].outcome is Outcome.UNCERTAIN


@pytest.mark.parametrize(
    "lie",
    [
        says(tokens_in=-1),
        says(tokens_out=10**12),
        says("word " * 100_000),
    ],
)
def test_an_answer_that_cannot_be_true_is_not_used(lie: HttpReply) -> None:
    assert why(Door(lie).ask()) is WhyNoAnswer.UNREADABLE


class LedgerThatFails(ListLedger):
    """Cannot record one kind of event."""

    def __init__(self, kind: EventType) -> None:
        super().__init__()
        self.kind = kind

    def reserve(self, called: Event, *rest: Any) -> Any:
        if self.kind is EventType.MODEL_CALLED:
            raise OSError("disk full")
        return super().reserve(called, *rest)

    def settle(self, answered: Event, *rest: Any) -> None:
        if self.kind is EventType.MODEL_ANSWERED:
            raise OSError("disk full")
        super().settle(answered, *rest)


def test_a_call_that_cannot_be_recorded_is_not_made() -> None:
    door = Door(ledger=LedgerThatFails(EventType.MODEL_CALLED))

    with pytest.raises(OSError, match="disk full"):
        door.ask()
    assert door.wire.sent == []


def test_an_answer_that_cannot_be_recorded_is_not_used() -> None:
    door = Door(ledger=LedgerThatFails(EventType.MODEL_ANSWERED))

    with pytest.raises(OSError, match="disk full"):
        door.ask()


class Keyless(PlainModel):
    """Its key file is gone."""

    def request(self, *_: Any, **__: Any) -> Any:
        raise WrongKey("the key file of the model cannot be read")


def test_without_a_key_nothing_is_sent() -> None:
    door = Door(model=Keyless())

    assert why(door.ask()) is WhyNoAnswer.NO_KEY
    assert door.wire.sent == []
    assert door.recorded == ["model:refused"]


def test_what_is_sent_is_the_prompt_and_the_permit_names_the_place() -> None:
    door = Door()

    door.ask(message="my bill [NAME_1]")

    assert b"my bill [NAME_1]" in door.wire.sent[0].body
    assert door.wire.permits[0].call.endpoint == PlainModel().place.endpoint
    assert door.wire.permits[0].on == door.clock.now().date()


def test_no_words_of_anybody_stand_in_clear_in_an_event() -> None:
    door = Door(says("my ailment"))

    door.router.ask(a_question("my ailment", passage("page")))

    for event in door.ledger.events:
        clear = (event.model, event.prompt, event.manifest, event.sources, event.refs, event.outcome)
        assert "ailment" not in repr(clear)
    assert "ailment" not in repr(door.wire.sent)


def test_the_reference_of_a_model_fits_the_leaf_whatever_its_name() -> None:
    place = Place("https://x.example", "us-east-1", "Vendor.Model-3:0 (Größe)")

    assert model_ref("bedrock", place).startswith("bedrock/vendor.model-3-0-gr-e-@")


def hear(door: Door) -> tuple[list[str], ModelAnswer | NoAnswer]:
    """What was heard while the answer came, and the answer."""
    heard: list[str] = []
    return heard, door.router.ask(a_question(), heard.append)


def test_whoever_has_an_ear_hears_the_words_as_they_come_and_the_answer_is_counted_at_its_end() -> None:
    door = Door(streams("We are open. [1]", "in=40", "out=6", "end"), model=StreamingModel())

    heard, answer = hear(door)

    assert "".join(heard) == "We are open. [1]"
    assert len(heard) > 1
    assert isinstance(answer, ModelAnswer)
    assert (answer.text.value, answer.tokens_out) == ("We are open. [1]", 6)
    assert door.ledger.events[-1].payload["tokens"] == 46
    assert door.ledger.events[-1].payload["estimated"] is False


def test_without_an_ear_a_model_that_streams_is_asked_for_its_whole_answer() -> None:
    door = Door(says("[1]"), model=StreamingModel())

    assert isinstance(door.ask(), ModelAnswer)
    assert b"stream" not in door.wire.sent[0].body


def test_a_server_that_sends_all_at_once_is_read_at_the_end() -> None:
    door = Door(says("[1]"), model=StreamingModel())

    heard, answer = hear(door)

    assert heard == []
    assert isinstance(answer, ModelAnswer)
    assert answer.text.value == "[1]"


def test_a_stream_that_nobody_counted_costs_what_was_set_aside_and_says_so() -> None:
    door = Door(streams("We are open. [1]", "end"), model=StreamingModel())

    _, answer = hear(door)

    assert isinstance(answer, ModelAnswer)
    called, answered = door.ledger.events
    assert answered.payload["estimated"] is True
    assert answered.payload["tokens"] == called.payload["tokens"]
    assert sum(day.tokens for day in door.ledger.days.values()) == called.payload["tokens"]


@pytest.mark.parametrize(
    ("reply", "reason", "outcome"),
    [
        (streams("We are open. [1]"), WhyNoAnswer.UNREADABLE, Outcome.FAILED),
        (streams("We are open. [1]", "lie"), WhyNoAnswer.UNREADABLE, Outcome.FAILED),
        (streams("word " * 100_000, "end"), WhyNoAnswer.UNREADABLE, Outcome.FAILED),
        (streams("We are open. [1]", "out=-1", "end"), WhyNoAnswer.UNREADABLE, Outcome.FAILED),
        (streams("We are open. [1]", broken=True), WhyNoAnswer.TIME, Outcome.UNCERTAIN),
    ],
)
def test_a_stream_that_breaks_off_or_lies_is_paid_for_and_not_asked_for_again(
    reply: HttpReply, reason: WhyNoAnswer, outcome: Outcome
) -> None:
    door = Door(reply, model=StreamingModel())

    heard, answer = hear(door)

    assert why(answer) is reason
    assert len(door.wire.sent) == 1
    called, answered = door.ledger.events
    assert answered.outcome is outcome
    assert answered.payload["heard"] == "".join(heard)
    assert answered.payload["heard"].startswith(("We are", "word"))
    assert (answered.payload["estimated"], answered.payload["tokens"]) == (True, called.payload["tokens"])


def test_before_the_first_part_a_question_to_a_model_that_streams_is_asked_again() -> None:
    door = Door(CutOff("late"), status(503), streams("Open. [1]", "end"), model=StreamingModel())

    heard, answer = hear(door)

    assert isinstance(answer, ModelAnswer)
    assert "".join(heard) == "Open. [1]"
    assert len(door.wire.sent) == 3


def test_streams_that_break_off_open_the_circuit_like_answers() -> None:
    door = Door(streams("Open.", broken=True), model=StreamingModel(), limits=Limits(opens_after=2))

    reasons = [why(hear(door)[1]) for _ in range(3)]

    assert reasons == [WhyNoAnswer.TIME, WhyNoAnswer.TIME, WhyNoAnswer.RESTING]


def test_nobody_hears_the_words_of_an_error() -> None:
    door = Door(status(400, content_type="text/event-stream"), model=StreamingModel())

    heard, answer = hear(door)

    assert heard == []
    assert why(answer) is WhyNoAnswer.STATUS


class Stumbling(StreamingModel):
    """A model whose readers did not foresee what they are given."""

    def stream(self) -> Any:
        return self

    def take(self, _: bytes) -> str:
        raise TypeError("unhashable: words of somebody")

    def answer(self, reply: HttpReply) -> ModelAnswer:
        raise KeyError(reply.body)


@pytest.mark.parametrize("reply", [streams("We are open. [1]", "end"), says("We are open.")])
def test_a_lie_that_no_reader_foresaw_is_settled_without_its_words_and_the_circuit_learns(reply: HttpReply) -> None:
    door = Door(reply, model=Stumbling(), limits=Limits(opens_after=1))

    _, answer = hear(door)

    assert isinstance(answer, NoAnswer)
    assert answer.why is WhyNoAnswer.UNREADABLE
    assert "open" not in answer.says
    assert "somebody" not in answer.says
    assert door.recorded == ["model:called", "model:answered"]
    assert door.ledger.events[-1].payload["estimated"] is True
    assert why(hear(door)[1]) is WhyNoAnswer.RESTING
