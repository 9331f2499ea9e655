"""Pages: a mail without PHI to the desk's on-call address, again until somebody acknowledges it (R179, R197).

A page waits for no agreement (decision 0037); which one covers it, if any does, stands in its event.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from vouchsafe.app import App
from vouchsafe.domain.agreement import Permit, Refusal
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.domain.reply import DeliveryState
from vouchsafe.evidence.event import Event, Json, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.ways_out import PAGES
from vouchsafe.store import alarms, desks, outbox, quarantine
from vouchsafe.store.alarms import Alarm
from vouchsafe.store.desks import DeskFacts
from vouchsafe.store.quarantine import Item
from vouchsafe.store.work import PgWork
from vouchsafe.worker.errors import where

_TRY_AGAIN_IN = timedelta(seconds=30)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Mailed:
    """What one mail and its event need: all that the database is asked stands here before the mail is made."""

    to: DeskFacts
    under: dict[str, Json]


def page_due(app: App, workspace: WorkspaceId) -> int:
    """Mail the pages that are due; how many left. A page that cannot be mailed stays marked and is tried again."""
    with app.store(workspace) as work:
        due = alarms.to_page(work.context, _again_after(app))
        facts = {desk: desks.get(work.context, desk).facts for _, desk in due}
        under = _under(app, work) if due else {}
        bodies = {alarm.id: _body(app, alarm, _mail_is_held(app, work, alarm)) for alarm, _ in due}
        # Marked before it is mailed, so that no second worker mails it too and no failure mails it again at once.
        for alarm, _ in due:
            alarms.mark_mailed(work.context, alarm.id, app.clock.now())
    return sum(_page(app, workspace, alarm, bodies[alarm.id], _Mailed(facts[desk], under)) for alarm, desk in due)


def _page(app: App, workspace: WorkspaceId, alarm: Alarm, body: str, mailed: _Mailed) -> int:
    """Mail one page outside of any transaction; one that could not leave, or not go on record, is due again."""
    try:
        app.pager(mailed.to).page(mailed.to.on_call, subject=_SUBJECT, body=body)
        payload: dict[str, Json] = {"alarm": str(alarm.id), "case": str(alarm.case), "queue": alarm.queue}
        _record(app, workspace, payload | mailed.under)
    except Exception as error:  # noqa: BLE001  # one page that fails must not hold up the others
        log.error("page not mailed", item=str(alarm.id), failure=type(error).__name__, where=where(error))
        _again(app, workspace, lambda work, at: alarms.mark_mailed(work.context, alarm.id, at))
        return 0
    return 1


def tell_of_unread(app: App, workspace: WorkspaceId) -> int:
    """Mail each desk that has items in quarantine which nobody takes care of; how many mails left (R179).

    What could not be read may be an emergency, so it goes where pages go.
    """
    with app.store(workspace) as work:
        due = quarantine.to_tell(work.context, _again_after(app))
        facts = {desk: desks.get(work.context, desk).facts for desk in due}
        under = _under(app, work) if due else {}
        for items in due.values():
            quarantine.mark_told(work.context, [one.id for one in items], app.clock.now())
    return sum(_tell(app, workspace, items, _Mailed(facts[desk], under)) for desk, items in due.items())


def _tell(app: App, workspace: WorkspaceId, items: Sequence[Item], mailed: _Mailed) -> int:
    """Mail about one desk's items outside of any transaction; what could not leave, or go on record, is due again."""
    ids = [one.id for one in items]
    try:
        refused = all(one.problem == quarantine.REFUSED_POSTS for one in items)
        subject = _REFUSED if refused else _UNREAD
        app.pager(mailed.to).page(mailed.to.on_call, subject=subject, body=_about(app, items))
        payload: dict[str, Json] = {"items": [str(one) for one in ids], "queue": items[0].queue}
        _record(app, workspace, payload | mailed.under)
    except Exception as error:  # noqa: BLE001  # one desk whose mail fails must not hold up the others
        log.error("page not mailed", item=str(ids[0]), failure=type(error).__name__, where=where(error))
        _again(app, workspace, lambda work, at: quarantine.mark_told(work.context, ids, at))
        return 0
    return 1


