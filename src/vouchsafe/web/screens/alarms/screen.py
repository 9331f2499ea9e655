"""What alarms are worth, in counts: by tier and cause over a period, as people judged them, and as expected (R197).

Nothing here names a case or a person. What was found is sealed, so opening it to count is on record as a report.
"""

from datetime import timedelta

from starlette.responses import Response

from vouchsafe.domain.finding import Tier
from vouchsafe.domain.staff import Permission
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.quality.alarm_rates import cause_rates, raised, tier_rates
from vouchsafe.quality.measured import shipped
from vouchsafe.store import alarms
from vouchsafe.web.access import Visit, require
from vouchsafe.web.shell import show

PERIODS = (7, 30, 90)
"""Days a reader may choose from; the second is shown first."""
OPENED = 2_000
"""Causes are counted in so many alarms, the newest: each has to be unsealed for it."""

TIERS = {
    Tier.PAGE: "Page: somebody is called at once",
    Tier.CLINICAL: "Clinical worklist: this shift",
    Tier.PERSON: "Person: an answer by hand",
}
CAUSES = {
    "crisis": "crisis",
    "emergent": "urgent health",
    "safeguarding": "risk from another person",
    "threat": "threat",
    "outage": "outage that care depends on",
    "clinical": "health or care",
    "health": "illness that makes it harder",
    "legal_threat": "legal steps",
    "dispute": "dispute",
    "complaint": "complaint",
    "human_request": "wish for a person",
    "injection": "instructions to the AI",
    "financial": "money trouble",
    "life_event": "hard event in life",
    "language": "another language",
    "accessibility": "another way to be answered",
    "capability": "help to deal with it",
    "not_judged": "a check could not judge it",
    "sticky": "an earlier risk of the conversation",
    "attachment": "a picture or a file",
    "operator_hold": "a hold of your own pack",
    "skip_check": "instructions to skip a check",
    "redaction_failed": "it could not be redacted",
    "unread": "nothing could judge it, or its words were erased",
    "other": "another rule",
}


@require(Permission.READ_FIGURES)
def whole(visit: Visit) -> Response:
    """The page, for the days of `?days=`."""
    days = _days(visit.request.query_params.get("days", ""))
    since = visit.app.clock.now() - timedelta(days=days)
    with visit.app.store(visit.workspace) as work:
        context = work.context
        messages = alarms.messages_since(context, since)
        tiers = tier_rates(alarms.counts_since(context, since), alarms.judged_since(context, since), messages)
        newest = alarms.newest_since(context, since, OPENED)
        payload: dict[str, Json] = {"report": "alarms", "days": days, "opened": len(newest)}
        work.note(Event(EventType.REPORT_READ, person(visit.user.id), Outcome.OK, payload=payload))
    causes = cause_rates((raised(one.rank, one.file, warranted=one.warranted) for one in newest), messages)
    return show(
        visit,
        "alarms/page.html",
        days=days,
        periods=PERIODS,
        messages=messages,
        tiers=tiers,
        causes=causes,
        counted=len(newest),
        all=sum(one.alarms for one in tiers),
        measured=shipped(),
        titles=TIERS,
        cause_titles=CAUSES,
        most=max((one.rate.alarms for one in causes), default=1),
    )


def _days(asked: str) -> int:
    return int(asked) if asked in {str(one) for one in PERIODS} else PERIODS[1]
