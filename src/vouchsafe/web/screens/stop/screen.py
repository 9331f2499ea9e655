"""Stop and release: what is stopped, by whom and why; a second person releases it (R184)."""

from uuid import UUID

from starlette.responses import Response

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import DeskId
from vouchsafe.domain.staff import Permission
from vouchsafe.ports.work import NotFound
from vouchsafe.reviewing import Reviewing
from vouchsafe.store import desks, staff, stops
from vouchsafe.store.stops import StopScope
from vouchsafe.web.access import Visit, require
from vouchsafe.web.desk import Desks
from vouchsafe.web.shell import go, show


@require(Permission.PRESS_STOP)
def whole(visit: Visit) -> Response:
    """The page."""
    return _page(visit)


@require(Permission.PRESS_STOP)
def press(visit: Visit) -> Response:
    """Stop a scope: `workspace`, `desk:ID` or `intent:NAME`."""
    scope, _, name = visit.form.get("scope", "").partition(":")
    try:
        kind = StopScope(scope)
        desk = DeskId(UUID(name)) if kind is StopScope.DESK else None
    except ValueError:
        return _page(visit, status=422, problem="choose what to stop")
    intent = name if kind is StopScope.INTENT else None
    reason = visit.form.get("reason", "")
    try:
        done = Reviewing(visit.app, visit.workspace).press_stop(kind, desk, intent, visit.user, reason)
    except VouchsafeError as refused:
        return _page(visit, status=422, problem=str(refused))
    return go(visit, "/stop", done)


@require(Permission.RELEASE_STOP)
def release(visit: Visit) -> Response:
    """End a stop that somebody else pressed."""
    try:
        stop = UUID(str(visit.request.path_params["stop"]))
    except ValueError:
        raise NotFound("there is no such page") from None
    try:
        done = Reviewing(visit.app, visit.workspace).release_stop(stop, visit.user)
    except NotFound:
        return _page(visit, status=409, problem="this stop is no longer in force; somebody released it already")
    except VouchsafeError as refused:
        return _page(visit, status=403, problem=str(refused))
    return go(visit, "/stop", done)


def _page(visit: Visit, status: int = 200, problem: str = "") -> Response:
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        every = desks.every(work.context)
        names = {one.id: one.signature for one in staff.every(work.context)}
        found = stops.in_force(work.context)
    intents = sorted({(i.name, i.title) for pack in known.packs for i in pack.intents}, key=lambda one: one[1])
    return show(
        visit,
        "stop/page.html",
        status=status,
        problem=problem,
        stops=found,
        desks=every,
        desk_names={one.id: one.facts.name for one in every},
        intents=intents,
        names=names,
        zone=known.zone,
    )
