"""Search in the trail by its clear columns. The search is an event itself; payloads stay closed here."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.staff import Permission
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import DESCRIPTIONS, EventType
from vouchsafe.governance.explain import Link, link
from vouchsafe.store import checkpointer, staff, trail
from vouchsafe.store.context import Context
from vouchsafe.store.trail import Recorded
from vouchsafe.web.access import Visit, require
from vouchsafe.web.desk import Desks
from vouchsafe.web.shell import show

_ROWS = 100
FIELDS = ("type", "case", "actor", "since", "until", "before")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it stands in the address, so that it can be linked: ids, types and days, never words."""

    type: str = ""
    case: str = ""
    actor: str = ""
    since: str = ""
    until: str = ""
    before: str = ""
    """Id of the event that the page before ended with."""

    @property
    def query(self) -> str:
        """As part of an address."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def after(self, event: UUID) -> str:
        """The same search as part of an address, from what is older than an event."""
        return replace(self, before=str(event)).query

    @property
    def newest(self) -> str:
        """The same search as part of an address, from the newest event."""
        return replace(self, before="").query


@dataclass(frozen=True, slots=True)
class Row:
    """One event in the table."""

    link: Link
    case: str
    outcome: str


@require(Permission.SEARCH_TRAIL)
def whole(visit: Visit) -> Response:
    """The form and what was found, newest first."""
    query = visit.request.query_params
    asked = Asked(**{name: query.get(name, "")[:64] for name in FIELDS})
    with visit.app.store(visit.workspace) as work:
        zone = Desks(visit.app, work).zone
        people = staff.every(work.context)
        names = {str(user.id): user.name for user in people}
        try:
            found = _search(work.context, asked, zone)
            problem = ""
        except (ValueError, OverflowError):  # days at either end of the calendar have no midnight elsewhere
            found, problem = (), "A case is named by its whole id, a day as 2026-03-02."
        payload: dict[str, Json] = {"asked": asked.query, "events": [str(one.leaf.id) for one in found]}
        work.note(Event(EventType.TRAIL_READ, person(visit.user.id), Outcome.OK, payload=payload))
        newest = checkpointer.latest(work.context.connection)
    return show(
        visit,
        "trail/page.html",
        status=422 if problem else 200,
        problem=problem,
        asked=asked,
        rows=[_row(one, names) for one in found],
        types=sorted(DESCRIPTIONS, key=lambda one: one.value),
        people=people,
        zone=zone,
        newest=newest,
        older=asked.after(found[-1].leaf.id) if len(found) == _ROWS else "",
    )


def _search(context: Context, asked: Asked, zone: str) -> tuple[Recorded, ...]:
    return trail.search(
        context,
        types=[EventType(asked.type)] if asked.type else [],
        case=CaseId(UUID(asked.case)) if asked.case else None,
        actor=asked.actor or None,
        since=_midnight(asked.since, zone),
        until=_midnight(asked.until, zone, days=1),
        before=UUID(asked.before) if asked.before else None,
        limit=_ROWS,
    )


def _midnight(day: str, zone: str, days: int = 0) -> datetime | None:
    """The beginning of a day in the desk's zone. Raises: ValueError, OverflowError."""
    if not day:
        return None
    wanted = date.fromisoformat(day) + timedelta(days=days)
    return datetime.combine(wanted, time(), ZoneInfo(zone)).astimezone(UTC)


def _row(one: Recorded, names: dict[str, str]) -> Row:
    return Row(link(one.leaf, None, one.index, names), str(one.leaf.case or ""), one.leaf.outcome.value)
