"""The interface "chat completions" in the parts that OpenAI, Azure and the servers that imitate them have in common."""

from vouchsafe.domain.prompt import Words
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.models.events import ServerEvents
from vouchsafe.plugins.models.reading import Json, at, body_of, count_at, list_at, object_of, optional_text_at, text_at
from vouchsafe.ports.model import Malformed, ModelAnswer, Stop
from vouchsafe.ports.wire import HttpReply

STREAMED = {"stream": True, "stream_options": {"include_usage": True}}
"""Asks for an answer in parts, with its token counts at the end."""
_DONE = "[DONE]"
_STOPS = {"stop": Stop.END, "length": Stop.LENGTH, "content_filter": Stop.REFUSED}


def messages(words: Words) -> list[dict[str, str]]:
    """Our instructions, then the data."""
    return [{"role": "system", "content": words.system}, {"role": "user", "content": words.user}]


def answer(reply: HttpReply) -> ModelAnswer:
    """What the first and only choice says. Raises: Malformed, also where the model calls tools it was not given."""
    said = body_of(reply)
    reason = text_at(said, "choices", 0, "finish_reason")
    if reason not in _STOPS:
        raise Malformed("the model stopped for a reason that we do not know")
    if at(said, "choices", 0, "message", "tool_calls"):
        raise Malformed("the model calls tools, and was given none")
    return ModelAnswer(
        *_text_and_stop(said, _STOPS[reason]),
        count_at(said, "usage", "prompt_tokens"),
        count_at(said, "usage", "completion_tokens"),
        optional_text_at(said, "model"),
    )


def _text_and_stop(said: Json, stop: Stop) -> tuple[PhiText, Stop]:
    if optional_text_at(said, "choices", 0, "message", "refusal") or stop is Stop.REFUSED:
        return PhiText(optional_text_at(said, "choices", 0, "message", "content")), Stop.REFUSED
    return PhiText(text_at(said, "choices", 0, "message", "content")), stop


class ChatStream:
    """Chunks of one chat completion. Words after its end, other choices and tools are lies."""

    def __init__(self) -> None:
        self._events = ServerEvents()
        self._text: list[str] = []
        self._stop: Stop | None = None
        self._refused = self._done = False
        self._tokens: tuple[int | None, int | None] = (None, None)
        self._model = ""

    def take(self, part: bytes) -> str:
        """The words in the chunks that these bytes complete. Raises: Malformed."""
        words = "".join([self._chunk(event.data) for event in self._events.take(part)])
        self._text.append(words)
        return words

    def whole(self) -> ModelAnswer:
        """The answer. Raises: Malformed where the stream ended before the model did."""
        if self._stop is None:
            raise Malformed("the stream broke off before the model stopped")
        stop = Stop.REFUSED if self._refused else self._stop
        return ModelAnswer(PhiText("".join(self._text)), stop, *self._tokens, self._model)

    def _chunk(self, data: str) -> str:
        if data == _DONE:
            self._done = True
            return ""
        said = object_of(data)
        if self._done or at(said, "error") is not None:
            raise Malformed("the provider broke its answer off")
        self._model = optional_text_at(said, "model") or self._model
        if at(said, "usage") is not None:
            # Some servers count in every chunk: the last one holds.
            self._tokens = count_at(said, "usage", "prompt_tokens"), count_at(said, "usage", "completion_tokens")
        choices = list_at(said, "choices")
        if len(choices) > 1 or (choices and count_at(choices, 0, "index")):
            raise Malformed("the provider gives more than one answer")
        return self._of(choices[0]) if choices else ""

    def _of(self, choice: object) -> str:
        if at(choice, "delta", "tool_calls") or at(choice, "delta", "function_call"):
            raise Malformed("the model calls tools, and was given none")
        words = optional_text_at(choice, "delta", "content")
        if words and self._stop is not None:
            raise Malformed("the model goes on after its end")
        self._refused = self._refused or bool(optional_text_at(choice, "delta", "refusal"))
        reason = optional_text_at(choice, "finish_reason")
        if reason and (reason not in _STOPS or self._stop is not None):
            raise Malformed("the model stopped for a reason that we do not know")
        self._stop = _STOPS[reason] if reason else self._stop
        return words
