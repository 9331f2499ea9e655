"""Answers that come in parts: the same words as a whole answer, however the bytes are cut, and no word of a lie."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vouchsafe.plugins.models.anthropic import Anthropic
from vouchsafe.plugins.models.azure_openai import AzureOpenAi
from vouchsafe.plugins.models.chat_completions import ChatStream
from vouchsafe.plugins.models.config import ModelConfig
from vouchsafe.plugins.models.events import ServerEvents
from vouchsafe.plugins.models.openai_compatible import OpenAiCompatible
from vouchsafe.plugins.models.vertex import Vertex
from vouchsafe.plugins.models.vertex.model import VertexStream
from vouchsafe.ports.model import AnswerStream, Malformed, Model, Place, Stop, Streams
from vouchsafe.testing import model_servers
from vouchsafe.testing.model_contract import NOW, WORDS
from vouchsafe.testing.model_servers import KEY, Asked, streamed

SAYS = "We are open, \u4f60\u597d. [1]\nPark behind the house. [2]"
HEADERS = {
    "openai": {"authorization": f"Bearer {KEY}"},
    "azure_openai": {"api-key": KEY},
    "anthropic": {"x-api-key": KEY, "anthropic-version": "2026-10-21"},
    "vertex": {"authorization": f"Bearer {KEY}"},
}


@pytest.fixture(params=["openai", "azure_openai", "anthropic", "vertex"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def model(kind: str, tmp_path: Path) -> Model:
    file = tmp_path / "key"
    file.write_text(KEY)
    match kind:
        case "openai":
            return OpenAiCompatible(ModelConfig(Place("https://api.openai.com/v1", "us", "large-2"), file))
        case "azure_openai":
            return AzureOpenAi(ModelConfig(Place("https://clinic.openai.azure.com", "eastus", "ours"), file))
        case "vertex":
            google = "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/google"
            return Vertex(ModelConfig(Place(google, "us-east5", "large-2"), file))
        case _:
            return Anthropic(ModelConfig(Place("https://api.anthropic.com", "us", "large-2"), file))


@pytest.fixture
def parts(kind: str, model: Model) -> list[bytes]:
    """The events of the imitation for this model's own request."""
    assert isinstance(model, Streams)
    request = model.streaming_request(WORDS, max_tokens=50, at=NOW)
    path = request.url.removeprefix(model.place.endpoint)
    before = {"openai": "/v1", "vertex": "/publishers/google"}.get(kind, "")
    asked = Asked(f"{before}{path}", HEADERS[kind], json.loads(request.body))
    status, answer = getattr(model_servers, kind)(asked, SAYS)
    assert status == 200
    return streamed(asked, answer)


def read(model: Model, parts: Iterator[bytes] | list[bytes]) -> tuple[str, Any]:
    assert isinstance(model, Streams)
    stream = model.stream()
    heard = "".join([stream.take(part) for part in parts])
    return heard, stream.whole()


def test_a_streaming_request_is_the_plain_one_but_for_the_wish_to_stream(model: Model) -> None:
    assert isinstance(model, Streams)
    plain = model.request(WORDS, max_tokens=50, at=NOW)
    wished = model.streaming_request(WORDS, max_tokens=50, at=NOW)
    body = json.loads(wished.body)

    if isinstance(model, Vertex):
        # Its wish stands in the address.
        assert wished.url == plain.url.replace(":generateContent", ":streamGenerateContent?alt=sse")
        assert (wished.headers, wished.body) == (plain.headers, plain.body)
        return
    assert (wished.url, wished.headers) == (plain.url, plain.headers)
    assert body.pop("stream") is True
    body.pop("stream_options", None)
    assert {**body, "stream": False} == json.loads(plain.body)


