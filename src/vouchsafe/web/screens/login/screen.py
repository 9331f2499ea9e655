"""The log-in page, log-off, and the sign of life."""

import hmac
import secrets
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vouchsafe.app import App
from vouchsafe.web.access import (
    Guarded,
    StaleForm,
    Visit,
    cookie_name,
    find_session,
    is_secure,
    signed_in,
    workspace_of,
)
from vouchsafe.web.clients import network_of
from vouchsafe.web.render import page
from vouchsafe.web.screens.form.page import is_from_our_page
from vouchsafe.web.screens.form.upload import read_post
from vouchsafe.web.screens.login.logging_in import LoggedIn, LogIn, TooBusy, TooOften, Try

_FORM_COOKIE = "vouchsafe_login"
_DEVICE_COOKIE = "vouchsafe_device"
"""By it a browser is known for the people who logged in with it; it opens nothing, see `LogIn`."""
_DEVICE_FOR_S = 180 * 86_400
_LONGEST = 1024


class LogInPage:
    """`GET` and `POST /login`, the only pages of the workbench that need no session."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._log_in = LogIn(app)

    def show(self, request: Request) -> Response:
        """The form; whoever has a session goes on."""
        workspace = workspace_of(self._app, request)
        if workspace and find_session(self._app, workspace, request):
            return RedirectResponse(_own_path(request.query_params.get("next", "/")), status_code=303)
        return self._form(request, idle=request.query_params.get("idle") == "1", off="off" in request.query_params)

    async def enter(self, request: Request) -> Response:
        """Check name and password."""
        form = (await read_post(request)).fields
        token = request.cookies.get(_FORM_COOKIE, "").encode()
        if is_from_our_page(request) is False or not token or not hmac.compare_digest(token, _of(form, "token")):
            raise StaleForm
        login, back = form.get("login", "")[:_LONGEST], form.get("next", "/")
        workspace = await run_in_threadpool(workspace_of, self._app, request)
        devices = request.cookies.get(_DEVICE_COOKIE, "")
        asked = Try(login, form.get("password", "")[:_LONGEST], network_of(request), devices[:_LONGEST])
        try:
            entered = await self._log_in.log_in(workspace, asked) if workspace else None
        except (TooOften, TooBusy) as refused:
            status, again_s = (429, 600) if isinstance(refused, TooOften) else (503, 5)
            response = self._form(request, status=status, problem=str(refused), login=login, back=back)
            response.headers["Retry-After"] = str(again_s)
            return response
        if entered is None:
            return self._form(request, status=401, failed=True, login=login, back=back)
        return self._enter(entered, back)

    def close(self) -> None:
        """End the threads that check passwords."""
        self._log_in.close()

    def leaving(self) -> Guarded:
        """Log-off."""

        @signed_in()
        def log_off(visit: Visit) -> Response:
            self._log_in.log_off(visit.workspace, visit.session)
            response = RedirectResponse("/login?off", status_code=303)
            response.delete_cookie(cookie_name(self._app), path="/", secure=is_secure(self._app), httponly=True)
            # Whatever the browser kept of the pages goes with the session.
            response.headers["Clear-Site-Data"] = '"cache"'
            return response

        return log_off

    def _enter(self, entered: LoggedIn, back: str) -> Response:
        response = RedirectResponse(_own_path(back), status_code=303)
        response.set_cookie(
            cookie_name(self._app),
            entered.secret,
            httponly=True,
            samesite="strict",
            secure=is_secure(self._app),
            path="/",
        )
        response.set_cookie(
            _DEVICE_COOKIE,
            entered.devices,
            max_age=_DEVICE_FOR_S,
            httponly=True,
            samesite="strict",
            secure=is_secure(self._app),
            path="/login",
        )
        response.delete_cookie(_FORM_COOKIE, path="/login")
        return response

    def _form(
        self,
        request: Request,
        *,
        status: int = 200,
        failed: bool = False,
        problem: str = "",
        idle: bool = False,
        off: bool = False,
        login: str = "",
        back: str = "",
    ) -> Response:
        token = secrets.token_urlsafe(24)
        response = page(
            request,
            "login/page.html",
            status=status,
            failed=failed,
            problem=problem,
            idle=idle,
            off=off,
            login=login,
            back=_own_path(back or request.query_params.get("next", "/")),
            token=token,
        )
        response.set_cookie(
            _FORM_COOKIE, token, httponly=True, samesite="strict", secure=is_secure(self._app), path="/login"
        )
        return response


@signed_in()
def stay(visit: Visit) -> Response:
    """The person is still there; the check before this noted it."""
    del visit
    return Response(status_code=204)


def _of(form: Mapping[str, str], name: str) -> bytes:
    return form.get(name, "").encode()


def _own_path(path: str) -> str:
    """A path of ours; anything else, such as another site, becomes the start page."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if plain and path.isprintable() else "/"
