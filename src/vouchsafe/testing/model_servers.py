"""Imitations of model providers on this machine: strict about what they are asked, as the real ones are.

The tests prove each of them with the provider's own client library where that can be installed.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

Json = dict[str, Any]
Answer = tuple[int, Json]

KEY = "test-key-1"
"""The only key that the imitations know."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived. Header names in small letters."""

    path: str
    headers: Mapping[str, str]
    body: Json


Provider = Callable[[Asked, str], Answer]
"""Answers a request with a text, or refuses it as the provider would."""


_VERTEX_IN_PARTS = "streamGenerateContent?alt=sse"


@dataclass(slots=True)
class ModelServer:
    """A running imitation. `says`: what the model writes. `fails`: statuses to answer with first, one a request.

    `before_part`: called with the number of each part of a streamed answer before it is sent; what it raises cuts the
    connection there. `lies`: further events at the end of a streamed answer, before its end is told.
    """

    url: str
    says: str = "[1]"
    fails: list[int] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    before_part: Callable[[int], None] = field(default=lambda _: None)
    lies: list[bytes] = field(default_factory=list)


class Cut(Exception):
    """Raise it in `before_part` to cut the connection."""


@contextmanager
def running(provider: Provider) -> Iterator[ModelServer]:
    """The imitation of a provider on a free port of this machine."""
    state = ModelServer("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = json.loads(self.rfile.read(length))
            asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            state.asked.append(asked)
            status, answer = (state.fails.pop(0), {"error": {"message": "busy"}}) if state.fails else (0, {})
            if not status:
                status, answer = provider(asked, state.says)
            wants_parts = asked.body.get("stream") is True or asked.path.endswith(_VERTEX_IN_PARTS)
            if status == 200 and wants_parts:
                self.stream(asked, answer)
                return
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def stream(self, asked: Asked, answer: Json) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream; charset=utf-8")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            parts = streamed(asked, answer)
            for number, part in enumerate((*parts[:-1], *state.lies, parts[-1])):
                try:
                    state.before_part(number)
                except Cut:
                    self.close_connection = True
                    return
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def streamed(asked: Asked, answer: Json) -> list[bytes]:
    """A whole answer of OpenAI, Azure, Anthropic or Vertex as the events of its stream; the last tells the end."""
    if "candidates" in answer:
        return [f"data: {json.dumps(one)}\n\n".encode() for one in _responses(answer)]
    if answer.get("type") == "message":
        return [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in _message_events(answer)]
    wants = asked.body.get("stream_options") or {}
    chunks = [json.dumps(one) for one in _chunks(answer, usage=wants.get("include_usage") is True)]
    return [f"data: {one}\n\n".encode() for one in (*chunks, "[DONE]")]


def _pieces(text: str) -> list[str]:
    """Words and the space between them, as tokens come."""
    return re.findall(r"\s+|\S+", text) or [text]


def _chunks(answer: Json, *, usage: bool) -> Iterator[Json]:
    (choice,) = answer["choices"]
    same = {"id": answer["id"], "created": answer["created"], "model": answer["model"]} | {
        "object": "chat.completion.chunk"
    }
    if usage:
        same["usage"] = None

    def chunk(delta: Json, reason: str | None) -> Json:
        return {**same, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]}

    yield chunk({"role": "assistant", "content": "", "refusal": None}, None)
    for piece in _pieces(choice["message"]["content"]):
        yield chunk({"content": piece}, None)
    yield chunk({}, choice["finish_reason"])
    if usage:
        yield {**same, "choices": [], "usage": answer["usage"]}


def _responses(answer: Json) -> Iterator[Json]:
    """Each with a piece; the last says how the model stopped and counts."""
    (candidate,) = answer["candidates"]
    (part,) = candidate["content"]["parts"]
    *first, last = _pieces(part["text"])
    for piece in first:
        yield {
            "candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}}],
            "modelVersion": answer["modelVersion"],
        }
    yield {**answer, "candidates": [{**candidate, "content": {"role": "model", "parts": [{"text": last}]}}]}


def _message_events(answer: Json) -> Iterator[Json]:
    (block,) = answer["content"]
    begun = {**answer, "content": [], "stop_reason": None, "usage": {**answer["usage"], "output_tokens": 1}}
    yield {"type": "message_start", "message": begun}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield {"type": "ping"}
    for piece in _pieces(block["text"]):
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
    yield {"type": "content_block_stop", "index": 0}
    ended = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": answer["usage"]["output_tokens"]}}
    yield {"type": "message_stop"}


