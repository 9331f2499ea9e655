"""The chat over HTTP: the page, lines in, lines out as server-sent events, and the script that opens it elsewhere."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from importlib import resources
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from vouchsafe.domain.message import Author, ChannelKind
from vouchsafe.plugins.channels.chat.receive import LONGEST_LINE
from vouchsafe.ports.channel import Accepted, Quarantined, UnknownRecipient
from vouchsafe.web.clients import REFUSED_POSTS, network_of
from vouchsafe.web.screens.form.page import choose_language, is_from_our_page, render, translator
from vouchsafe.web.screens.form.service import PatientDesk
from vouchsafe.web.screens.form.upload import BadPost, Posted, read_post
from vouchsafe.web.screens.widget.service import ChatLine, ChatService, ChatSession

log = structlog.get_logger(__name__)

_TOKEN = re.compile(r"^[A-Za-z0-9_-]{32,100}$")
_CLIENT_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
_LOOK_AGAIN_S = 15.0
"""How long an open window waits at most before the rows are read again: a lost signal costs this much, no line."""
_RETRY_AFTER_S = 20


@dataclass(frozen=True, slots=True)
class ChatConfig:
    """`embed_origins`: pages that may show the chat in a frame, such as `https://www.clinic.example`.

    `cross_site`: these pages belong to another site than ours, so that the cookie has to be sent in a frame
    (SameSite=None, Secure, Partitioned); else it is SameSite=Strict. Nothing rests on SameSite: a post that the browser
    does not say to come from our own page is refused. `secure`: people reach us over TLS, whatever the last hop speaks.
    """

    embed_origins: tuple[str, ...] = ()
    cross_site: bool = False
    secure: bool = False

    @property
    def frame_ancestors(self) -> str:
        """The directive's value."""
        return " ".join(("'self'", *self.embed_origins))


@dataclass(frozen=True, slots=True)
class _Refused:
    status: int
    why: str


def router(service: ChatService, config: ChatConfig | None = None) -> APIRouter:
    """`GET` of `/widget.js`, `/chat`, `/chat/events`; `POST` to `/chat/messages`, `/chat/person`, `/chat/end`."""
    routes = APIRouter(include_in_schema=False)
    chat = _Chat(service, config or ChatConfig())
    routes.add_api_route("/widget.js", _script, methods=["GET"])
    routes.add_api_route("/chat", chat.page, methods=["GET"])
    routes.add_api_route("/chat/messages", chat.message, methods=["POST"])
    routes.add_api_route("/chat/person", chat.person, methods=["POST"])
    routes.add_api_route("/chat/end", chat.end, methods=["POST"])
    routes.add_api_route("/chat/events", chat.events, methods=["GET"])
    return routes


def _script() -> Response:
    content = (resources.files("vouchsafe.web") / "static" / "widget.js").read_text(encoding="utf-8")
    # Other sites load this file, and only this one.
    headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=3600"}
    return Response(content, media_type="text/javascript", headers=headers | {"X-Content-Type-Options": "nosniff"})


