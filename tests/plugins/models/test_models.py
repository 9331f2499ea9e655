"""Each provider's plugin: the contract of all models, and its own interface against an imitation of the provider."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import StillClock

from vouchsafe.governance.routing import Router
from vouchsafe.plugins.models.anthropic import Anthropic
from vouchsafe.plugins.models.azure_openai import AzureOpenAi
from vouchsafe.plugins.models.bedrock import Bedrock
from vouchsafe.plugins.models.bedrock.signing import Credentials, signed
from vouchsafe.plugins.models.config import ModelConfig, WrongPlace
from vouchsafe.plugins.models.openai_compatible import OpenAiCompatible
from vouchsafe.plugins.models.vertex import Vertex
from vouchsafe.plugins.wires.https import HttpsWire
from vouchsafe.ports.model import Malformed, Model, ModelAnswer, Place, Stop, WrongKey
from vouchsafe.testing import model_servers
from vouchsafe.testing.agreements import a_register, an_own_model
from vouchsafe.testing.model_contract import NOW, WORDS, ModelContract, reply
from vouchsafe.testing.model_servers import KEY, Asked, Provider, running
from vouchsafe.testing.models import PLENTY, ListLedger, QuickPause, a_question

GOOGLE = "/v1/projects/p/locations/us-east1/publishers/google"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    return file


@pytest.fixture
def key() -> str:
    return KEY


def good_of(provider: Provider, path: str, headers: dict[str, str]) -> dict[str, Any]:
    """The imitation's own reply, without a server between."""
    body = {"model": "large-2", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}], "contents": []}
    if "converse" in path:
        body["messages"] = [{"role": "user", "content": [{"text": "x"}]}]
    status, answer = provider(Asked(path, {**headers, "anthropic-version": "2026-10-21"}, body), "[1]")
    assert status == 200, answer
    return answer


class TestOpenAiCompatible(ModelContract):
    """OpenAI and its imitators."""

    @pytest.fixture
    def model(self, key_file: Path) -> Model:
        return OpenAiCompatible(ModelConfig(Place("https://api.openai.com/v1", "us", "large-2"), key_file))

    @pytest.fixture
    def key(self) -> str:
        return KEY

    @pytest.fixture
    def good(self) -> dict[str, Any]:
        return good_of(model_servers.openai, "/v1/chat/completions", {"authorization": f"Bearer {KEY}"})

    def test_openai_is_asked_to_store_nothing(self, model: Model) -> None:
        assert json.loads(model.request(WORDS, max_tokens=5, at=NOW).body)["store"] is False

    def test_a_server_of_ones_own_needs_no_key(self) -> None:
        own = OpenAiCompatible(ModelConfig(Place("http://127.0.0.1:8000/v1", "on-premises", "small")))

        request = own.request(WORDS, max_tokens=5, at=NOW)

        assert "authorization" not in dict(request.headers)
        assert json.loads(request.body)["max_tokens"] == 5

    @pytest.mark.parametrize(
        ("reason", "stop"), [("stop", Stop.END), ("length", Stop.LENGTH), ("content_filter", Stop.REFUSED)]
    )
    def test_why_it_stopped_is_told(self, model: Model, good: dict[str, Any], reason: str, stop: Stop) -> None:
        good["choices"][0]["finish_reason"] = reason

        assert model.answer(reply(good)).stop is stop

    def test_a_refusal_is_no_answer(self, model: Model, good: dict[str, Any]) -> None:
        good["choices"][0]["message"] |= {"content": None, "refusal": "I cannot"}

        assert model.answer(reply(good)).stop is Stop.REFUSED

    @pytest.mark.parametrize("change", [{"tool_calls": [{"id": "1"}]}, {"content": None}])
    def test_tools_and_silence_are_malformed(self, model: Model, good: dict[str, Any], change: dict[str, Any]) -> None:
        good["choices"][0]["message"] |= change

        with pytest.raises(Malformed):
            model.answer(reply(good))