@pytest.mark.parametrize("size", [1, 2, 7, 100, 100_000])
def test_the_words_are_the_same_however_the_bytes_are_cut(model: Model, parts: list[bytes], size: int) -> None:
    whole = b"".join(parts)

    heard, answer = read(model, [whole[at : at + size] for at in range(0, len(whole), size)])

    assert heard == answer.text.value == SAYS
    assert (answer.stop, answer.tokens_in, answer.tokens_out) == (Stop.END, 40, 2)


def test_lines_may_end_as_on_other_systems(model: Model, parts: list[bytes]) -> None:
    assert read(model, [part.replace(b"\n", b"\r\n") for part in parts])[0] == SAYS


def test_a_stream_that_ends_before_the_model_stopped_is_no_answer(model: Model, parts: list[bytes]) -> None:
    # All but the events at the end, which tell that and how the model stopped.
    for count in range(len(parts) - 3):
        with pytest.raises(Malformed, match="broke off"):
            read(model, parts[:count])


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    "lie",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        b"data: \xff\n\n",
        b'data: {"error": {"message": "overloaded"}, "type": "error"}\n\n',
    ],
)
def test_what_is_no_event_of_the_provider_ends_the_reading(
    model: Model, parts: list[bytes], lie: bytes, place: int
) -> None:
    with pytest.raises(Malformed) as error:
        read(model, [*parts[:place], lie, *parts[place:]])
    assert "open" not in str(error.value)


def take_all(stream: AnswerStream, parts: list[bytes]) -> str:
    return "".join([stream.take(part) for part in parts])


def chunk(**choice: Any) -> bytes:
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


END = chunk(index=0, delta={}, finish_reason="stop")


@pytest.mark.parametrize(
    "lies",
    [
        [chunk(index=1, delta={"content": "other"})],
        [b'data: {"choices": [{"index": 0, "delta": {}}, {"index": 1, "delta": {}}]}\n\n'],
        [chunk(index={}, delta={"content": "other"})],
        [chunk(index=[], delta={"content": "other"})],
        [chunk(index="0", delta={"content": "other"})],
        [chunk(index=0, delta={"content": "half \ud800 a letter"})],
        [chunk(index=0, delta={"tool_calls": [{"index": 0}]})],
        [chunk(index=0, delta={"function_call": {"name": "f"}})],
        [chunk(index=0, delta={"content": 5})],
        [chunk(index=0, delta={}, finish_reason="tool_calls")],
        [END, END],
        [END, chunk(index=0, delta={"content": "more"})],
        [END, b"data: [DONE]\n\n", chunk(index=0, delta={})],
        [b'data: {"choices": [], "usage": {"prompt_tokens": -1, "completion_tokens": 1}}\n\n'],
    ],
)
def test_a_chat_completion_that_is_more_than_one_answer_is_malformed(lies: list[bytes]) -> None:
    stream = ChatStream()

    with pytest.raises(Malformed):
        take_all(stream, [chunk(index=0, delta={"content": "We are open."}), *lies])


def test_a_refusal_in_a_stream_is_no_answer() -> None:
    stream = ChatStream()
    for one in (chunk(index=0, delta={"refusal": "I cannot"}), END):
        stream.take(one)

    assert stream.whole().stop is Stop.REFUSED


def test_without_its_last_event_a_chat_completion_is_whole_but_uncounted() -> None:
    stream = ChatStream()
    for one in (chunk(index=0, delta={"content": "Open."}), END):
        stream.take(one)

    assert (stream.whole().text.value, stream.whole().tokens_in) == ("Open.", None)


def event(**said: Any) -> bytes:
    return f"data: {json.dumps(said)}\n\n".encode()


def start(region: str = "us") -> bytes:
    return event(type="message_start", message={"model": "m", "usage": {"input_tokens": 4, "inference_geo": region}})


