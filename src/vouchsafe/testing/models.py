"""Fakes around the door to models: a ledger in a list, a wire that follows a script, a pause that takes no time."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import Lock

from vouchsafe.domain.agreement import DataClass, Permit, Register
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.ids import EventId
from vouchsafe.domain.passage import Passage, Scope
from vouchsafe.domain.prompt import Prompt, Template, Words
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event
from vouchsafe.governance.routing import Limits, Price, Question, Router
from vouchsafe.pipeline.redact.fixed import our_message
from vouchsafe.ports.clock import Clock
from vouchsafe.ports.model import Malformed, ModelAnswer, Place, Stop
from vouchsafe.ports.spending import Spend
from vouchsafe.ports.wire import CutOff, HttpReply, HttpRequest, OnPart
from vouchsafe.testing.agreements import ENDPOINT, TODAY
from vouchsafe.testing.builders import uuid

THE_PLACE = Place(ENDPOINT, "us-east-1", "large-2")
PLENTY = Spend(calls=1000, tokens=1_000_000, cost=1_000_000_000)


class ListLedger:
    """A ledger in memory that keeps its promises within one process."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.days: dict[date, Spend] = {}
        self._lock = Lock()

    def reserve(self, called: Event, amount: Spend, most: Spend, day: date) -> EventId | None:
        """Set aside, or None."""
        with self._lock:
            total = self.days.get(day, Spend()) + amount
            if not total.within(most):
                return None
            self.days[day] = total
            self.events.append(called)
            return EventId(uuid(len(self.events)))

    def settle(self, answered: Event, reserved: Spend, used: Spend, day: date) -> None:
        """Count what was used."""
        with self._lock:
            self.days[day] = self.days.get(day, Spend()) - reserved + used
            self.events.append(answered)

    def refused(self, event: Event) -> None:
        """Record."""
        with self._lock:
            self.events.append(event)


class Broken(HttpReply):
    """A reply of which this much came before the connection broke off."""


@dataclass(slots=True)
class ScriptedWire:
    """Gives one reply after the other, or raises what stands in its place; the last one for ever."""

    script: Sequence[HttpReply | Exception]
    sent: list[HttpRequest] = field(default_factory=list)
    permits: list[Permit] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)

    def send(
        self,
        permit: Permit,
        request: HttpRequest,
        *,
        timeout_s: float,
        most_bytes: int,
        on_part: OnPart | None = None,
    ) -> HttpReply:
        """The next of the script; a reply also in parts of three bytes, where somebody hears them."""
        assert most_bytes > 0
        step = self.script[min(len(self.sent), len(self.script) - 1)]
        self.sent.append(request)
        self.permits.append(permit)
        self.timeouts.append(timeout_s)
        if isinstance(step, Exception):
            raise step
        for start in range(0, len(step.body), 3) if on_part else ():
            assert on_part is not None
            on_part(HttpReply(step.status, step.headers, b""), step.body[start : start + 3])
        if isinstance(step, Broken):
            raise CutOff("the connection broke off before the whole answer was there")
        return step


@dataclass(slots=True)
class QuickPause:
    """Waits by telling the clock, and scatters always the same."""

    advance: Callable[[float], None]
    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        """Note the wait and move the clock."""
        self.waits.append(seconds)
        self.advance(seconds)

    def scatter(self) -> float:
        """Always the longest."""
        return 1.0


@dataclass(frozen=True, slots=True)
class PlainModel:
    """A model whose replies are JSON with `text`, `stop`, `in` and `out`."""

    place: Place = THE_PLACE
    kind: str = "plain"

    def request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """The words as they are."""
        assert at.tzinfo is not None
        body = json.dumps({"system": words.system, "user": words.user, "max": max_tokens}).encode()
        return HttpRequest(f"{self.place.endpoint}/ask", (("content-type", "application/json"),), body)

    def answer(self, reply: HttpReply) -> ModelAnswer:
        """The words that came."""
        try:
            said = json.loads(reply.body)
            return ModelAnswer(PhiText(said["text"]), Stop(said["stop"]), said["in"], said["out"], "large-2")
        except (ValueError, KeyError, TypeError):
            raise Malformed("the reply is not an answer") from None