class TestAzureOpenAi(ModelContract):
    """A deployment of Azure."""

    @pytest.fixture
    def model(self, key_file: Path) -> Model:
        return AzureOpenAi(ModelConfig(Place("https://clinic.openai.azure.com", "eastus", "our deployment"), key_file))

    @pytest.fixture
    def key(self) -> str:
        return KEY

    @pytest.fixture
    def good(self) -> dict[str, Any]:
        path = "/openai/deployments/d/chat/completions?api-version=1"
        return good_of(model_servers.azure_openai, path, {"api-key": KEY})

    def test_the_deployment_stands_in_the_path_quoted(self, model: Model) -> None:
        assert "/openai/deployments/our%20deployment/chat" in model.request(WORDS, max_tokens=5, at=NOW).url


class TestAnthropic(ModelContract):
    """The Messages API."""

    @pytest.fixture
    def model(self, key_file: Path) -> Model:
        return Anthropic(ModelConfig(Place("https://api.anthropic.com", "us", "large-2"), key_file))

    @pytest.fixture
    def key(self) -> str:
        return KEY

    @pytest.fixture
    def good(self) -> dict[str, Any]:
        return good_of(model_servers.anthropic, "/v1/messages", {"x-api-key": KEY})

    @pytest.mark.parametrize(
        ("reason", "stop"), [("max_tokens", Stop.LENGTH), ("refusal", Stop.REFUSED), ("stop_sequence", Stop.END)]
    )
    def test_why_it_stopped_is_told(self, model: Model, good: dict[str, Any], reason: str, stop: Stop) -> None:
        assert model.answer(reply({**good, "stop_reason": reason})).stop is stop

    @pytest.mark.parametrize(
        "change",
        [
            {"content": [{"type": "tool_use", "id": "1", "name": "fetch", "input": {}}]},
            {"content": []},
            {"content": [{"type": "thinking", "thinking": "hmm", "signature": "x"}]},
            {"usage": {"input_tokens": 40, "output_tokens": 2, "inference_geo": "global"}},
            {"usage": {"input_tokens": 40, "output_tokens": 2}},
            {"stop_reason": "pause_turn"},
            {"stop_reason": "tool_use"},
        ],
    )
    def test_more_or_less_than_text_of_the_region_is_malformed(
        self, model: Model, good: dict[str, Any], change: dict[str, Any]
    ) -> None:
        with pytest.raises(Malformed):
            model.answer(reply({**good, **change}))

    def test_each_request_asks_for_the_region_of_the_agreement(self, model: Model) -> None:
        body = json.loads(model.request(WORDS, max_tokens=5, at=NOW).body)

        assert body["inference_geo"] == "us"
        assert "temperature" not in body

    def test_thoughts_are_no_part_of_the_answer(self, model: Model, good: dict[str, Any]) -> None:
        thought = {"type": "thinking", "thinking": "hmm", "signature": "x"}

        assert model.answer(reply({**good, "content": [thought, *good["content"]]})).text.value == "[1]"


BEDROCK = "https://bedrock-runtime.us-east-1.amazonaws.com"