class _Chat:
    def __init__(self, service: ChatService, config: ChatConfig) -> None:
        self._service, self._config = service, config

    def page(self, request: Request, desk: str) -> Response:
        """The first screen, or the chat so far. The way to a person is there before the first line."""
        found = self._service.desk(desk)
        if found is None:
            return render("form", "no_desk.html", language=choose_language(request, ("en", "es")), status=404)
        language = choose_language(request, found.languages)
        token = self._token(request) or self._service.secret()
        session = ChatSession(token, found.recipient, language)
        response = render(
            "widget",
            "chat.html",
            language=language,
            frame_ancestors=self._config.frame_ancestors,
            desk=found,
            name=desk,
            lines=[_shown(line, language) for line in self._service.history(session, 0)],
            longest=LONGEST_LINE,
            fresh_id=self._service.secret()[:32].replace("_", "-"),
            problem=_problem(request.query_params.get("problem", ""), language),
        )
        self._set_cookie(request, response, token)
        return response

    async def message(self, request: Request) -> Response:
        """Take one line. It answers only after the line is stored."""
        return await self._take(request, self._service.post, needs_text=True)

    async def person(self, request: Request) -> Response:
        """Hand the conversation to a person."""

        def ask(session: ChatSession, client_id: str, _: str) -> Accepted | Quarantined:
            return self._service.ask_person(session, client_id)

        return await self._take(request, ask, needs_text=False)

    async def end(self, request: Request) -> Response:
        """Forget the chat in this browser; what was written stays with the organisation."""
        if is_from_our_page(request) is not True:
            return JSONResponse({"error": "origin"}, status_code=403)
        try:
            posted = await read_post(request)
        except BadPost as refused:
            return JSONResponse({"error": "broken"}, status_code=refused.status)
        response = RedirectResponse(_address(posted, ""), status_code=303)
        self._set_cookie(request, response, "", max_age=0)
        return response

    async def events(self, request: Request, desk: str) -> Response:
        """Lines as they come. `Last-Event-ID` (or `after`) is the number of the last line that the window has."""
        found = await run_in_threadpool(self._service.desk, desk)
        token = self._token(request)
        if found is None or not token:
            return JSONResponse({"error": "session"}, status_code=403)
        session = ChatSession(token, found.recipient, choose_language(request, found.languages))
        told = request.headers.get("last-event-id") or request.query_params.get("after", "0")
        after = int(told) if told.isdigit() and len(told) < 19 else 0
        stream = self._lines(session, after)
        return EventSourceResponse(stream, ping=15, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def _lines(self, session: ChatSession, after: int) -> AsyncIterator[dict[str, str]]:
        while True:
            for line in await run_in_threadpool(self._service.history, session, after):
                after = line.number
                yield {"id": str(line.number), "event": "line", "data": json.dumps(_shown(line, session.language))}
            try:
                await asyncio.wait_for(self._service.changed(session, after), _LOOK_AGAIN_S)
            except TimeoutError:
                continue

    async def _take(
        self,
        request: Request,
        store: Callable[[ChatSession, str, str], Accepted | Quarantined],
        *,
        needs_text: bool,
    ) -> Response:
        try:
            posted = await read_post(request)
        except BadPost as refused:
            return self._answer(request, Posted({}, ()), _Refused(refused.status, "broken"))
        outcome = await run_in_threadpool(self._store, request, posted, store, needs_text)
        return self._answer(request, posted, outcome)

    def _store(
        self,
        request: Request,
        posted: Posted,
        store: Callable[[ChatSession, str, str], Accepted | Quarantined],
        needs_text: bool,  # noqa: FBT001 - handed through run_in_threadpool by position
    ) -> Accepted | Quarantined | _Refused:
        """1. from our page? 2. a session? 3. a line? 4. not too often? 5. stored? Only then it says taken."""
        if is_from_our_page(request) is not True:  # 1
            return _Refused(403, "origin")
        desk = self._service.desk(posted.get("desk"))
        token = self._token(request)
        if desk is None or not token:  # 2
            return _Refused(404 if desk is None else 403, "session")
        text, client_id = posted.get("text"), posted.get("id")
        if not _CLIENT_ID.match(client_id) or (needs_text and not text) or len(text) > LONGEST_LINE:  # 3
            return _Refused(422, "too_long" if len(text) > LONGEST_LINE else "empty")
        if not self._service.allow(network_of(request)):  # 4
            REFUSED_POSTS.labels("chat", desk.recipient).inc()
            self._service.refused(desk.recipient, ChannelKind.CHAT)
            return _Refused(429, "too_often")
        session = ChatSession(token, desk.recipient, _language(posted, desk))
        try:  # 5
            return store(session, client_id, text)
        except UnknownRecipient:
            return _Refused(404, "session")
        except Exception as error:  # noqa: BLE001 - outer edge: the window keeps the line and sends it again
            log.warning("chat line not stored", failure=type(error).__name__)
            return _Refused(503, "not_stored")

    def _answer(self, request: Request, posted: Posted, outcome: Accepted | Quarantined | _Refused) -> Response:
        """JSON for the script; for a browser without scripts the page again."""
        refused = outcome if isinstance(outcome, _Refused) else None
        if "application/json" not in request.headers.get("accept", ""):
            if refused and not posted.fields:
                return JSONResponse({"error": refused.why}, status_code=refused.status)
            return RedirectResponse(_address(posted, refused.why if refused else ""), status_code=303)
        body = {"error": refused.why} if refused else {"taken": True}
        response = JSONResponse(body, status_code=refused.status if refused else 200)
        if refused and refused.status in {429, 503}:
            response.headers["Retry-After"] = str(_RETRY_AFTER_S)
        return response

    def _is_secure(self, request: Request) -> bool:
        return self._config.secure or request.url.scheme == "https"

    def _token(self, request: Request) -> str:
        token = request.cookies.get(_cookie_name(secure=self._is_secure(request)), "")
        return token if _TOKEN.match(token) else ""

    def _set_cookie(self, request: Request, response: Response, token: str, max_age: int | None = None) -> None:
        secure = self._is_secure(request)
        # Written by hand: Python 3.11 does not know Partitioned, without which browsers drop a cookie in a frame.
        parts = [f"{_cookie_name(secure=secure)}={token}", "Path=/", "HttpOnly"]
        if secure:
            parts.append("Secure")
        parts += ["SameSite=None", "Partitioned"] if secure and self._config.cross_site else ["SameSite=Strict"]
        if max_age is not None:
            parts.append(f"Max-Age={max_age}")
        response.headers.append("Set-Cookie", "; ".join(parts))


def _cookie_name(*, secure: bool) -> str:
    # With this prefix a browser takes the cookie only from this very host, over TLS.
    return "__Host-vouchsafe_chat" if secure else "vouchsafe_chat"


def _language(posted: Posted, desk: PatientDesk) -> str:
    return posted.get("lang") if posted.get("lang") in desk.languages else desk.languages[0]


def _address(posted: Posted, problem: str) -> str:
    """The chat page again, by our own path only."""
    query = {"desk": posted.get("desk"), "lang": posted.get("lang")} | ({"problem": problem} if problem else {})
    return f"/chat?{urlencode(query)}"


def _problem(word: str, language: str) -> str:
    """What went wrong, in the person's language; "" for a word that is none of ours."""
    _ = translator(language)
    told = {
        "origin": _("Please write in this window."),
        "session": _("Your browser does not keep the chat open. Please allow cookies for this page, or use the form."),
        "empty": _("Write your message."),
        "too_long": _("Your message is too long. Please keep it under {number} characters.", number=LONGEST_LINE),
        "too_often": _("You sent several messages in a short time. Please wait a minute and send it again."),
        "not_stored": _("We could not save your message. Please send it again, or call us."),
        "broken": _("The message did not arrive whole. Please send it again."),
    }
    return told.get(word, "")


def _shown(line: ChatLine, language: str) -> dict[str, str | int]:
    """A line as the script shows it."""
    return {
        "number": line.number,
        "author": line.author.value,
        "by": author_name(line, language),
        "text": line.text.value,
        "at": line.at.isoformat(),
        "id": line.client_id,
    }


def author_name(line: ChatLine, language: str) -> str:
    """Who wrote a line, in words: a machine is always called one (R21)."""
    _ = translator(language)
    match line.author:
        case Author.CONTACT:
            return _("You")
        case Author.PERSON:
            return line.by or _("A person of our team")
        case Author.NOTICE:
            return _("Automatic notice")
        case Author.MACHINE:
            return _("Automated assistant")
