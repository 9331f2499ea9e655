"""The imitations of paid services are what the services' own client libraries take them for."""

from collections.abc import Iterator

import anthropic
import openai
import pytest

from vouchsafe.testing import model_servers
from vouchsafe.testing.model_servers import KEY, ModelServer, running


@pytest.fixture
def openai_server() -> Iterator[ModelServer]:
    with running(model_servers.openai) as server:
        yield server


def test_openais_client_reads_the_imitation_of_openai(openai_server: ModelServer) -> None:
    with openai.OpenAI(api_key=KEY, base_url=f"{openai_server.url}/v1", max_retries=0) as client:
        answer = client.chat.completions.create(model="large-2", messages=[{"role": "user", "content": "When?"}])

    assert answer.choices[0].message.content == "[1]"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (40, 2)


def test_openais_client_sees_a_wrong_key_and_a_full_server(openai_server: ModelServer) -> None:
    with openai.OpenAI(api_key="other", base_url=f"{openai_server.url}/v1", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            client.chat.completions.create(model="large-2", messages=[{"role": "user", "content": "When?"}])
        openai_server.fails = [429]
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="large-2", messages=[{"role": "user", "content": "When?"}])


def test_azures_client_reads_the_imitation_of_azure() -> None:
    with (
        running(model_servers.azure_openai) as server,
        openai.AzureOpenAI(api_key=KEY, azure_endpoint=server.url, api_version="2024-10-21", max_retries=0) as client,
    ):
        answer = client.chat.completions.create(model="ours", messages=[{"role": "user", "content": "When?"}])

    assert answer.choices[0].message.content == "[1]"
    assert server.asked[0].path == "/openai/deployments/ours/chat/completions?api-version=2024-10-21"


def test_anthropics_client_reads_the_imitation_of_anthropic() -> None:
    with (
        running(model_servers.anthropic) as server,
        anthropic.Anthropic(api_key=KEY, base_url=server.url, max_retries=0) as client,
    ):
        answer = client.messages.create(model="large-2", max_tokens=5, messages=[{"role": "user", "content": "When?"}])

    (block,) = answer.content
    assert block.type == "text"
    assert block.text == "[1]"
    assert (answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens) == ("end_turn", 40, 2)


def test_anthropics_client_sees_a_wrong_key() -> None:
    with (
        running(model_servers.anthropic) as server,
        anthropic.Anthropic(api_key="other", base_url=server.url, max_retries=0) as client,
        pytest.raises(anthropic.AuthenticationError),
    ):
        client.messages.create(model="large-2", max_tokens=5, messages=[{"role": "user", "content": "When?"}])


TWO = "We are open. [1]\nPark behind the house. [2]"


def test_openais_client_reads_a_streamed_answer_of_the_imitation(openai_server: ModelServer) -> None:
    openai_server.says = TWO
    with openai.OpenAI(api_key=KEY, base_url=f"{openai_server.url}/v1", max_retries=0) as client:
        stream = client.chat.completions.create(
            model="large-2",
            messages=[{"role": "user", "content": "When?"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = list(stream)

    said = [choice for chunk in chunks for choice in chunk.choices]
    assert "".join(one.delta.content or "" for one in said) == TWO
    assert len(said) > 4
    assert [one.finish_reason for one in said if one.finish_reason] == ["stop"]
    assert chunks[-1].usage is not None
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (40, 2)


def test_azures_client_reads_a_streamed_answer_of_the_imitation() -> None:
    with (
        running(model_servers.azure_openai) as server,
        openai.AzureOpenAI(api_key=KEY, azure_endpoint=server.url, api_version="2024-10-21", max_retries=0) as client,
    ):
        server.says = TWO
        stream = client.chat.completions.create(
            model="ours", messages=[{"role": "user", "content": "When?"}], stream=True
        )
        said = [choice.delta.content or "" for chunk in stream for choice in chunk.choices]

    assert "".join(said) == TWO


def test_anthropics_client_reads_a_streamed_answer_of_the_imitation() -> None:
    with (
        running(model_servers.anthropic) as server,
        anthropic.Anthropic(api_key=KEY, base_url=server.url, max_retries=0) as client,
    ):
        server.says = TWO
        with client.messages.stream(
            model="large-2", max_tokens=5, messages=[{"role": "user", "content": "When?"}]
        ) as stream:
            pieces = list(stream.text_stream)
            answer = stream.get_final_message()

    assert "".join(pieces) == TWO
    assert len(pieces) > 4
    assert (answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens) == ("end_turn", 40, 2)


def test_a_client_sees_a_stream_that_is_cut(openai_server: ModelServer) -> None:
    openai_server.says = TWO

    def cut(number: int) -> None:
        if number == 4:
            raise model_servers.Cut

    openai_server.before_part = cut
    with openai.OpenAI(api_key=KEY, base_url=f"{openai_server.url}/v1", max_retries=0) as client:
        stream = client.chat.completions.create(
            model="large-2", messages=[{"role": "user", "content": "When?"}], stream=True
        )
        with pytest.raises(openai.APIConnectionError):
            list(stream)
