"""What every model plugin promises. A plugin's test inherits it and gives the model, its key and one good reply."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from vouchsafe.domain.prompt import Words
from vouchsafe.ports.model import Malformed, Model, ModelAnswer, Stop
from vouchsafe.ports.wire import HttpReply

WORDS = Words("Answer from the passages alone.", "<<message 1f>>\nmy ailment, caf\u00e9 \u4f60\u597d\n<</message 1f>>")
NOW = datetime(2026, 3, 2, 14, 0, 5, tzinfo=UTC)
_STRANGE: tuple[Any, ...] = (None, True, -1, 1.5, 10**30, "", "word", [], {}, [None], {"text": 1})


def reply(body: object, status: int = 200) -> HttpReply:
    """A reply with this JSON."""
    return HttpReply(status, (), json.dumps(body).encode())


class ModelContract:
    """Inherit it, and give the fixtures `model`, `key` and `good`."""

    @pytest.fixture
    def model(self) -> Model:
        """The plugin, configured, with a key file that holds `key`."""
        raise AssertionError("give the fixture `model`")

    @pytest.fixture
    def key(self) -> str:
        """A secret of the key file."""
        raise AssertionError("give the fixture `key`")

    @pytest.fixture
    def good(self) -> dict[str, Any]:
        """The JSON of a reply that says "[1]", ended by itself, with 40 tokens in and 2 out."""
        raise AssertionError("give the fixture `good`")

    def test_the_request_goes_below_the_endpoint_of_the_agreement(self, model: Model) -> None:
        url = model.request(WORDS, max_tokens=50, at=NOW).url

        assert url.startswith(f"{model.place.endpoint}/")
        assert not {".", ".."} & set(unquote(urlsplit(url).path).split("/"))

    def test_the_words_stand_in_the_body_alone(self, model: Model) -> None:
        request = model.request(WORDS, max_tokens=50, at=NOW)

        assert WORDS.user in _texts(json.loads(request.body))
        assert WORDS.system in _texts(json.loads(request.body))
        assert "ailment" not in unquote(request.url)
        assert "ailment" not in repr(request.headers)

    def test_instructions_and_data_are_sent_apart(self, model: Model) -> None:
        texts = _texts(json.loads(model.request(WORDS, max_tokens=50, at=NOW).body))

        assert not any("ailment" in text and "Answer from" in text for text in texts)

    def test_the_key_stands_in_a_header_alone_and_in_no_repr(self, model: Model, key: str) -> None:
        request = model.request(WORDS, max_tokens=50, at=NOW)

        assert key.encode() not in request.body
        assert key not in request.url
        assert key not in repr(request) + repr(model)

    def test_no_tools_no_streaming_and_a_limit(self, model: Model) -> None:
        body = json.loads(model.request(WORDS, max_tokens=77, at=NOW).body)

        assert not _keys(body) & {"tools", "tool_choice", "functions", "toolConfig", "web_search", "mcp_servers"}
        assert body.get("stream") in {None, False}
        assert 77 in _numbers(body)

    def test_the_same_question_at_the_same_moment_is_the_same_request(self, model: Model) -> None:
        first, second = (model.request(WORDS, max_tokens=50, at=NOW) for _ in range(2))

        assert (first.url, first.headers, first.body) == (second.url, second.headers, second.body)

    def test_half_a_letter_does_not_stop_a_request(self, model: Model) -> None:
        assert model.request(Words("Answer.", "broken \ud83d emoji"), max_tokens=5, at=NOW).body

    def test_a_good_reply_is_understood(self, model: Model, good: dict[str, Any]) -> None:
        answer = model.answer(reply(good))

        assert (answer.text.value, answer.stop) == ("[1]", Stop.END)
        assert (answer.tokens_in, answer.tokens_out) == (40, 2)

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"\xff\xfe", b"[]", b"null", b"{}", b'{"a": NaN}', b"[" * 100_000]
    )
    def test_what_is_no_reply_is_malformed(self, model: Model, body: bytes) -> None:
        with pytest.raises(Malformed):
            model.answer(HttpReply(200, (), body))

    def test_a_reply_bent_anywhere_is_understood_or_malformed_and_never_anything_else(
        self, model: Model, good: dict[str, Any]
    ) -> None:
        for bent in _bent(good):
            try:
                answer = model.answer(reply(bent))
            except Malformed as error:
                assert "[1]" not in str(error)  # noqa: PT017 - both endings are fine
            else:
                assert isinstance(answer, ModelAnswer)
                assert isinstance(answer.text.value, str)
                for count in (answer.tokens_in, answer.tokens_out):
                    assert count is None or (type(count) is int and count >= 0)


def _bent(good: dict[str, Any]) -> list[Any]:
    """The reply with each value in turn left out, or replaced by something strange."""
    found: list[Any] = []
    for path in _paths(good):
        for strange in _STRANGE:
            copy = deepcopy(good)
            _parent(copy, path)[path[-1]] = strange
            found.append(copy)
        copy = deepcopy(good)
        del _parent(copy, path)[path[-1]]
        found.append(copy)
    return found


def _paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [so_far] if so_far else []
    for step, below in steps:
        found += _paths(below, (*so_far, step))
    return found


def _parent(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path[:-1]:
        value = value[step]
    return value


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in below for text in _texts(one)]


def _numbers(value: Any) -> list[float]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [value]
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [number for one in below for number in _numbers(one)]


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in _keys(one)}
    return {key for one in value for key in _keys(one)} if isinstance(value, list) else set()