def _record(app: App, workspace: WorkspaceId, payload: dict[str, Json]) -> None:
    with app.store(workspace) as work:
        work.note(Event(EventType.ALARM_RAISED, system("pager"), Outcome.OK, payload=payload))


def _again(app: App, workspace: WorkspaceId, mark: Callable[[PgWork, datetime], None]) -> None:
    """Have it due again soon; where not even that can be written, it is due again after the whole period."""
    try:
        with app.store(workspace) as work:
            mark(work, app.clock.now() - _again_after(app) + _TRY_AGAIN_IN)
    except Exception as error:  # noqa: BLE001  # it stands marked, and the pages after it must leave
        log.error("page waits its whole period", failure=type(error).__name__, where=where(error))


def _under(app: App, work: PgWork) -> dict[str, Json]:
    """The agreement that covers pages, None where the register has none; nothing where no relay carries them."""
    found = app.asked_of_register(work, PAGES)
    return {} if found is None else {"agreement": str(found.agreement) if isinstance(found, Permit) else None}


def _again_after(app: App) -> timedelta:
    return timedelta(minutes=app.settings.page_again_min)


_SUBJECT = "vouchsafe: a case needs a person now"
_UNREAD = "vouchsafe: a message could not be read"
_REFUSED = "vouchsafe: messages were asked to wait"


def _mail_is_held(app: App, work: PgWork, alarm: Alarm) -> bool:
    """Whether mail to the writer waits for an agreement, or will: a page may be faster than the outbox."""
    unsent = outbox.unsent_to_writer(work.context, alarm.case)
    if not unsent:
        return False
    allowed = app.may_leave(work, work.case_row(alarm.case).channel)
    return isinstance(allowed, Refusal) or (DeliveryState.HELD in unsent and allowed is None)


def _body(app: App, alarm: Alarm, unheard: bool) -> str:  # noqa: FBT001  # one line more or less
    """Ids and times only; what the case is about stands in the workbench."""
    told = "" if not unheard else "Mail to the writer is held for want of an agreement. Telephone.\n"
    return (
        f"A case in the queue {alarm.queue} needs a person now.\n"
        f"Raised at {alarm.raised_at:%Y-%m-%d %H:%M} UTC.\n"
        f"Open it: {app.settings.base_url}/cases/{alarm.case}\n"
        f"{told}"
        "This mail is sent again until somebody acknowledges the case.\n"
    )


def _about(app: App, items: Sequence[Item]) -> str:
    """How many, since when and whose; not a word of what came."""
    if all(one.problem == quarantine.REFUSED_POSTS for one in items):
        return _about_refusals(app, items)
    count = "1 message" if len(items) == 1 else f"{len(items)} messages"
    queues = ", ".join(dict.fromkeys(one.queue for one in items))
    page = f"/quarantine/{items[0].id}" if len(items) == 1 else "/quarantine"
    return (
        f"{count} could not be read, so nothing has judged what is in it; it may be an emergency.\n"
        f"Owner: {queues}. The oldest came at {items[0].at:%Y-%m-%d %H:%M} UTC.\n"
        f"Open it: {app.settings.base_url}{page}\n"
        "This mail is sent again until somebody takes care of it.\n"
    )


def _about_refusals(app: App, items: Sequence[Item]) -> str:
    doors = ", ".join(sorted({one.channel.value.replace("_", " ") for one in items}))
    return (
        f"Messages by {doors} were asked to wait: more came from one network than may; patients may be among them.\n"
        f"Owner: {items[0].queue}. The first came at {items[0].at:%Y-%m-%d %H:%M} UTC.\n"
        f"Look at it: {app.settings.base_url}/quarantine\n"
        "This mail is sent again until somebody takes care of it.\n"
    )
