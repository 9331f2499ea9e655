"""The Messages API alone: batches, files and web fetch are not asked for, and are no part of the agreement (R67).

`endpoint` is `https://api.anthropic.com`; `region` is the provider's own word for where it computes (`us`), which each
request asks for and each answer has to confirm (R29).
"""

from dataclasses import dataclass
from datetime import datetime

from vouchsafe.domain.prompt import Words
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.models.config import ModelConfig, needed_key
from vouchsafe.plugins.models.events import ServerEvents
from vouchsafe.plugins.models.reading import (
    Json,
    at,
    body_of,
    count_at,
    list_at,
    object_of,
    optional_text_at,
    post,
    text_at,
)
from vouchsafe.ports.model import AnswerStream, Malformed, ModelAnswer, Place, Stop
from vouchsafe.ports.wire import HttpReply, HttpRequest

VERSION = "2026-10-21"
"""The interface's version, which every request names; it takes no `temperature`."""
_STOPS = {
    "end_turn": Stop.END,
    "stop_sequence": Stop.END,
    "max_tokens": Stop.LENGTH,
    "model_context_window_exceeded": Stop.LENGTH,
    "refusal": Stop.REFUSED,
}
_THOUGHTS = frozenset({"thinking", "redacted_thinking"})


@dataclass(frozen=True, slots=True)
class Anthropic:
    """A model behind the Messages API."""

    config: ModelConfig

    @property
    def kind(self) -> str:
        """Name of the plugin."""
        return "anthropic"

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.config.place

    def request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """One answer, without tools. Raises: WrongKey."""
        del at
        return self._request(words, max_tokens, stream=False)

    def streaming_request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """The same, in parts. Raises: WrongKey."""
        del at
        return self._request(words, max_tokens, stream=True)

    def stream(self) -> AnswerStream:
        """A reader of its events, which takes words of the agreement's region alone."""
        return MessageStream(self.place.region)

    def _request(self, words: Words, max_tokens: int, *, stream: bool) -> HttpRequest:
        body = {
            "model": self.place.model,
            "system": words.system,
            "messages": [{"role": "user", "content": words.user}],
            "max_tokens": max_tokens,
            "inference_geo": self.place.region,
            "stream": stream,
        }
        headers = {"x-api-key": needed_key(self.config), "anthropic-version": VERSION}
        return post(f"{self.place.endpoint}/v1/messages", headers, body)

    def answer(self, reply: HttpReply) -> ModelAnswer:
        """The text of every block. Raises: Malformed, also for calls of tools, and for an answer of another region."""
        said = body_of(reply)
        reason = text_at(said, "stop_reason")
        if reason not in _STOPS:
            raise Malformed("the model stopped for a reason that we do not know")
        if text_at(said, "usage", "inference_geo") != self.place.region:
            raise Malformed("the provider did not compute in the region of the agreement")
        blocks = [block for block in list_at(said, "content") if text_at(block, "type") not in _THOUGHTS]
        if any(text_at(block, "type") != "text" for block in blocks):
            raise Malformed("the answer holds more than text")
        if not blocks and _STOPS[reason] is not Stop.REFUSED:
            raise Malformed("the answer is empty")
        return ModelAnswer(
            PhiText("".join(text_at(block, "text") for block in blocks)),
            _STOPS[reason],
            count_at(said, "usage", "input_tokens"),
            count_at(said, "usage", "output_tokens"),
            optional_text_at(said, "model"),
        )


class MessageStream:
    """Events of one message. No word of it is taken before the provider has said where it computes (R29)."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._events = ServerEvents()
        self._text: list[str] = []
        self._kinds: dict[int, str] = {}
        self._stop: Stop | None = None
        self._begun = self._done = False
        self._tokens_in: int | None = None
        self._tokens_out: int | None = None
        self._model = ""

    def take(self, part: bytes) -> str:
        """The words in the events that these bytes complete. Raises: Malformed."""
        words = "".join([self._event(object_of(event.data)) for event in self._events.take(part)])
        self._text.append(words)
        return words

    def whole(self) -> ModelAnswer:
        """The answer. Raises: Malformed where the stream ended before the message did."""
        if self._stop is None or not self._done:
            raise Malformed("the stream broke off before the model stopped")
        if "text" not in self._kinds.values() and self._stop is not Stop.REFUSED:
            raise Malformed("the answer is empty")
        return ModelAnswer(PhiText("".join(self._text)), self._stop, self._tokens_in, self._tokens_out, self._model)

    def _event(self, said: Json) -> str:
        kind = text_at(said, "type")
        if kind == "error" or self._done or (kind.startswith("content_") and not self._begun):
            raise Malformed("the provider broke its answer off, or out of order")
        match kind:
            case "message_start":
                self._start(said)
            case "content_block_start":
                self._block(said)
            case "content_block_delta":
                return self._delta(said)
            case "message_delta":
                self._end(said)
            case "message_stop":
                self._done = True
            case _:
                # Pings, ends of blocks, and kinds of events that may be added: none of them carries words.
                pass
        return ""

    def _start(self, said: Json) -> None:
        if self._begun or text_at(said, "message", "usage", "inference_geo") != self._region:
            raise Malformed("the provider did not compute in the region of the agreement")
        self._begun = True
        self._model = optional_text_at(said, "message", "model")
        self._tokens_in = count_at(said, "message", "usage", "input_tokens")

    def _block(self, said: Json) -> None:
        kind, number = text_at(said, "content_block", "type"), count_at(said, "index")
        if number is None or number in self._kinds or (kind != "text" and kind not in _THOUGHTS):
            raise Malformed("the answer holds more than text")
        if optional_text_at(said, "content_block", "text"):
            raise Malformed("the answer holds words where none belong")
        self._kinds[number] = kind

    def _delta(self, said: Json) -> str:
        kind = self._kinds.get(count_at(said, "index") or 0)
        what = text_at(said, "delta", "type")
        if kind in _THOUGHTS and what in {"thinking_delta", "signature_delta"}:
            # Thoughts are no part of the answer.
            return ""
        if kind != "text" or what != "text_delta" or self._stop is not None:
            raise Malformed("the answer holds more than text")
        return text_at(said, "delta", "text")

    def _end(self, said: Json) -> None:
        reason = optional_text_at(said, "delta", "stop_reason")
        if reason and (reason not in _STOPS or self._stop is not None):
            raise Malformed("the model stopped for a reason that we do not know")
        self._stop = _STOPS[reason] if reason else self._stop
        written = None if at(said, "usage") is None else count_at(said, "usage", "output_tokens")
        self._tokens_out = self._tokens_out if written is None else written
