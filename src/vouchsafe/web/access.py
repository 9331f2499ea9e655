"""Who may: every route of the workbench names the permissions it needs, and a refusal is on record.

Order of the checks, for every request: 1. which workspace, by host; 2. a live session (R100, R101); 3. for a form,
that a page of ours sent it, with the session's own token; 4. the permissions. Only then the handler runs.
"""

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vouchsafe.app import App
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.domain.staff import Permission, User
from vouchsafe.evidence.event import Event, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.reviewing import NeedsReason
from vouchsafe.store import desks, staff
from vouchsafe.store.staff import Session
from vouchsafe.web.render import is_part
from vouchsafe.web.screens.form.page import is_from_our_page
from vouchsafe.web.screens.form.upload import BadPost, read_post

_LONGEST_REASON = 2_000


class Forbidden(VouchsafeError):
    """The person's roles do not give this permission."""


class StaleForm(VouchsafeError):
    """A form that did not come from a page of this session."""

    def __init__(self) -> None:
        super().__init__("this form is from an earlier log-in; nothing was done. Open the page again and repeat it")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one person."""

    app: App
    workspace: WorkspaceId
    session: Session
    request: Request
    form: Mapping[str, str]
    route: str
    """The pattern of the address, which holds no id."""

    @property
    def user(self) -> User:
        """Who asks."""
        return self.session.user


Handler = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Guarded:
    """A handler with the permissions it needs. `background`: what a page asks for by itself, which is no activity."""

    handler: Handler
    needs: tuple[Permission, ...]
    background: bool = False

    def __call__(self, visit: Visit) -> Response:
        """Run the handler, the checks being done."""
        return self.handler(visit)


def require(*needs: Permission, background: bool = False) -> Callable[[Handler], Guarded]:
    """Mark a handler with what it needs: at least one permission."""
    if not needs:
        raise ValueError("name a permission, or say @signed_in for what everybody may do")
    return lambda handler: Guarded(handler, needs, background)


def signed_in(*, background: bool = False) -> Callable[[Handler], Guarded]:
    """Mark a handler that everybody with a log-in may use."""
    return lambda handler: Guarded(handler, (), background)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A guarded handler on the web."""

    app: App
    guarded: Guarded
    route: str

    async def serve(self, request: Request) -> Response:
        """Read the form, then check and run in a thread, since everything below is synchronous."""
        form: Mapping[str, str] = {}
        if request.method == "POST":
            form = (await read_post(request)).fields
        return await run_in_threadpool(self._checked, request, form)

    def _checked(self, request: Request, form: Mapping[str, str]) -> Response:
        _refuse_nul((*request.path_params.values(), *request.query_params.values(), *form.values()))
        workspace = workspace_of(self.app, request)  # 1
        session = find_session(self.app, workspace, request) if workspace else None  # 2
        if workspace is None or session is None:
            return _to_login(request)
        visit = Visit(self.app, workspace, session, request, form, self.route)
        if request.method == "POST":  # 3
            given = form.get("csrf", "") or request.headers.get("x-csrf", "")
            if is_from_our_page(request) is False or not hmac.compare_digest(given.encode(), session.csrf.encode()):
                raise StaleForm
        self._arrive(visit)  # 4
        return self.guarded(visit)

    def _arrive(self, visit: Visit) -> None:
        missing = [one for one in self.guarded.needs if not visit.user.may(one)]
        if missing:
            record_denial(visit, missing[0].value)
            raise Forbidden("your role does not show this; ask a lead if you need it")
        if not self.guarded.background:
            with self.app.store(visit.workspace) as work:
                staff.touch(work.context, visit.session.id)


Serve = Callable[[Request], Awaitable[Response]]


def reason_given(reason: str) -> str:
    """The reason as it goes on record. Raises: NeedsReason where none was given."""
    if not reason.strip():
        raise NeedsReason
    return reason.strip()[:_LONGEST_REASON]


def record_denial(visit: Visit, needed: str) -> None:
    """Somebody asked for what they may not see or do."""
    with visit.app.store(visit.workspace) as work:
        work.note(
            Event(
                EventType.ACCESS_DENIED,
                person(visit.user.id),
                Outcome.REFUSED,
                payload={"path": visit.route, "needs": needed},
            )
        )


def workspace_of(app: App, request: Request) -> WorkspaceId | None:
    """The workspace of the request's host, else the only one there is."""
    try:
        host = (request.url.hostname or "").lower()
    except ValueError:  # a Host header that is no host, such as half an IPv6 address
        host = ""
    with app.store.database.begin(None) as connection:
        found = desks.follow(connection, app.store.vault, f"host:{host}")
        if found:
            return found[0]
        every = desks.workspaces(connection)
    return every[0] if len(every) == 1 else None


def find_session(app: App, workspace: WorkspaceId, request: Request) -> Session | None:
    """The live session of the request's cookie."""
    secret = request.cookies.get(cookie_name(app), "")
    if not secret:
        return None
    with app.store(workspace) as work:
        return staff.session(work.context, secret, idle(app))


def idle(app: App) -> timedelta:
    """After so long without activity a session ends (R101)."""
    return timedelta(minutes=app.settings.idle_log_off_min)


def is_secure(app: App) -> bool:
    """Whether people reach us over TLS, so that cookies may ask for it."""
    return app.settings.base_url.startswith("https://")


def cookie_name(app: App) -> str:
    """With the prefix, browsers take the cookie only from this very host and only over TLS."""
    return "__Host-vouchsafe_session" if is_secure(app) else "vouchsafe_session"


def _refuse_nul(values: Iterable[object]) -> None:
    """No field of ours takes NUL, and PostgreSQL stores none: it is nothing that a page of ours sent."""
    if any("\x00" in str(one) for one in values):
        raise BadPost(400, "the request holds characters that no field takes")


def _to_login(request: Request) -> Response:
    """To the log-in page, and back afterwards. Only our own path goes along, never a query."""
    back = request.url.path if request.method == "GET" else "/"
    target = f"/login?next={quote(back)}"
    if request.url.path.startswith("/api/"):
        return Response('{"error":"session"}', status_code=401, media_type="application/json")
    if "text/event-stream" in request.headers.get("accept", ""):
        # No content ends a browser's listening for good; a page would be reported as a broken stream.
        return Response(status_code=204)
    if is_part(request):
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)
