"""The web server: every route in one table, the headers on every answer, errors that quote nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import structlog
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from vouchsafe.app import App
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.ports.work import NotFound
from vouchsafe.store import desks
from vouchsafe.web import static_files
from vouchsafe.web.access import Endpoint, Forbidden, Guarded, StaleForm, is_secure
from vouchsafe.web.headers import SecurityHeaders
from vouchsafe.web.live import Signals
from vouchsafe.web.patients import Allowance, ChatDoor, FormDoor
from vouchsafe.web.render import page
from vouchsafe.web.screens.agreements import screen as agreements
from vouchsafe.web.screens.alarms import screen as alarms
from vouchsafe.web.screens.case import precedents
from vouchsafe.web.screens.case import screen as case
from vouchsafe.web.screens.decision import screen as decision
from vouchsafe.web.screens.form.router import router as form_router
from vouchsafe.web.screens.form.upload import BadPost
from vouchsafe.web.screens.knowledge import doubts
from vouchsafe.web.screens.knowledge import screen as knowledge
from vouchsafe.web.screens.login.screen import LogInPage, stay
from vouchsafe.web.screens.outbox import screen as outbox
from vouchsafe.web.screens.people import screen as people
from vouchsafe.web.screens.quarantine import screen as quarantine
from vouchsafe.web.screens.queue import screen as queue
from vouchsafe.web.screens.stop import screen as stop
from vouchsafe.web.screens.trail import screen as trail
from vouchsafe.web.screens.widget.router import ChatConfig
from vouchsafe.web.screens.widget.router import router as chat_router

log = structlog.get_logger()

OPEN_PATHS = frozenset({"/login", "/static/{name:path}", "/healthz", "/metrics"})
"""Paths that need no session, beside those of patients. Every other route names its permission; a test walks them."""


def make_web(app: App) -> FastAPI:
    """The ASGI application of one installation."""
    signals, login = Signals(app), LogInPage(app)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        signals.start()
        yield
        await run_in_threadpool(signals.stop)
        login.close()

    web = FastAPI(title="vouchsafe", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    web.add_middleware(LastResort)
    web.add_middleware(SecurityHeaders, secure=is_secure(app))
    # Outermost, so that everything below sees the client's own address and scheme.
    web.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(app.settings.proxies))
    allowance = Allowance(app)
    web.include_router(form_router(FormDoor(app, allowance)))
    web.include_router(chat_router(ChatDoor(app, allowance, signals), _chat_config(app)))
    web.router.routes += [
        Route("/login", login.show, methods=["GET"]),
        Route("/login", login.enter, methods=["POST"]),
        Route("/static/{name:path}", static_files.serve, methods=["GET"]),
        Route("/healthz", _health(app), methods=["GET"]),
        Route("/metrics", _metrics, methods=["GET"]),
    ]
    for method, path, guarded in _table(login, signals):
        web.router.routes.append(Route(path, Endpoint(app, guarded, path).serve, methods=[method]))
    _add_error_pages(web)
    return web


def _chat_config(app: App) -> ChatConfig:
    """Who may show the chat in a frame. Any of these may be another site, so their frames get a cookie of their own."""
    origins = app.settings.embed_origins
    return ChatConfig(embed_origins=origins, cross_site=bool(origins), secure=is_secure(app))


def _table(login: LogInPage, signals: Signals) -> list[tuple[str, str, Guarded]]:
    """Every route that needs a session."""
    acts = [("POST", f"/cases/{{case}}/{name}", guarded) for name, guarded in case.ACTS.items()]
    return [
        ("GET", "/", queue.start),
        ("GET", "/queue", queue.whole),
        ("GET", "/queue/rows", queue.rows),
        ("POST", "/queue/search", queue.search),
        ("GET", "/live", queue.live(signals)),
        ("GET", "/cases/{case}", case.whole),
        ("GET", "/cases/{case}/version", case.version),
        ("GET", "/cases/{case}/drafting", case.drafting),
        ("POST", "/cases/{case}/here", case.here(signals)),
        ("POST", "/cases/{case}/reveal", case.reveal),
        ("GET", "/cases/{case}/precedent", precedents.whole),
        ("POST", "/cases/{case}/precedent", precedents.keep),
        ("POST", "/cases/{case}/precedent/withdraw", precedents.withdraw),
        ("POST", "/cases/{case}/borrow", precedents.borrow),
        ("POST", "/cases/{case}/attachments/{attachment}", case.attachment),
        *acts,
        ("GET", "/cases/{case}/decision", decision.whole),
        ("GET", "/api/v1/cases/{case}/decision", decision.as_json),
        ("GET", "/trail", trail.whole),
        ("GET", "/alarms", alarms.whole),
        ("GET", "/stop", stop.whole),
        ("POST", "/stop", stop.press),
        ("POST", "/stop/{stop}/release", stop.release),
        ("GET", "/quarantine", quarantine.whole),
        ("GET", "/quarantine/{item}", quarantine.one),
        ("POST", "/quarantine/{item}/open", quarantine.read),
        ("POST", "/quarantine/{item}/take-care", quarantine.take_care),
        ("POST", "/quarantine/{item}/read-again", quarantine.read_again),
        ("POST", "/quarantine/{item}/put-aside", quarantine.put_aside),
        ("GET", "/outbox", outbox.whole),
        ("POST", "/outbox/{mail}/open", outbox.read),
        ("GET", "/people", people.whole),
        ("GET", "/agreements", agreements.whole),
        ("GET", "/knowledge", knowledge.whole),
        ("POST", "/knowledge/search", knowledge.search),
        ("GET", "/knowledge/document", knowledge.document),
        ("GET", "/knowledge/gaps", doubts.gaps),
        ("GET", "/knowledge/check", doubts.check),
        ("POST", "/knowledge/withdraw", knowledge.withdraw),
        ("POST", "/knowledge/reinstate", knowledge.reinstate),
        ("GET", "/knowledge/held/{item}", knowledge.held),
        ("POST", "/knowledge/held/{item}/open", knowledge.open_held),
        ("POST", "/knowledge/held/{item}/release", knowledge.release),
        ("POST", "/knowledge/held/{item}/discard", knowledge.discard),
        ("POST", "/logout", login.leaving()),
        ("POST", "/session/stay", stay),
    ]


def _health(app: App) -> Callable[[Request], Response]:
    def health(_: Request) -> Response:
        """Whether the database answers."""
        with app.store.database.begin(None) as connection:
            desks.workspaces(connection)
        return PlainTextResponse("ok\n")

    return health


def _metrics(_: Request) -> Response:
    """Counts and durations of this process; labels never hold ids."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class LastResort:
    """The outer edge: an error nobody expected becomes a page with a number, and its class alone goes to the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001  # the text of an error may quote a patient; nothing else may log it
            number = uuid4().hex[:8]
            log.error("request failed", failure=type(error).__name__, number=number)
            if scope["type"] == "http" and not begun:
                await _error(Request(scope, receive), 500, "", number)(scope, receive, send)


_TITLES = {
    400: "This request could not be read",
    401: "Please log in",
    403: "Not for your role",
    404: "There is nothing here",
    405: "This page does not work that way",
    409: "Somebody was faster",
    413: "That is too large",
    415: "This address takes forms only",
    500: "Something broke on our side",
}
_SAYS = {
    404: "The page or case does not exist, or it is not yours to see; the two look the same on purpose.",
    500: (
        "Nothing was lost and nothing was sent. Try again; "
        "if it happens twice, tell your administrator the number below."
    ),
}

OnError = Callable[[Request, Exception], Awaitable[Response]]


def _add_error_pages(web: FastAPI) -> None:
    async def refused(request: Request, error: Exception) -> Response:
        statuses: tuple[tuple[type[Exception], int], ...] = ((Forbidden, 403), (StaleForm, 403), (NotFound, 404))
        status = next((number for kind, number in statuses if isinstance(error, kind)), 409)
        return _error(request, status, "" if status == 404 else str(error))

    async def bad_post(request: Request, error: Exception) -> Response:
        return _error(request, error.status if isinstance(error, BadPost) else 400, "")

    async def http(request: Request, error: Exception) -> Response:
        return _error(request, error.status_code if isinstance(error, HTTPException) else 500, "")

    web.add_exception_handler(VouchsafeError, refused)
    web.add_exception_handler(BadPost, bad_post)
    web.add_exception_handler(HTTPException, http)


def _error(request: Request, status: int, says: str, number: str = "") -> Response:
    title = _TITLES.get(status, "This did not work")
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": title.lower(), "number": number}, status_code=status)
    return page(request, "error.html", status=status, title=title, says=says or _SAYS.get(status, ""), number=number)
