"""A language model: translates a prompt into one provider's request, and the reply into an answer.

It opens no connection. Permits, budgets, time-outs, retries and records live once, in `governance/routing.py`, which
alone sends requests.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.prompt import Words
from vouchsafe.domain.text import PhiText
from vouchsafe.ports.wire import HttpReply, HttpRequest


class Malformed(VouchsafeError):
    """The reply is not what the provider's interface promises. Nothing of it is used."""


class WrongKey(VouchsafeError):
    """The key file of a provider cannot be read or used."""


class Stop(StrEnum):
    """Why the model stopped."""

    END = "end"
    LENGTH = "length"
    """It ran into the limit: the text may break off in the middle."""
    REFUSED = "refused"
    """The provider's own filter, or the model, declined."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is, exactly as an agreement names it."""

    endpoint: str
    region: str
    model: str


@dataclass(frozen=True, slots=True, repr=False)
class ModelAnswer:
    """What the model wrote: untrusted words, which may say anything.

    `tokens_in`, `tokens_out`: as the provider counted; None where it did not. `said_model`: the provider's own name of
    the model that answered, empty where it gave none.
    """

    text: PhiText
    stop: Stop
    tokens_in: int | None
    tokens_out: int | None
    said_model: str

    def __repr__(self) -> str:
        return f"ModelAnswer({len(self.text.value)} characters, {self.stop.value})"


class Model(Protocol):
    """One model of one provider at one place."""

    @property
    def kind(self) -> str:
        """Name of the plugin, such as `anthropic`."""
        ...

    @property
    def place(self) -> Place:
        """Where it is."""
        ...

    def request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """The request that asks for one answer of at most so many tokens, without tools, storing, or avoidable chance.

        `at`: now, for providers whose requests are signed with the time. Raises: WrongKey.
        """
        ...

    def answer(self, reply: HttpReply) -> ModelAnswer:
        """What a reply with status 200 says. Raises: Malformed."""
        ...


class AnswerStream(Protocol):
    """Reads one answer while the model writes it."""

    def take(self, part: bytes) -> str:
        """The words that these bytes add, empty where they add none; parts may end anywhere. Raises: Malformed."""
        ...

    def whole(self) -> ModelAnswer:
        """The answer, once the reply ended. Raises: Malformed where it did not end as the provider promises."""
        ...


@runtime_checkable
class Streams(Protocol):
    """A model whose provider can send an answer as it is written."""

    def streaming_request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """As `Model.request`, for an answer in parts. Raises: WrongKey."""
        ...

    def stream(self) -> AnswerStream:
        """A reader for one such answer."""
        ...
