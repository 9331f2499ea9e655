"""The list of what could not be read: where it came from, what is wrong, who owns it. Its words stay sealed here."""

from starlette.responses import Response

from vouchsafe.casework.promise import in_words
from vouchsafe.domain.staff import Permission
from vouchsafe.store import quarantine
from vouchsafe.web.access import Visit, require
from vouchsafe.web.desk import Desks
from vouchsafe.web.shell import show


@require(Permission.READ_QUARANTINE)
def whole(visit: Visit) -> Response:
    """The page."""
    now = visit.app.clock.now()
    with visit.app.store(visit.workspace) as work:
        items = quarantine.waiting(work.context)
        known = Desks(visit.app, work)
    rows = [(one, in_words(now - one.at), known.titles.get(one.queue, one.queue)) for one in items]
    return show(visit, "quarantine/page.html", rows=rows, desk_names=known.names, zone=known.zone)
