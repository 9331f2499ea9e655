"""Pages: a mail without PHI to the desk's on-call address, again until somebody acknowledges it (R179, R197).

A page waits for no agreement (decision 0037); which one covers it, if any does, stands in its event.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from vouchsafe.app import App
from vouchsafe.domain.agreement import Permit, Refusal
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.evidence.event import Event, Json, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.ways_out import PAGES
from vouchsafe.store import alarms, desks, quarantine
from vouchsafe.store.alarms import Alarm
from vouchsafe.store.desks import DeskFacts
from vouchsafe.store.quarantine import Item
from vouchsafe.store.work import PgWork
from vouchsafe.worker.errors import where

_TRY_AGAIN_IN = timedelta(seconds=30)

log = structlog.get_logger()


def page_due(app: App, workspace: WorkspaceId) -> int:
    """Mail the pages that are due; how many left. A page that cannot be mailed stays marked and is tried again."""
    with app.store(workspace) as work:
        due = alarms.to_page(work.context, _again_after(app))
        facts = {desk: desks.get(work.context, desk).facts for _, desk in due}
        # Marked before it is mailed, so that no second worker mails it too and no failure mails it again at once.
        for alarm, _ in due:
            alarms.mark_mailed(work.context, alarm.id, app.clock.now())
    return sum(_page(app, workspace, alarm, facts[desk]) for alarm, desk in due)


def _page(app: App, workspace: WorkspaceId, alarm: Alarm, facts: DeskFacts) -> int:
    """Mail one page outside of any transaction; one that could not leave is due again."""
    try:
        body = _body(app, alarm, _mail_is_held(app, workspace, alarm))
        app.pager(facts).page(facts.on_call, subject=_SUBJECT, body=body)
    except Exception as error:  # noqa: BLE001  # one page that fails must not hold up the others
        log.error("page not mailed", item=str(alarm.id), failure=type(error).__name__, where=where(error))
        with app.store(workspace) as work:
            alarms.mark_mailed(work.context, alarm.id, app.clock.now() - _again_after(app) + _TRY_AGAIN_IN)
        return 0
    with app.store(workspace) as work:
        work.note(
            Event(
                EventType.ALARM_RAISED,
                system("pager"),
                Outcome.OK,
                payload={
                    "alarm": str(alarm.id),
                    "case": str(alarm.case),
                    "queue": alarm.queue,
                    **_under(app, work),
                },
            )
        )
    return 1


def tell_of_unread(app: App, workspace: WorkspaceId) -> int:
    """Mail each desk that has items in quarantine which nobody takes care of; how many mails left (R179).

    What could not be read may be an emergency, so it goes where pages go.
    """
    with app.store(workspace) as work:
        due = quarantine.to_tell(work.context, _again_after(app))
        facts = {desk: desks.get(work.context, desk).facts for desk in due}
        for items in due.values():
            quarantine.mark_told(work.context, [one.id for one in items], app.clock.now())
    return sum(_tell(app, workspace, facts[desk], items) for desk, items in due.items())


def _tell(app: App, workspace: WorkspaceId, facts: DeskFacts, items: Sequence[Item]) -> int:
    """Mail about one desk's items outside of any transaction; what could not leave is due again."""
    try:
        app.pager(facts).page(facts.on_call, subject=_UNREAD, body=_about(app, items))
    except Exception as error:  # noqa: BLE001  # one desk whose mail fails must not hold up the others
        log.error("page not mailed", item=str(items[0].id), failure=type(error).__name__, where=where(error))
        with app.store(workspace) as work:
            again = app.clock.now() - _again_after(app) + _TRY_AGAIN_IN
            quarantine.mark_told(work.context, [one.id for one in items], again)
        return 0
    with app.store(workspace) as work:
        payload: dict[str, Json] = {
            "items": [str(one.id) for one in items],
            "queue": items[0].queue,
            **_under(app, work),
        }
        work.note(Event(EventType.ALARM_RAISED, system("pager"), Outcome.OK, payload=payload))
    return 1


def _under(app: App, work: PgWork) -> dict[str, Json]:
    """The agreement that covers pages, None where the register has none; nothing where no relay carries them."""
    found = app.asked_of_register(work, PAGES)
    return {} if found is None else {"agreement": str(found.agreement) if isinstance(found, Permit) else None}


def _again_after(app: App) -> timedelta:
    return timedelta(minutes=app.settings.page_again_min)


_SUBJECT = "vouchsafe: a case needs a person now"
_UNREAD = "vouchsafe: a message could not be read"


def _mail_is_held(app: App, workspace: WorkspaceId, alarm: Alarm) -> bool:
    """Whether no notice can reach the writer now, for want of an agreement."""
    with app.store(workspace) as work:
        return isinstance(app.may_leave(work, work.case_row(alarm.case).channel), Refusal)


def _body(app: App, alarm: Alarm, unheard: bool) -> str:  # noqa: FBT001  # one line more or less
    """Ids and times only; what the case is about stands in the workbench."""
    told = "" if not unheard else "Nothing was written back: mail is held for want of an agreement. Telephone.\n"
    return (
        f"A case in the queue {alarm.queue} needs a person now.\n"
        f"Raised at {alarm.raised_at:%Y-%m-%d %H:%M} UTC.\n"
        f"Open it: {app.settings.base_url}/cases/{alarm.case}\n"
        f"{told}"
        "This mail is sent again until somebody acknowledges the case.\n"
    )


def _about(app: App, items: Sequence[Item]) -> str:
    """How many, since when and whose; not a word of what came."""
    count = "1 message" if len(items) == 1 else f"{len(items)} messages"
    queues = ", ".join(dict.fromkeys(one.queue for one in items))
    page = f"/quarantine/{items[0].id}" if len(items) == 1 else "/quarantine"
    return (
        f"{count} could not be read, so nothing has judged what is in it; it may be an emergency.\n"
        f"Owner: {queues}. The oldest came at {items[0].at:%Y-%m-%d %H:%M} UTC.\n"
        f"Open it: {app.settings.base_url}{page}\n"
        "This mail is sent again until somebody takes care of it.\n"
    )
