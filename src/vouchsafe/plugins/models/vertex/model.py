"""The interface generateContent. `endpoint` is all that stands before the model's name:
`https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION/publishers/google`.

The key file holds an access token, which a program of the operator's renews (decision 0030).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from vouchsafe.domain.prompt import Words
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.models.config import ModelConfig, WrongPlace, needed_key
from vouchsafe.plugins.models.reading import Json, at, body_of, count_at, list_at, optional_text_at, post, text_at
from vouchsafe.ports.model import Malformed, ModelAnswer, Place, Stop
from vouchsafe.ports.wire import HttpReply, HttpRequest

_GOOGLE = "aiplatform.googleapis.com"
_REFUSALS = frozenset({"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"})
_STOPS = {"STOP": Stop.END, "MAX_TOKENS": Stop.LENGTH, **dict.fromkeys(_REFUSALS, Stop.REFUSED)}


@dataclass(frozen=True, slots=True)
class Vertex:
    """A model behind generateContent. Raises: WrongPlace for an endpoint that is not in the region."""

    config: ModelConfig

    def __post_init__(self) -> None:
        place = self.config.place
        parts = urlsplit(place.endpoint)
        host = parts.hostname or ""
        if host.endswith(_GOOGLE) and host != f"{place.region}-{_GOOGLE}":
            raise WrongPlace(f"the endpoint {host} is not in the region {place.region}")
        if f"/locations/{place.region}/" not in f"{parts.path}/":
            raise WrongPlace(f"the endpoint's path does not name the location {place.region}")

    @property
    def kind(self) -> str:
        """Name of the plugin."""
        return "vertex"

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.config.place

    def request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """One answer, without tools. Raises: WrongKey."""
        del at
        body: dict[str, Any] = {
            "systemInstruction": {"parts": [{"text": words.system}]},
            "contents": [{"role": "user", "parts": [{"text": words.user}]}],
            "generationConfig": {"maxOutputTokens": max_tokens, "temperature": 0, "candidateCount": 1},
        }
        url = f"{self.place.endpoint}/models/{quote(self.place.model, safe='')}:generateContent"
        return post(url, {"authorization": f"Bearer {needed_key(self.config)}"}, body)

    def answer(self, reply: HttpReply) -> ModelAnswer:
        """The text of every part. Raises: Malformed, also where the model calls tools that it was not given."""
        said = body_of(reply)
        if optional_text_at(said, "promptFeedback", "blockReason"):
            return self._answered(said, "", Stop.REFUSED)
        reason = text_at(said, "candidates", 0, "finishReason")
        if reason not in _STOPS:
            raise Malformed("the model stopped for a reason that we do not know")
        stop = _STOPS[reason]
        parts = [] if at(said, "candidates", 0, "content", "parts") is None else _parts(said)
        if not parts and stop is not Stop.REFUSED:
            raise Malformed("the answer is empty")
        return self._answered(said, "".join(parts), stop)

    def _answered(self, said: Json, text: str, stop: Stop) -> ModelAnswer:
        written = count_at(said, "usageMetadata", "candidatesTokenCount")
        thought = count_at(said, "usageMetadata", "thoughtsTokenCount")
        return ModelAnswer(
            PhiText(text),
            stop,
            count_at(said, "usageMetadata", "promptTokenCount"),
            None if written is None else written + (thought or 0),
            optional_text_at(said, "modelVersion"),
        )


def _parts(said: Json) -> list[str]:
    parts = list_at(said, "candidates", 0, "content", "parts")
    if any(at(part, "functionCall") is not None for part in parts):
        raise Malformed("the model calls tools, and was given none")
    # Parts marked as thoughts are no part of the answer.
    return [text_at(part, "text") for part in parts if at(part, "thought") is not True]
