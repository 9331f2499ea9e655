"""The Messages API alone: batches, files and web fetch are not asked for, and are no part of the agreement (R67).

`endpoint` is `https://api.anthropic.com`; `region` is the provider's own word for where it computes (`us`), which each
request asks for and each answer has to confirm (R29).
"""

from dataclasses import dataclass
from datetime import datetime

from vouchsafe.domain.prompt import Words
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.models.config import ModelConfig, needed_key
from vouchsafe.plugins.models.reading import body_of, count_at, list_at, optional_text_at, post, text_at
from vouchsafe.ports.model import Malformed, ModelAnswer, Place, Stop
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
        body = {
            "model": self.place.model,
            "system": words.system,
            "messages": [{"role": "user", "content": words.user}],
            "max_tokens": max_tokens,
            "inference_geo": self.place.region,
            "stream": False,
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
