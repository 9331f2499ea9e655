"""Who works here: roles, licences and their end. Accounts are made by `vouchsafe user`."""

from starlette.responses import Response

from vouchsafe.domain.staff import Permission
from vouchsafe.store import staff
from vouchsafe.web.access import Visit, require
from vouchsafe.web.desk import Desks
from vouchsafe.web.shell import show


@require(Permission.MANAGE_USERS)
def whole(visit: Visit) -> Response:
    """The page."""
    with visit.app.store(visit.workspace) as work:
        people = staff.every(work.context)
        known = Desks(visit.app, work)
    today = visit.app.today(known.packs[0]) if known.packs else visit.app.clock.now().date()
    return show(visit, "people/page.html", people=people, today=today)
