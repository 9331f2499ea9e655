"""The interface "chat completions" in the parts that OpenAI, Azure and the servers that imitate them have in common."""

from vouchsafe.domain.prompt import Words
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.models.reading import Json, at, body_of, count_at, optional_text_at, text_at
from vouchsafe.ports.model import Malformed, ModelAnswer, Stop
from vouchsafe.ports.wire import HttpReply

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
