"""What every page of the workbench shares: who is signed in, where they may go, alarms, stops, what was just done."""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from starlette.responses import RedirectResponse, Response

from vouchsafe.domain.staff import Permission, User
from vouchsafe.reviewing import Done
from vouchsafe.web import desk
from vouchsafe.web.access import Visit, is_secure
from vouchsafe.web.render import page

_SAID = "vouchsafe_said"
"""A cookie that carries one of our own fixed sentences over a redirect; it never holds anything a person typed."""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation."""

    href: str
    title: str
    icon: str


def places(user: User, *, local_mail: bool) -> tuple[Place, ...]:
    """Where this person may go, the place they land on first."""
    found = []
    if user.may(Permission.READ_CASES):
        found.append(Place("/queue", "Queue", "queue"))
    if user.may(Permission.SEARCH_TRAIL):
        found.append(Place("/trail", "Trail", "chain"))
    if user.may(Permission.READ_QUARANTINE):
        found.append(Place("/quarantine", "Quarantine", "box"))
    if user.may(Permission.READ_KNOWLEDGE):
        found.append(Place("/knowledge", "Knowledge", "book"))
    if user.may(Permission.PRESS_STOP):
        found.append(Place("/stop", "Stop", "stop"))
    if user.may(Permission.MANAGE_USERS):
        found.append(Place("/people", "People", "people"))
    if user.may(Permission.READ_FIGURES):
        found.append(Place("/alarms", "Alarms", "bell"))
    if user.may(Permission.READ_AGREEMENTS):
        found.append(Place("/agreements", "Agreements", "paper"))
    if local_mail and user.may(Permission.REVEAL_ORIGINALS):
        found.append(Place("/outbox", "Outbox", "mail"))
    return tuple(found)


def show(
    visit: Visit, template: str, *, status: int = 200, problem: str = "", says: str = "", **context: object
) -> Response:
    """A page with the shell around it. `problem`: why what was asked was not done; `says`: what was."""
    said = unquote(visit.request.cookies.get(_SAID, ""))
    response = page(
        visit.request,
        template,
        status=status,
        user=visit.user,
        csrf=visit.session.csrf,
        idle_s=visit.app.settings.idle_log_off_min * 60,
        places=places(visit.user, local_mail=not visit.app.settings.smtp_relay),
        bar=desk.bar(visit),
        said=says or said,
        problem=problem,
        **context,
    )
    if said:
        response.delete_cookie(_SAID, path="/")
    return response


def go(visit: Visit, path: str, done: Done) -> Response:
    """After an act: to a page that can be loaded again, with the sentence of what was done."""
    response = RedirectResponse(path, status_code=303)
    response.set_cookie(
        _SAID, quote(done.says), max_age=20, httponly=True, samesite="strict", secure=is_secure(visit.app), path="/"
    )
    return response