BLOCK = event(type="content_block_start", index=0, content_block={"type": "text", "text": ""})
WORD = event(type="content_block_delta", index=0, delta={"type": "text_delta", "text": "Open."})
STOP = event(type="message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 2})


@pytest.mark.parametrize(
    "lies",
    [
        [start("global")],
        [event(type="message_start", message={"usage": {"input_tokens": 4}})],
        [BLOCK],
        [WORD],
        [start(), start()],
        [start(), WORD],
        [start(), event(type="content_block_start", index=0, content_block={"type": "tool_use", "id": "1"})],
        [start(), event(type="content_block_start", index=0, content_block={"type": "text", "text": "hidden"})],
        [start(), BLOCK, BLOCK],
        [start(), BLOCK, event(type="content_block_delta", index=0, delta={"type": "input_json_delta"})],
        [start(), BLOCK, STOP, WORD],
        [start(), BLOCK, STOP, STOP],
        [start(), BLOCK, event(type="message_delta", delta={"stop_reason": "tool_use"}, usage={})],
        [start(), BLOCK, WORD, STOP, event(type="message_stop"), WORD],
    ],
)
def test_a_message_of_another_region_or_more_than_text_is_malformed(lies: list[bytes]) -> None:
    stream = Anthropic(ModelConfig(Place("https://api.anthropic.com", "us", "large-2"))).stream()

    with pytest.raises(Malformed):
        take_all(stream, lies)


def test_thoughts_in_a_stream_are_no_part_of_the_answer() -> None:
    stream = Anthropic(ModelConfig(Place("https://api.anthropic.com", "us", "large-2"))).stream()
    thinking = [
        event(type="content_block_start", index=1, content_block={"type": "thinking", "thinking": ""}),
        event(type="content_block_delta", index=1, delta={"type": "thinking_delta", "thinking": "hmm"}),
    ]

    heard = [stream.take(one) for one in (start(), *thinking, BLOCK, WORD, STOP, event(type="message_stop"))]

    assert "".join(heard) == stream.whole().text.value == "Open."


def test_an_event_counts_once_its_empty_line_is_there() -> None:
    events = ServerEvents()

    assert events.take(b": a comment\nretry: 5\nevent: a\ndata: 1\ndata: 2\n") == []
    (found,) = events.take(b"\n")
    assert (found.name, found.data) == ("a", "1\n2")
    assert events.take(b"\n\n") == []


def response(text: str | None = "Open.", **candidate: Any) -> bytes:
    parts = {} if text is None else {"content": {"role": "model", "parts": [{"text": text}]}}
    return event(candidates=[{**parts, **candidate}])


@pytest.mark.parametrize(
    "lies",
    [
        [event(candidates=[])],
        [event(candidates=[{}, {}])],
        [response(index=1)],
        [response(finishReason="MALFORMED_FUNCTION_CALL")],
        [response(finishReason="STOP"), response()],
        [event(candidates=[{"content": {"parts": [{"functionCall": {"name": "f"}}]}}])],
        [event(candidates=[{"content": {"parts": [{"text": 5}]}}])],
        [response(finishReason=5)],
        [event(usageMetadata={"promptTokenCount": -1}, candidates=[{}])],
    ],
)
def test_a_response_of_vertex_that_is_more_than_one_answer_is_malformed(lies: list[bytes]) -> None:
    stream = VertexStream()

    with pytest.raises(Malformed):
        take_all(stream, [response("We are"), *lies])


@pytest.mark.parametrize(
    "end", [response(None, finishReason="SAFETY"), event(promptFeedback={"blockReason": "PROHIBITED_CONTENT"})]
)
def test_a_filter_that_ends_a_stream_of_vertex_is_a_refusal(end: bytes) -> None:
    stream = VertexStream()
    take_all(stream, [end])

    assert stream.whole().stop is Stop.REFUSED


def test_a_stream_of_vertex_without_a_word_is_no_answer() -> None:
    stream = VertexStream()
    take_all(stream, [response("", finishReason="STOP")])

    with pytest.raises(Malformed, match="empty"):
        stream.whole()