def openai(asked: Asked, says: str) -> Answer:
    """Chat completions of OpenAI, and of servers that imitate it."""
    if asked.path != "/v1/chat/completions":
        return _unknown()
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        return 401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}
    if not isinstance(asked.body.get("model"), str):
        return 400, {"error": {"message": "you must provide a model parameter"}}
    return _chat_completion(asked, says, str(asked.body["model"]))


def azure_openai(asked: Asked, says: str) -> Answer:
    """Chat completions of a deployment of Azure."""
    path, _, query = asked.path.partition("?")
    parts = path.split("/")
    if parts[1:3] != ["openai", "deployments"] or parts[4:] != ["chat", "completions"]:
        return _unknown()
    if not query.startswith("api-version="):
        return 404, {"error": {"code": "404", "message": "Resource not found"}}
    if asked.headers.get("api-key") != KEY:
        return 401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key"}}
    return _chat_completion(asked, says, unquote(parts[3]))


def anthropic(asked: Asked, says: str) -> Answer:
    """The Messages API in its version 2026-10-21: keys in either header, no sampling parameters."""
    if asked.path != "/v1/messages":
        return _unknown()
    if KEY not in {asked.headers.get("x-api-key"), asked.headers.get("authorization", "").removeprefix("Bearer ")}:
        return 401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}
    body = asked.body
    fits = (
        asked.headers.get("anthropic-version") == "2026-10-21"
        and not {"temperature", "top_p", "top_k"} & set(body)
        and isinstance(body.get("model"), str)
        and isinstance(body.get("max_tokens"), int)
        and _turns(body.get("messages"), {"user", "assistant"})
        and body["messages"][0]["role"] == "user"
    )
    if not fits:
        return 400, {"type": "error", "error": {"type": "invalid_request_error", "message": "invalid request"}}
    return 200, {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": says}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 40, "output_tokens": 2, "inference_geo": body.get("inference_geo") or "us"},
    }


def bedrock(asked: Asked, says: str) -> Answer:
    """Converse. The signature's form is looked at here; its value is proved elsewhere."""
    parts = asked.path.split("/")
    if parts[1] != "model" or parts[3:] != ["converse"]:
        return _unknown()
    authorization = asked.headers.get("authorization", "")
    signed = authorization.startswith("AWS4-HMAC-SHA256 Credential=") and "x-amz-date" in asked.headers
    if not signed and authorization != f"Bearer {KEY}":
        return 403, {"message": "The security token included in the request is invalid."}
    messages = asked.body.get("messages")
    if not isinstance(messages, list) or any(set(block) != {"text"} for m in messages for block in m["content"]):
        return 400, {"message": "The provided request is not valid"}
    return 200, {
        "output": {"message": {"role": "assistant", "content": [{"text": says}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 40, "outputTokens": 2, "totalTokens": 42},
        "metrics": {"latencyMs": 5},
    }


def vertex(asked: Asked, says: str) -> Answer:
    """The method generateContent, also in parts."""
    model, _, verb = asked.path.rpartition("/models/")[2].partition(":")
    if verb not in {"generateContent", _VERTEX_IN_PARTS} or "/publishers/google/models/" not in asked.path:
        return _unknown()
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        return 401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}}
    contents = asked.body.get("contents")
    if not isinstance(contents, list) or any("text" not in part for c in contents for part in c["parts"]):
        return 400, {"error": {"code": 400, "status": "INVALID_ARGUMENT"}}
    return 200, {
        "candidates": [{"content": {"role": "model", "parts": [{"text": says}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 40, "candidatesTokenCount": 2, "totalTokenCount": 42},
        "modelVersion": unquote(model),
    }


def _chat_completion(asked: Asked, says: str, model: str) -> Answer:
    if not _turns(asked.body.get("messages"), {"system", "developer", "user", "assistant"}):
        return 400, {"error": {"message": "messages: invalid"}}
    return 200, {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_772_460_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": says, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42},
    }


def _turns(messages: object, roles: set[str]) -> bool:
    """Whether these are turns of a conversation."""
    return (
        isinstance(messages, list)
        and bool(messages)
        and all(
            isinstance(one, dict) and one.get("role") in roles and isinstance(one.get("content"), str | list)
            for one in messages
        )
    )


def _unknown() -> Answer:
    return 404, {"error": {"message": "unknown path"}}