@dataclass(frozen=True, slots=True)
class StreamingModel(PlainModel):
    """One that also answers in lines: `+words`, `in=N` and `out=N`, and `end`; any other line is a lie."""

    def streaming_request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """The plain request, with a wish."""
        plain = self.request(words, max_tokens=max_tokens, at=at)
        return replace(plain, body=json.dumps({**json.loads(plain.body), "stream": True}).encode())

    def stream(self) -> "LineStream":
        """A reader of the lines."""
        return LineStream()


class LineStream:
    """Reads them."""

    def __init__(self) -> None:
        self._rest = b""
        self._text = ""
        self._counts: dict[str, int] = {}
        self._ended = False

    def take(self, part: bytes) -> str:
        """The words of whole lines."""
        *lines, self._rest = (self._rest + part).split(b"\n")
        before = len(self._text)
        for line in (one.decode() for one in lines):
            name, _, number = line.partition("=")
            if line.startswith("+"):
                self._text += line[1:]
            elif line == "end":
                self._ended = True
            elif name in {"in", "out"}:
                self._counts[name] = int(number)
            else:
                raise Malformed("the stream holds something else")
        return self._text[before:]

    def whole(self) -> ModelAnswer:
        """The words, once `end` came."""
        if not self._ended:
            raise Malformed("the stream broke off")
        return ModelAnswer(PhiText(self._text), Stop.END, self._counts.get("in"), self._counts.get("out"), "large-2")


def streams(words: str, *lines: str, broken: bool = False) -> HttpReply:
    """A reply that `StreamingModel` reads, a word a line; `broken`: the connection breaks off after it."""
    said = "".join(f"+{word}\n" for word in words.replace(" ", " \0").split("\0"))
    body = (said + "".join(f"{line}\n" for line in lines)).encode()
    kind = Broken if broken else HttpReply
    return kind(200, (("content-type", "text/event-stream"),), body)


def says(text: str = "[1]", *, tokens_in: int | None = 40, tokens_out: int | None = 2) -> HttpReply:
    """A reply that `PlainModel` understands."""
    body = json.dumps({"text": text, "stop": "end", "in": tokens_in, "out": tokens_out}).encode()
    return HttpReply(200, (), body)


def status(number: int, **headers: str) -> HttpReply:
    """A reply with this status; underscores in header names stand for hyphens."""
    return HttpReply(number, tuple((name.replace("_", "-"), value) for name, value in headers.items()), b"quoted words")


def a_scope(*groups: str, public_only: bool = False) -> Scope:
    """A reader of these groups, of public pages where none is named."""
    return Scope(frozenset(groups or ("public",)), Assurance.ANONYMOUS, TODAY, public_only)


def a_prompt(message: str = "What are your opening hours?", *passages: Passage) -> Prompt:
    """A prompt of a redacted message."""
    return Prompt(Template("draft", "Answer from the passages alone."), our_message(message), passages, a_scope())


def a_question(message: str = "What are your opening hours?", *passages: Passage, max_tokens: int = 50) -> Question:
    """A question of redacted words that belongs to no case."""
    return Question(a_prompt(message, *passages), frozenset({DataClass.REDACTED}), max_tokens)


def a_router(
    wire: ScriptedWire,
    clock: Clock,
    pause: QuickPause,
    *,
    register: Register | None,
    ledger: ListLedger | None = None,
    most_a_day: Spend = PLENTY,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    price: Price = Price(),  # noqa: B008 - frozen
    model: PlainModel | None = PlainModel(),
) -> Router:
    """A door with everything in memory."""
    return Router(
        model=model,
        register=lambda: register,
        wire=wire,
        ledger=ledger or ListLedger(),
        clock=clock,
        pause=pause,
        most_a_day=most_a_day,
        limits=limits,
        price=price,
    )
