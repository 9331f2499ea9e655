"""Chat completions as OpenAI has them, and as vLLM, Ollama and llama.cpp imitate them.

`endpoint` is the base that clients are given, such as `https://api.openai.com/v1` or `http://127.0.0.1:8000/v1`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from vouchsafe.domain.prompt import Words
from vouchsafe.plugins.models import chat_completions
from vouchsafe.plugins.models.config import ModelConfig, key_of
from vouchsafe.plugins.models.reading import post
from vouchsafe.ports.model import AnswerStream, ModelAnswer, Place
from vouchsafe.ports.wire import HttpReply, HttpRequest

_OPENAI = "api.openai.com"


@dataclass(frozen=True, slots=True)
class OpenAiCompatible:
    """A model behind chat completions."""

    config: ModelConfig

    @property
    def kind(self) -> str:
        """Name of the plugin."""
        return "openai_compatible"

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.config.place

    def request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """One answer, without tools. Raises: WrongKey."""
        del at
        return self._request(words, max_tokens, {"stream": False})

    def streaming_request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """The same, in parts. Raises: WrongKey."""
        del at
        return self._request(words, max_tokens, chat_completions.STREAMED)

    def stream(self) -> AnswerStream:
        """A reader of its chunks."""
        return chat_completions.ChatStream()

    def answer(self, reply: HttpReply) -> ModelAnswer:
        """What the choice says. Raises: Malformed."""
        return chat_completions.answer(reply)

    def _request(self, words: Words, max_tokens: int, how: dict[str, Any]) -> HttpRequest:
        body: dict[str, Any] = {
            "model": self.place.model,
            "messages": chat_completions.messages(words),
            "n": 1,
            **how,
        }
        if urlsplit(self.place.endpoint).hostname == _OPENAI:
            # `store`: nothing of it shall stay in the provider's log of completions (R68). No temperature: models that
            # reason refuse one.
            body |= {"store": False, "max_completion_tokens": max_tokens}
        else:
            body |= {"max_tokens": max_tokens, "temperature": 0}
        key = key_of(self.config)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return post(f"{self.place.endpoint}/chat/completions", headers, body)