class TestBedrock(ModelContract):
    """Converse, signed."""

    @pytest.fixture
    def model(self, tmp_path: Path) -> Model:
        file = tmp_path / "key"
        file.write_text("AKIDEXAMPLE\nnever-sent-secret\n")
        return Bedrock(ModelConfig(Place(BEDROCK, "us-east-1", "vendor.large-2-v1:0"), file))

    @pytest.fixture
    def key(self) -> str:
        return "never-sent-secret"

    @pytest.fixture
    def good(self) -> dict[str, Any]:
        return good_of(model_servers.bedrock, "/model/m/converse", {"authorization": f"Bearer {KEY}"})

    def test_the_secret_itself_is_sent_nowhere(self, model: Model) -> None:
        request = model.request(WORDS, max_tokens=5, at=NOW)

        assert "never-sent-secret" not in str(request.headers)
        assert dict(request.headers)["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260302/")

    def test_an_api_key_is_sent_as_it_is(self, key_file: Path) -> None:
        model = Bedrock(ModelConfig(Place(BEDROCK, "us-east-1", "vendor.large-2-v1:0"), key_file))

        assert dict(model.request(WORDS, max_tokens=5, at=NOW).headers)["authorization"] == f"Bearer {KEY}"

    @pytest.mark.parametrize(
        ("place", "words"),
        [
            (Place(BEDROCK, "eu-central-1", "vendor.large-2"), "not in the region"),
            (Place(BEDROCK, "us-east-1", "us.vendor.large-2"), "profile across regions"),
            (Place(BEDROCK, "us-east-1", "global.vendor.large-2"), "profile across regions"),
            (Place(BEDROCK, "us-east-1", "arn:aws:bedrock:us-east-1:1:inference-profile/us.v"), "profile across"),
        ],
    )
    def test_a_model_that_computes_elsewhere_is_refused(self, place: Place, words: str) -> None:
        with pytest.raises(WrongPlace, match=words):
            Bedrock(ModelConfig(place))

    @pytest.mark.parametrize("content", ["", "a\nb\nc\nd\n"])
    def test_a_key_file_of_another_shape_is_refused(self, content: str, tmp_path: Path) -> None:
        file = tmp_path / "other"
        file.write_text(content)
        with pytest.raises(WrongKey):
            Bedrock(ModelConfig(Place(BEDROCK, "us-east-1", "v.l"), file)).request(WORDS, max_tokens=5, at=NOW)


HAIKU = "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse"
PROVISIONED = (
    "https://bedrock-runtime.eu-central-1.amazonaws.com/model/"
    "arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aprovisioned-model%2Fabc~1/converse"
)


@pytest.mark.parametrize(
    ("url", "session", "signature"),
    [
        (HAIKU, "", "91c4cf1be1ad6ad33fa7dd8a5f03a8f9b08fc6859f311ad002dc43458a59ec59"),
        (PROVISIONED, "", "00795e291c23ae02b3e67321182c513845b9e6e42d9fba070733c36876685d1b"),
        (HAIKU, "SESSIONTOKEN//==", "129db6ef2fe2f0f6a3d8a3c79cec28c5a461cedaa14911b9c85492904784df97"),
        (PROVISIONED, "SESSIONTOKEN//==", "2217b2dc7781dfe7e3f4454f21ce9731ab56ce26f9884fef881ba718cba06be2"),
    ],
)
def test_signatures_equal_those_of_botocore(url: str, session: str, signature: str) -> None:
    # Made with botocore 1.44.5, which cannot stand beside our other packages (decision 0030).
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", session)
    headers = {"content-type": "application/json", "accept": "application/json"}

    made = signed(url, headers, b'{"x":1}', credentials, url.split(".")[1], "bedrock", NOW)

    assert made["authorization"].endswith(f"Signature={signature}")
    assert "wJalr" not in repr(made) + repr(credentials)


class TestVertex(ModelContract):
    """generateContent."""

    @pytest.fixture
    def model(self, key_file: Path) -> Model:
        endpoint = f"https://us-east1-aiplatform.googleapis.com{GOOGLE}"
        return Vertex(ModelConfig(Place(endpoint, "us-east1", "large-2"), key_file))

    @pytest.fixture
    def key(self) -> str:
        return KEY

    @pytest.fixture
    def good(self) -> dict[str, Any]:
        path = f"{GOOGLE}/models/large-2:generateContent"
        return good_of(model_servers.vertex, path, {"authorization": f"Bearer {KEY}"})

    @pytest.mark.parametrize(
        ("endpoint", "region"),
        [
            (f"https://us-east1-aiplatform.googleapis.com{GOOGLE}", "europe-west4"),
            (f"https://aiplatform.googleapis.com{GOOGLE}", "us-east1"),
            (f"https://us-east1-aiplatform.googleapis.com{GOOGLE.replace('us-east1', 'global')}", "us-east1"),
        ],
    )
    def test_an_endpoint_of_another_place_is_refused(self, endpoint: str, region: str) -> None:
        with pytest.raises(WrongPlace):
            Vertex(ModelConfig(Place(endpoint, region, "large-2")))

    def test_a_blocked_prompt_is_a_refusal(self, model: Model) -> None:
        answer = model.answer(reply({"promptFeedback": {"blockReason": "SAFETY"}}))

        assert (answer.text.value, answer.stop) == ("", Stop.REFUSED)

    def test_thoughts_are_no_part_of_the_answer_and_count_as_tokens(self, model: Model, good: dict[str, Any]) -> None:
        good["candidates"][0]["content"]["parts"].insert(0, {"text": "hmm", "thought": True})
        good["usageMetadata"]["thoughtsTokenCount"] = 100

        answer = model.answer(reply(good))

        assert (answer.text.value, answer.tokens_out) == ("[1]", 102)

    def test_a_call_of_a_tool_is_malformed(self, model: Model, good: dict[str, Any]) -> None:
        good["candidates"][0]["content"]["parts"] = [{"functionCall": {"name": "fetch"}}]

        with pytest.raises(Malformed):
            model.answer(reply(good))


