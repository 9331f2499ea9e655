"""The only door to a language model: permit, budget, time-outs, retries, circuit breaker and record, for all providers.

One attempt, in this order:
1. the agreement register permits exactly this call today
2. the circuit is closed
3. `model:called` is committed together with the amount set aside from the day's budget
4. the wire carries the request, under the permit and within the time left
5. `model:answered` is committed together with what was used

Who gives an ear to `ask` hears the words of an answer while it is written, where the provider streams. Once a part of a
reply came, the question is paid for: it is not asked again, however the reply ends.

A failed record stops the attempt: nothing is sent that is not on record, and no answer is used whose record failed.
The message in a question passed redaction's strict profile and second scan: its type, `Rescanned`, is made there alone.
What the caller still owes: the case is committed before `ask`, since no transaction stays open across a call; and the
answer is untrusted text, which passes `pipeline/redact/outgoing.py` and the support check before anybody relies on it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import ceil

from vouchsafe.domain.agreement import Call, DataClass, Feature, Permit, Refusal, Register, Service
from vouchsafe.domain.ids import CaseId, ConversationId
from vouchsafe.domain.prompt import Prompt, Words
from vouchsafe.evidence.event import Outcome
from vouchsafe.governance.agreements import permit
from vouchsafe.governance.circuit import Circuit
from vouchsafe.governance.model_records import Attempt
from vouchsafe.ports.clock import Clock
from vouchsafe.ports.model import AnswerStream, Malformed, Model, ModelAnswer, Streams, WrongKey
from vouchsafe.ports.pause import Pause
from vouchsafe.ports.spending import Ledger, Spend
from vouchsafe.ports.wire import CutOff, HttpReply, HttpRequest, NotSent, Wire

_OK = 200
_REDIRECTS = range(300, 400)
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request may succeed. 529: overloaded, as Anthropic says it."""
_OURS = frozenset({400, 413, 422})
"""Statuses that speak of this one request, and not of the provider's health."""
_CHARACTERS_A_TOKEN = 2
"""On the low side for the languages we serve: what is set aside shall not be too little."""
_LONGEST_TOKEN = 64
"""Characters. An answer longer than its tokens can be is a lie about one of the two."""
_MOST_TOKENS = 10_000_000
_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the door is. `deadline_s` covers all attempts at one question together."""

    deadline_s: float = 60.0
    attempt_s: float = 30.0
    attempts: int = 3
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    answer_bytes: int = 2_000_000
    opens_after: int = 5
    stays_open_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Price:
    """Units of a currency for a million tokens in and out; 0 for a model of one's own."""

    million_in: float = 0.0
    million_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> int:
        """Millionths of the currency, rounded up."""
        return ceil(tokens_in * self.million_in + tokens_out * self.million_out)


class WhyNoAnswer(StrEnum):
    """Why there is no answer; a closed word for the trail."""

    NOT_CONFIGURED = "not_configured"
    NO_PERMIT = "no_permit"
    RESTING = "resting"
    BUDGET = "budget"
    NO_KEY = "no_key"
    UNREACHABLE = "unreachable"
    TIME = "time"
    STATUS = "status"
    REDIRECTED = "redirected"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The question was not asked, or not answered: the case goes on with the local drafter or a person.

    `says`: a sentence for people, without words of anybody.
    """

    why: WhyNoAnswer
    says: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and which classes of data its words are.

    `case`, `conversation`: whose question it is; the events are sealed under that conversation's key.
    """

    prompt: Prompt
    data: frozenset[DataClass]
    max_tokens: int
    case: CaseId | None = None
    conversation: ConversationId | None = None


@dataclass(frozen=True, slots=True)
class _Failed:
    """One attempt without an answer. `wait_s`: as the provider asked. `kept`: what was set aside stays counted."""

    no_answer: NoAnswer
    again: bool = False
    wait_s: float = 0.0
    outcome: Outcome = Outcome.FAILED
    status: int | None = None
    kept: bool = False


Hear = Callable[[str], None]
"""Hears the words of an answer as they come, in order; untrusted like the answer, and broken off anywhere."""


