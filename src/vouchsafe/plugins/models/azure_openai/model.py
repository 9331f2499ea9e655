"""Chat completions of one deployment. `endpoint` is the resource, `https://NAME.openai.azure.com`.

`model` is the name of the deployment. The interface does not tell where a deployment computes: one of the type "Global"
or "Data Zone" leaves its region. The row of the agreement is confirmed by a person for that reason too.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from vouchsafe.domain.prompt import Words
from vouchsafe.plugins.models import chat_completions
from vouchsafe.plugins.models.config import ModelConfig, needed_key
from vouchsafe.plugins.models.reading import post
from vouchsafe.ports.model import AnswerStream, ModelAnswer, Place
from vouchsafe.ports.wire import HttpReply, HttpRequest

API_VERSION = "2024-10-21"
"""The interface's version, which Azure asks every caller to name."""


@dataclass(frozen=True, slots=True)
class AzureOpenAi:
    """A deployment."""

    config: ModelConfig

    @property
    def kind(self) -> str:
        """Name of the plugin."""
        return "azure_openai"

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
        path = f"openai/deployments/{quote(self.place.model, safe='')}/chat/completions"
        body = {
            "messages": chat_completions.messages(words),
            "max_tokens": max_tokens,
            "temperature": 0,
            "n": 1,
            **how,
        }
        return post(
            f"{self.place.endpoint}/{path}?api-version={API_VERSION}", {"api-key": needed_key(self.config)}, body
        )
