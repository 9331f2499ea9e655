"""Duties of the sweep: nothing stays with somebody who left, nothing received stays uncomputed."""

from datetime import timedelta

from sqlalchemy import select

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId, ConversationId, UserId, WorkspaceId
from vouchsafe.domain.states import OPEN_STAGES
from vouchsafe.evidence.event import Event, Json, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import cases, conversations, jobs, schema, staff, trail
from vouchsafe.worker.passes import MAX_ATTEMPTS, give_up

FORGOTTEN_AFTER = timedelta(minutes=2)
"""A received case that no job computed by then gets a new job: its first one was lost with a queue row."""
OVERDUE_AFTER = timedelta(minutes=5)
"""A case not computed by then goes to a person where no other was judged of late: one that hangs holds up those
behind it."""
OF_LATE = timedelta(minutes=1)
_AT_ONCE = 50
"""Overdue cases given up in one round."""


def return_idle_conversations(app: App, workspace: WorkspaceId) -> int:
    """Conversations held by somebody logged off go back to their queue, never to the AI alone (R179)."""
    idle = timedelta(minutes=app.settings.idle_log_off_min)
    with app.store(workspace) as work:
        present = staff.present(work.context, idle)
        table, case = schema.conversation, schema.case
        rows = work.context.connection.execute(
            select(table.c.id, table.c.holder, case.c.id.label("case_id"))
            .join(case, (case.c.workspace_id == table.c.workspace_id) & (case.c.conversation_id == table.c.id))
            .where(table.c.holder.isnot(None), case.c.stage.in_([stage.value for stage in OPEN_STAGES]))
            # Several conversations in one transaction: two sweeps take them in the same order.
            .order_by(table.c.id)
        ).all()
        left = [row for row in rows if UserId(row.holder) not in present]
        for row in left:
            cases.get(work.context, CaseId(row.case_id), lock=True)
            conversations.hold(work.context, ConversationId(row.id), None)
            work.note(
                Event(
                    EventType.CONVERSATION_RETURNED,
                    system("sweep"),
                    Outcome.OK,
                    case=CaseId(row.case_id),
                    conversation=ConversationId(row.id),
                    payload={"why": "holder logged off"},
                )
            )
    return len(left)


def end_lapsed_sessions(app: App, workspace: WorkspaceId) -> int:
    """Sessions that idled or aged out leave an event each, though nobody pressed anything; how many (R101)."""
    with app.store(workspace) as work:
        lapsed = staff.end_lapsed(work.context, timedelta(minutes=app.settings.idle_log_off_min))
        for one in lapsed:
            payload: dict[str, Json] = {"user": str(one.user), "why": "idle" if one.idle else "age"}
            work.note(Event(EventType.SESSION_ENDED, system("sweep"), Outcome.OK, payload=payload))
    return len(lapsed)


def requeue_forgotten(app: App, workspace: WorkspaceId) -> int:
    """Received cases that nobody computed for a while get a new job, three times; then a person gets them.

    The stage makes a second run harmless.
    """
    with app.store(workspace) as work:
        rows = cases.forgotten(work.context, app.clock.now() - FORGOTTEN_AFTER)
        given_up = []
        for case, conversation in rows:
            if cases.count_attempt(work.context, case) > MAX_ATTEMPTS:
                given_up.append(case)
            else:
                jobs.defer_advance(work.context, conversation, case)
    for case in given_up:
        give_up(app, workspace, case, "Forgotten", try_redactor=False)
    return len(rows)


def give_up_overdue(app: App, workspace: WorkspaceId) -> int:
    """A person gets each case that waits too long, with page and notice by the rules; how many.

    While messages are being judged, as after a stop of hours, none is given up unjudged: those behind get their turn,
    and one whose job dies again and again is given up by `requeue_forgotten`. The version fences: what a job that still
    runs finds later is outdated.
    """
    now = app.clock.now()
    with app.store(workspace) as work:
        if trail.judged_since(work.context, now - OF_LATE):
            return 0
        late = cases.overdue(work.context, now - OVERDUE_AFTER, _AT_ONCE)
    for case in late:
        give_up(app, workspace, case, "Overdue", try_redactor=False)
    return len(late)
