"""The interface Converse. `endpoint` is `https://bedrock-runtime.REGION.amazonaws.com`, or a private one.

The key file holds one line, an API key of Bedrock, or two or three: access key, secret, session token.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from vouchsafe.domain.prompt import Words
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.models.bedrock.signing import Credentials, signed
from vouchsafe.plugins.models.config import ModelConfig, WrongPlace, key_lines
from vouchsafe.plugins.models.reading import body_of, count_at, list_at, post, text_at
from vouchsafe.ports.model import Malformed, ModelAnswer, Place, Stop, WrongKey
from vouchsafe.ports.wire import HttpReply, HttpRequest

_ACROSS_REGIONS = re.compile(r"(?:us|us-gov|eu|apac|jp|au|ca|sa|me|af|global)\.|arn:.*:inference-profile/")
"""Begins the name of an inference profile, by which AWS computes in other regions than the one that is asked."""
_STOPS = {
    "end_turn": Stop.END,
    "stop_sequence": Stop.END,
    "max_tokens": Stop.LENGTH,
    "guardrail_intervened": Stop.REFUSED,
    "content_filtered": Stop.REFUSED,
}
_LONGEST_KEY_FILE = 3


@dataclass(frozen=True, slots=True)
class Bedrock:
    """A model behind Converse. Raises: WrongPlace for a profile across regions, or an endpoint of another region."""

    config: ModelConfig

    def __post_init__(self) -> None:
        place = self.config.place
        host = urlsplit(place.endpoint).hostname or ""
        if host.endswith(".amazonaws.com") and f".{place.region}." not in host:
            raise WrongPlace(f"the endpoint {host} is not in the region {place.region}")
        if _ACROSS_REGIONS.match(place.model):
            raise WrongPlace(
                "this model is a profile across regions, which computes wherever there is room; name the model itself"
            )

    @property
    def kind(self) -> str:
        """Name of the plugin."""
        return "bedrock"

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.config.place

    def request(self, words: Words, *, max_tokens: int, at: datetime) -> HttpRequest:
        """One answer, without tools. Raises: WrongKey."""
        body: dict[str, Any] = {
            "system": [{"text": words.system}],
            "messages": [{"role": "user", "content": [{"text": words.user}]}],
            "inferenceConfig": {"maxTokens": max_tokens},
        }
        if not self.place.model.startswith("anthropic."):
            # Newer models of this vendor refuse any temperature.
            body["inferenceConfig"]["temperature"] = 0
        plain = post(f"{self.place.endpoint}/model/{quote(self.place.model, safe='')}/converse", {}, body)
        lines = key_lines(self.config)
        if len(lines) == 1:
            return post(plain.url, {"authorization": f"Bearer {lines[0]}"}, body)
        if not lines or len(lines) > _LONGEST_KEY_FILE:
            raise WrongKey("the key file of Bedrock holds one line (API key), or access key, secret and session token")
        headers = dict(plain.headers)
        both = signed(plain.url, headers, plain.body, Credentials(*lines), self.place.region, "bedrock", at)
        return HttpRequest(plain.url, tuple((n, v) for n, v in both.items() if n != "host"), plain.body)

    def answer(self, reply: HttpReply) -> ModelAnswer:
        """The text of every block. Raises: Malformed, also where the model calls tools that it was not given."""
        said = body_of(reply)
        reason = text_at(said, "stopReason")
        if reason not in _STOPS:
            raise Malformed("the model stopped for a reason that we do not know")
        blocks = list_at(said, "output", "message", "content")
        if any(set(block) != {"text"} if isinstance(block, dict) else True for block in blocks):
            raise Malformed("the answer holds more than text")
        if not blocks and _STOPS[reason] is not Stop.REFUSED:
            raise Malformed("the answer is empty")
        return ModelAnswer(
            PhiText("".join(text_at(block, "text") for block in blocks)),
            _STOPS[reason],
            count_at(said, "usage", "inputTokens"),
            count_at(said, "usage", "outputTokens"),
            "",
        )