class _Ear:
    """Reads one reply while it comes, and passes its words on."""

    def __init__(self, stream: AnswerStream, hear: Hear, most_characters: int) -> None:
        self._stream, self._hear, self._left = stream, hear, most_characters
        self.begun = self.streamed = False
        """Whether a reply with status 200 came at all, and whether it came as a stream."""
        self.heard = ""

    def part(self, head: HttpReply, content: bytes) -> None:
        """Some bytes of a reply. Raises: Malformed."""
        if head.status != _OK:
            return
        self.begun = True
        # A server that does not know how to stream sends all at once, which is read at the end like any reply.
        self.streamed = head.header("content-type").partition(";")[0].strip().lower() == _STREAM
        with _reading():
            words = self._stream.take(content) if self.streamed else ""
        self._left -= len(words)
        if self._left < 0:
            raise Malformed("the provider wrote far more than it was asked for")
        if words:
            self.heard += words
            self._hear(words)

    def answer(self) -> ModelAnswer:
        """The whole answer of a stream. Raises: Malformed."""
        return self._stream.whole()


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """The door for one model. Without a model every question ends as "not configured", and nothing leaves.

    `register`: the agreement register as it stands now, None where none was adopted. `most_a_day`: the budget; its days
    and those of the agreements count in `zone`.
    """

    model: Model | None
    register: Callable[[], Register | None]
    wire: Wire
    ledger: Ledger
    clock: Clock
    pause: Pause
    most_a_day: Spend
    zone: tzinfo = UTC
    limits: Limits = Limits()
    price: Price = Price()
    circuit: Circuit = field(init=False)

    def __post_init__(self) -> None:
        circuit = Circuit(opens_after=self.limits.opens_after, stays_open_s=self.limits.stays_open_s)
        object.__setattr__(self, "circuit", circuit)

    def ask(
        self, question: Question, hear: Hear | None = None, called: Callable[[], None] | None = None
    ) -> ModelAnswer | NoAnswer:
        """Ask, as often as the limits allow. Raises what the ledger raises: a call without a record is no call.

        `hear` must not raise: what it does with words that nobody checked yet is its own affair. Nor must `called`,
        which learns of each attempt that is on record and about to leave.
        """
        if self.model is None:
            return NoAnswer(WhyNoAnswer.NOT_CONFIGURED, "no model is configured; nothing left this installation")
        words = question.prompt.words()
        end = self.clock.now() + timedelta(seconds=self.limits.deadline_s)
        number = 1
        while True:
            found = self._attempt(self.model, question, words, number, end, hear, called)
            if isinstance(found, ModelAnswer):
                return found
            if not found.again or number >= self.limits.attempts or not self._waited(found, number, end):
                return found.no_answer
            number += 1

    def _attempt(  # noqa: PLR0917  # one attempt at one question, and who hears of it
        self,
        model: Model,
        question: Question,
        words: Words,
        number: int,
        end: datetime,
        hear: Hear | None,
        tell: Callable[[], None] | None,
    ) -> ModelAnswer | _Failed:
        place, now = model.place, self.clock.now()
        today = now.astimezone(self.zone).date()
        about = Attempt(
            model.kind,
            place,
            question.prompt.template,
            words,
            question.data,
            number,
            question.case,
            question.conversation,
        )
        call = Call(Service.MODEL, place.endpoint, place.region, Feature.MESSAGES, question.data, place.model)
        permitted = permit(self.register(), call, today)
        if isinstance(permitted, Refusal):
            return self._refused(about, WhyNoAnswer.NO_PERMIT, permitted.says)
        ear = None
        try:
            if hear and isinstance(model, Streams):
                ear = _Ear(model.stream(), hear, question.max_tokens * _LONGEST_TOKEN)
                request = model.streaming_request(words, max_tokens=question.max_tokens, at=now)
            else:
                request = model.request(words, max_tokens=question.max_tokens, at=now)
        except WrongKey as wrong:
            return self._refused(about, WhyNoAnswer.NO_KEY, str(wrong))
        if not self.circuit.lets_through(now):
            says = "the provider failed several times in a row and is left alone for a while"
            return self._refused(about, WhyNoAnswer.RESTING, says)
        reserved = self._most(words, question.max_tokens)
        called = self.ledger.reserve(about.called(permitted, reserved), reserved, self.most_a_day, today)
        if called is None:
            return self._refused(about, WhyNoAnswer.BUDGET, "the budget of the day for model calls is used up")
        if tell:
            tell()
        found = self._sent(model, permitted, request, question.max_tokens, end, ear)
        used = self._used(found, reserved)
        if isinstance(found, ModelAnswer):
            event = about.answered(called, found, used)
        else:
            heard, why = (ear.heard if ear else ""), found.no_answer.why.value
            event = about.failed(called, found.outcome, why, found.status, used, heard)
        self.ledger.settle(event, reserved, used, today)
        return found

    def _refused(self, about: Attempt, why: WhyNoAnswer, says: str) -> _Failed:
        self.ledger.refused(about.refused(why.value, says))
        return _Failed(NoAnswer(why, says))

    def _sent(  # noqa: PLR0917  # what is sent under which permit, and who hears of it
        self, model: Model, permitted: Permit, request: HttpRequest, max_tokens: int, end: datetime, ear: _Ear | None
    ) -> ModelAnswer | _Failed:
        """Send once and judge what came back; the circuit learns of it."""
        left = (end - self.clock.now()).total_seconds()
        timeout = min(self.limits.attempt_s, max(left, 0.1))
        try:
            most = self.limits.answer_bytes
            if ear:
                reply = self.wire.send(permitted, request, timeout_s=timeout, most_bytes=most, on_part=ear.part)
            else:
                reply = self.wire.send(permitted, request, timeout_s=timeout, most_bytes=most)
        except NotSent as error:
            found: ModelAnswer | _Failed = _Failed(NoAnswer(WhyNoAnswer.UNREACHABLE, str(error)), again=True)
        except CutOff as error:
            no_answer = NoAnswer(WhyNoAnswer.TIME, str(error))
            # A question of which part of the answer came is paid for.
            found = _Failed(no_answer, again=not (ear and ear.begun), outcome=Outcome.UNCERTAIN, kept=True)
        except Malformed as error:
            found = _unreadable(error)
        else:
            found = self._judged(model, reply, max_tokens, ear)
        if isinstance(found, ModelAnswer):
            self.circuit.succeeded()
        elif found.status not in _OURS:
            self.circuit.failed(self.clock.now())
        return found

    def _judged(self, model: Model, reply: HttpReply, max_tokens: int, ear: _Ear | None) -> ModelAnswer | _Failed:
        status = reply.status
        if status in _REDIRECTS:
            says = "the endpoint sends callers to another place, which no agreement names; it was not followed"
            return _Failed(NoAnswer(WhyNoAnswer.REDIRECTED, says), status=status)
        if status != _OK:
            # The body of an error may quote our words back, so only its number is told.
            says = f"the provider answered with status {status}"
            again = status in _TRY_AGAIN
            return _Failed(NoAnswer(WhyNoAnswer.STATUS, says), again, self._asked_to_wait(reply), status=status)
        try:
            with _reading():
                answer = ear.answer() if ear and ear.streamed else model.answer(reply)
            return _believable(answer, max_tokens)
        except Malformed as error:
            return _unreadable(error)

    def _most(self, words: Words, max_tokens: int) -> Spend:
        tokens_in = (len(words.system) + len(words.user)) // _CHARACTERS_A_TOKEN + 100
        return Spend(1, tokens_in + max_tokens, self.price.of(tokens_in, max_tokens))

    def _used(self, found: ModelAnswer | _Failed, reserved: Spend) -> Spend:
        if isinstance(found, _Failed):
            return reserved if found.kept else Spend(calls=1)
        if found.tokens_in is None or found.tokens_out is None:
            return reserved
        cost = self.price.of(found.tokens_in, found.tokens_out)
        return Spend(1, found.tokens_in + found.tokens_out, cost)

    def _waited(self, failed: _Failed, number: int, end: datetime) -> bool:
        """Wait before another attempt; False where the deadline leaves no time for one."""
        grown = min(self.limits.first_wait_s * 2 ** (number - 1), self.limits.longest_wait_s)
        seconds = max(failed.wait_s, grown * (0.5 + self.pause.scatter() / 2))
        if self.clock.now() + timedelta(seconds=seconds) >= end:
            return False
        self.pause.wait(seconds)
        return True

    def _asked_to_wait(self, reply: HttpReply) -> float:
        """Seconds of a Retry-After header (RFC 9110, section 10.2.3), 0 where there is none that can be read."""
        said = reply.header("retry-after").strip()
        if said.isascii() and said.isdigit() and len(said) < len(str(_MOST_TOKENS)):
            return float(said)
        try:
            when = parsedate_to_datetime(said)
        except (ValueError, TypeError):
            return 0.0
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - self.clock.now()).total_seconds())


@contextmanager
def _reading() -> Iterator[None]:
    """A reply is read inside. Raises: Malformed, also where a reader stumbles over a lie that it did not foresee."""
    try:
        yield
    except Malformed:
        raise
    except Exception as error:  # noqa: BLE001  # a paid call is settled and the circuit learns, whatever the reply holds
        raise Malformed(f"the reply could not be read ({type(error).__name__})") from None


def _unreadable(error: Malformed) -> _Failed:
    return _Failed(NoAnswer(WhyNoAnswer.UNREADABLE, str(error)), status=_OK, kept=True)


def _believable(answer: ModelAnswer, max_tokens: int) -> ModelAnswer:
    """The answer, unless its numbers cannot be true. Raises: Malformed."""
    for count in (answer.tokens_in, answer.tokens_out):
        if count is not None and not 0 <= count <= _MOST_TOKENS:
            raise Malformed("the provider counts tokens that cannot be")
    if len(answer.text.value) > max_tokens * _LONGEST_TOKEN:
        raise Malformed("the provider wrote far more than it was asked for")
    return answer
