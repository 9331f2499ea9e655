"""The interface generateContent, in parts streamGenerateContent. `endpoint` is all that stands before the model's name:
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
        return self._request("generateContent", words, max_tokens)

    def streaming_request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """The same, in parts. Raises: WrongKey."""
        del at
        return self._request("streamGenerateContent?alt=sse", words, max_tokens)

    def stream(self) -> AnswerStream:
        """A reader of its responses."""
        return VertexStream()

    def answer(self, reply: HttpReply) -> ModelAnswer:
        """The text of every part. Raises: Malformed, also where the model calls tools that it was not given."""
        found = _Answer()
        found.add(body_of(reply))
        return found.whole()

    def _request(self, method: str, words: Words, max_tokens: int) -> HttpRequest:
        body: dict[str, Any] = {
            "systemInstruction": {"parts": [{"text": words.system}]},
            "contents": [{"role": "user", "parts": [{"text": words.user}]}],
            "generationConfig": {"maxOutputTokens": max_tokens, "temperature": 0, "candidateCount": 1},
        }
        url = f"{self.place.endpoint}/models/{quote(self.place.model, safe='')}:{method}"
        return post(url, {"authorization": f"Bearer {needed_key(self.config)}"}, body)


class VertexStream:
    """Responses that each hold a piece of one answer; the last one tells how it stopped."""

    def __init__(self) -> None:
        self._events = ServerEvents()
        self._answer = _Answer()

    def take(self, part: bytes) -> str:
        """The words in the responses that these bytes complete. Raises: Malformed."""
        return "".join([self._answer.add(object_of(event.data)) for event in self._events.take(part)])

    def whole(self) -> ModelAnswer:
        """The answer. Raises: Malformed where the stream ended before the model did."""
        return self._answer.whole()


class _Answer:
    """One answer, of one response or of several. Words after its end, other candidates and tools are lies."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._stop: Stop | None = None
        self._tokens: tuple[int | None, int | None] = (None, None)
        self._model = ""

    def add(self, said: Json) -> str:
        """The words of a response. Raises: Malformed."""
        if at(said, "error") is not None or self._stop is not None:
            raise Malformed("the provider broke its answer off, or goes on after its end")
        self._model = optional_text_at(said, "modelVersion") or self._model
        if at(said, "usageMetadata") is not None:
            # Each response counts what came so far: the last count holds.
            self._tokens = _tokens(said)
        if optional_text_at(said, "promptFeedback", "blockReason"):
            self._stop = Stop.REFUSED
            return ""
        if len(list_at(said, "candidates")) != 1 or count_at(said, "candidates", 0, "index"):
            raise Malformed("the provider gives more than one answer, or none")
        words = "" if at(said, "candidates", 0, "content", "parts") is None else "".join(_parts(said))
        reason = optional_text_at(said, "candidates", 0, "finishReason")
        if reason and reason not in _STOPS:
            raise Malformed("the model stopped for a reason that we do not know")
        self._stop = _STOPS[reason] if reason else None
        self._text.append(words)
        return words

    def whole(self) -> ModelAnswer:
        """The answer. Raises: Malformed where it has no end or no words."""
        if self._stop is None:
            raise Malformed("the answer broke off before the model stopped")
        text = "".join(self._text)
        if not text and self._stop is not Stop.REFUSED:
            raise Malformed("the answer is empty")
        return ModelAnswer(PhiText(text), self._stop, *self._tokens, self._model)


def _tokens(said: Json) -> tuple[int | None, int | None]:
    """Tokens in and out; thoughts count as written."""
    written = count_at(said, "usageMetadata", "candidatesTokenCount")
    thought = count_at(said, "usageMetadata", "thoughtsTokenCount")
    return (
        count_at(said, "usageMetadata", "promptTokenCount"),
        None if written is None else written + (thought or 0),
    )


def _parts(said: Json) -> list[str]:
    parts = list_at(said, "candidates", 0, "content", "parts")
    if any(at(part, "functionCall") is not None for part in parts):
        raise Malformed("the model calls tools, and was given none")
    # Parts marked as thoughts are no part of the answer.
    return [text_at(part, "text") for part in parts if at(part, "thought") is not True]
