"""Pages: a mail without PHI to the desk's on-call address, again until somebody acknowledges it (R197)."""

from datetime import timedelta

from vouchsafe.app import App
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.ports.channel import Uncertain, Undeliverable
from vouchsafe.store import alarms, desks
from vouchsafe.store.alarms import Alarm


def page_due(app: App, workspace: WorkspaceId) -> int:
    """Mail the pages that are due; how many left. A page that cannot be mailed stays marked and is tried again."""
    with app.store(workspace) as work:
        due = alarms.to_page(work.context, timedelta(minutes=app.settings.page_again_min))
        done = 0
        for alarm, desk in due:
            facts = desks.get(work.context, desk).facts
            try:
                app.pager(facts).page(facts.on_call, subject=_SUBJECT, body=_body(app, alarm))
            except (Undeliverable, Uncertain):
                continue
            alarms.mark_mailed(work.context, alarm.id)
            work.note(
                Event(
                    EventType.ALARM_RAISED,
                    system("pager"),
                    Outcome.OK,
                    payload={"alarm": str(alarm.id), "case": str(alarm.case), "queue": alarm.queue},
                )
            )
            done += 1
        return done


_SUBJECT = "vouchsafe: a case needs a person now"


def _body(app: App, alarm: Alarm) -> str:
    """Ids and times only; what the case is about stands in the workbench."""
    return (
        f"A case in the queue {alarm.queue} needs a person now.\n"
        f"Raised at {alarm.raised_at:%Y-%m-%d %H:%M} UTC.\n"
        f"Open it: {app.settings.base_url}/cases/{alarm.case}\n"
        "This mail is sent again until somebody acknowledges the case.\n"
    )