@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"two words", b"\xff\xfe", "ключ".encode()])
@pytest.mark.parametrize("plugin", [OpenAiCompatible, AzureOpenAi, Anthropic, Bedrock, Vertex])
def test_a_key_file_that_holds_no_key_is_refused_without_quoting_it(
    content: bytes | None, plugin: Any, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    place = Place("https://models.provider.example/locations/r/v1", "r", "large-2")

    with pytest.raises(WrongKey) as refused:
        plugin(ModelConfig(place, file)).request(WORDS, max_tokens=5, at=NOW)

    assert "words" not in str(refused.value)


@pytest.mark.parametrize("plugin", [AzureOpenAi, Anthropic, Bedrock, Vertex])
def test_a_provider_that_asks_for_a_key_is_not_asked_without_one(plugin: Any) -> None:
    place = Place("https://models.provider.example/locations/r/v1", "r", "large-2")

    with pytest.raises(WrongKey):
        plugin(ModelConfig(place)).request(WORDS, max_tokens=5, at=NOW)


def test_a_key_that_was_renewed_is_used_at_once(key_file: Path) -> None:
    model = Anthropic(ModelConfig(Place("https://api.anthropic.com", "us", "large-2"), key_file))
    key_file.write_text("renewed")

    assert dict(model.request(WORDS, max_tokens=5, at=NOW).headers)["x-api-key"] == "renewed"


WAYS: list[tuple[Any, Provider, str]] = [
    (OpenAiCompatible, model_servers.openai, "/v1"),
    (AzureOpenAi, model_servers.azure_openai, ""),
    (Anthropic, model_servers.anthropic, ""),
    (Bedrock, model_servers.bedrock, ""),
    (Vertex, model_servers.vertex, GOOGLE),
]


@pytest.mark.parametrize(("plugin", "provider", "below"), WAYS)
def test_the_whole_way_through_the_door_to_a_provider_and_back(
    plugin: Any, provider: Provider, below: str, key_file: Path
) -> None:
    clock, ledger = StillClock(), ListLedger()
    with running(provider) as server:
        server.says, server.fails = "The clinic is open. [1]", [503]
        place = Place(f"{server.url}{below}", "us-east1", "large-2")
        register = a_register(an_own_model(endpoint=place.endpoint, region=place.region))
        router = Router(
            model=plugin(ModelConfig(place, key_file)),
            register=lambda: register,
            wire=HttpsWire(),
            ledger=ledger,
            clock=clock,
            pause=QuickPause(lambda seconds: clock.advance(seconds=seconds)),
            most_a_day=PLENTY,
        )
        answer = router.ask(a_question("When are you open?"))

    assert isinstance(answer, ModelAnswer), answer
    assert answer.text.value == "The clinic is open. [1]"
    assert len(server.asked) == 2
    assert "When are you open?" in json.dumps(server.asked[1].body)
    assert [event.type.value for event in ledger.events] == ["model:called", "model:answered"] * 2
    assert ledger.days[datetime(2026, 3, 2, tzinfo=UTC).date()].tokens == 42
