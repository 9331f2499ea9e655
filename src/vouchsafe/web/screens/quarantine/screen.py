"""What could not be read: the list with owner and promised time, and one item with what may be done about it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from vouchsafe.casework.promise import Promise, in_words
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.staff import Permission
from vouchsafe.ports.work import NotFound, Outdated
from vouchsafe.reviewing import Done
from vouchsafe.store import quarantine, staff
from vouchsafe.store.quarantine import Item
from vouchsafe.web.access import Visit, require
from vouchsafe.web.desk import Desks, owner_of, promised
from vouchsafe.web.screens.quarantine.handling import Handling, as_text
from vouchsafe.web.shell import go, show


@dataclass(frozen=True, slots=True)
class Row:
    """One item in the list."""

    item: Item
    age: str
    owner: str
    promise: Promise


@dataclass(frozen=True, slots=True)
class Opened:
    """The item's bytes as text, for this one answer."""

    text: str
    cut: bool


@require(Permission.READ_QUARANTINE)
def whole(visit: Visit) -> Response:
    """The list."""
    now = visit.app.clock.now()
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        rows = [_row(known, one, now) for one in quarantine.waiting(work.context)]
        people = {one.id: one.name for one in staff.every(work.context)}
    return show(visit, "quarantine/page.html", rows=rows, people=people, desk_names=known.names, zone=known.zone)


@require(Permission.READ_QUARANTINE)
def one(visit: Visit) -> Response:
    """One item: what is wrong with it and what may be done. Its words show only after a reason."""
    return _page(visit)


@require(Permission.READ_QUARANTINE, Permission.REVEAL_ORIGINALS)
def read(visit: Visit) -> Response:
    """The words of the item for this one answer, or the file; the reason is on record before either."""
    item = _id(visit)
    try:
        raw = _handling(visit).open(item, visit.user, visit.form.get("reason", ""))
    except NotFound:
        raise
    except VouchsafeError as refused:
        return _page(visit, status=422, problem=str(refused))
    if visit.form.get("as") == "file":
        headers = {
            "Content-Disposition": f'attachment; filename="quarantine-{item.hex[-6:]}.bin"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return Response(raw, media_type="application/octet-stream", headers=headers)
    return _page(visit, opened=Opened(*as_text(raw)))


@require(Permission.READ_QUARANTINE, Permission.TAKE_CASES)
def take_care(visit: Visit) -> Response:
    """End the alarm of an item: this person sees to it."""
    try:
        done = _handling(visit).take_care(_id(visit), visit.user)
    except NotFound:
        raise
    except VouchsafeError as refused:
        return _page(visit, status=409, problem=str(refused))
    return go(visit, f"/quarantine/{_id(visit)}", done)


@require(Permission.READ_QUARANTINE, Permission.TAKE_CASES)
def read_again(visit: Visit) -> Response:
    """Have it read as if it had just come."""
    try:
        taken = _handling(visit).read_again(_id(visit), visit.user)
    except NotFound:
        raise
    except VouchsafeError as refused:
        return _page(visit, status=409 if isinstance(refused, Outdated) else 422, problem=str(refused))
    says = "taken in; it is a case now" if taken.case else "this message had come before; nothing was done twice"
    return go(visit, "/quarantine", Done(says))


@require(Permission.READ_QUARANTINE, Permission.TAKE_CASES)
def put_aside(visit: Visit) -> Response:
    """Settle it by hand."""
    try:
        done = _handling(visit).put_aside(_id(visit), visit.user, visit.form.get("reason", ""))
    except NotFound:
        raise
    except VouchsafeError as refused:
        return _page(visit, status=409 if isinstance(refused, Outdated) else 422, problem=str(refused))
    return go(visit, "/quarantine", done)


def _page(visit: Visit, *, status: int = 200, problem: str = "", opened: Opened | None = None) -> Response:
    now = visit.app.clock.now()
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        item = quarantine.get(work.context, _id(visit))
        handler = staff.get(work.context, item.handled_by) if item.handled_by else None
        carer = staff.get(work.context, item.acknowledged_by) if item.acknowledged_by else None
    return show(
        visit,
        "quarantine/item.html",
        status=status,
        problem=problem,
        row=_row(known, item, now),
        desk=known.names.get(item.desk, "") if item.desk else "",
        zone=known.zone,
        handler=handler.name if handler else "",
        carer=carer.name if carer else "",
        opened=opened,
        may_open=visit.user.may(Permission.REVEAL_ORIGINALS),
        may_settle=visit.user.may(Permission.TAKE_CASES),
    )


def _row(known: Desks, item: Item, now: datetime) -> Row:
    return Row(item, in_words(now - item.at), owner_of(known, item), promised(known, item, now))


def _handling(visit: Visit) -> Handling:
    return Handling(visit.app, visit.workspace)


def _id(visit: Visit) -> UUID:
    try:
        return UUID(str(visit.request.path_params["item"]))
    except ValueError:
        raise NotFound("there is no such page") from None
