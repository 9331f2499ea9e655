"""A person decides: what waits at the door goes in or is forgotten, a document is withdrawn or put back."""

from dataclasses import dataclass
from uuid import UUID

from vouchsafe.app import App
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import CaseId, DeskId, QueueName, WorkspaceId
from vouchsafe.domain.knowledge import CitingReply, HeldDocument, HeldState
from vouchsafe.domain.reply import DeliveryState
from vouchsafe.domain.ruling import RuleId, RuleResult, Ruling, Verdict
from vouchsafe.domain.staff import Permission, User
from vouchsafe.domain.states import AwaitingHuman, Stage
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.knowledge.importing import event_of
from vouchsafe.ports.work import NotFound
from vouchsafe.store import cases, knowledge, knowledge_held, knowledge_withdrawn
from vouchsafe.store.work import PgWork

_STILL_HERE = (DeliveryState.QUEUED.value, DeliveryState.HELD.value)
_LONGEST_REASON = 2_000
_RULE = RuleId("source_withdrawn")
_QUEUE = "front_desk"
"""Takes a case that was approved without ever having a queue, as when a reply may not leave after all."""


class NotTheirs(VouchsafeError):
    """This person may not decide about knowledge, or read what was asked for."""


class ReasonNeeded(VouchsafeError):
    """A withdrawal is explained to whoever reads the trail later."""

    def __init__(self) -> None:
        super().__init__("a reason is needed, such as --reason 'the price changed'; it stands in the trail")


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal met. `replies`: those that cite the document; `drafts`: open cases whose draft does."""

    replies: tuple[CitingReply, ...]
    drafts: tuple[CaseId, ...]
    stopped: tuple[CaseId, ...]
    """Cases whose reply had not begun to leave: it does not leave now, and a person reads the case."""


def needs(app: App, workspace: WorkspaceId, user: User, permission: Permission, what: str) -> None:
    """Raises: NotTheirs, which is on record, where the person may not. `what` ends the sentence "you may not ..."."""
    if not user.may(permission):
        payload: dict[str, Json] = {"path": "knowledge", "needs": permission.value}
        with app.store(workspace) as work:
            work.note(Event(EventType.ACCESS_DENIED, person(user.id), Outcome.REFUSED, payload=payload))
        raise NotTheirs(f"your role may not {what}; see vouchsafe user list for those who may")


def release(app: App, workspace: WorkspaceId, desk: DeskId, item: UUID, user: User) -> HeldDocument:
    """Let a held version be searched and cited, from the next search on. Raises: NotTheirs, NotFound."""
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "decide about knowledge")
    with app.store(workspace) as work:
        held = knowledge_held.take(work.context, desk, item)
        knowledge.add(work.context, desk, held.source, held.document)
        knowledge_held.settle(work.context, item, HeldState.RELEASED, user.id)
        work.note(_decision(EventType.SOURCE_RELEASED, desk, held, user))
    return held


def discard(app: App, workspace: WorkspaceId, desk: DeskId, item: UUID, user: User) -> HeldDocument:
    """Forget a held version; the same words are not considered again. Raises: NotTheirs, NotFound."""
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "decide about knowledge")
    with app.store(workspace) as work:
        held = knowledge_held.take(work.context, desk, item)
        knowledge_held.settle(work.context, item, HeldState.DISCARDED, user.id)
        work.note(_decision(EventType.SOURCE_DISCARDED, desk, held, user))
    return held


def withdraw(  # noqa: PLR0917  # where, what, who and why
    app: App, workspace: WorkspaceId, desk: DeskId, path: str, user: User, reason: str
) -> Withdrawn:
    """Take a document out of search at once, in every version, and say what rests on it.

    Replies that have not begun to leave are stopped; those that left are listed, for a person to correct them.
    Raises: NotTheirs, ReasonNeeded, NotFound for a path the desk never had or has withdrawn already.
    """
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "decide about knowledge")
    given = reason.strip()[:_LONGEST_REASON]
    if not given:
        raise ReasonNeeded
    with app.store(workspace) as work:
        if not knowledge.is_known(work.context, desk, path):
            raise NotFound("this desk has no document of that path; vouchsafe knowledge list shows them")
        if not knowledge_withdrawn.withdraw(work.context, desk, path, user.id, given):
            raise NotFound("this document is withdrawn already")
        knowledge.changed(work.context, desk)
        replies = knowledge_withdrawn.citing(work.context, desk, path)
        drafts = knowledge_withdrawn.drafts_citing(work.context, desk, path)
        queued = dict.fromkeys(one.case for one in replies if one.state in _STILL_HERE)
        stopped = tuple(case for case in sorted(queued) if _stop(work, case, user))
        payload: dict[str, Json] = {
            "desk": str(desk),
            "document": path,
            "reason": given,
            "replies": [{"case": str(one.case), "state": one.state} for one in replies],
            "drafts": [str(one) for one in drafts],
        }
        work.note(Event(EventType.SOURCE_WITHDRAWN, person(user.id), Outcome.WITHDRAWN, payload=payload))
    return Withdrawn(replies, drafts, stopped)


def reinstate(app: App, workspace: WorkspaceId, desk: DeskId, path: str, user: User) -> None:
    """Search a withdrawn document again, in the version its source holds now. Raises: NotTheirs, NotFound."""
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "decide about knowledge")
    with app.store(workspace) as work:
        knowledge_withdrawn.reinstate(work.context, desk, path, user.id)
        knowledge.changed(work.context, desk)
        payload: dict[str, Json] = {"desk": str(desk), "document": path}
        work.note(Event(EventType.SOURCE_REINSTATED, person(user.id), Outcome.OK, payload=payload))


def _decision(kind: EventType, desk: DeskId, held: HeldDocument, user: User) -> Event:
    return event_of(kind, person(user.id), desk, held.source, [(held.document.path, held.document.version)])


def _stop(work: PgWork, case: CaseId, user: User) -> bool:
    """Give a case whose reply waits to leave back to a person; False where it moved on meanwhile."""
    row = cases.get(work.context, case, lock=True)
    if row.stage is not Stage.APPROVED:
        return False
    file = work.case_file(case)
    reason = "a source of the reply was withdrawn before it left"
    held = RuleResult(_RULE, fired=True, reason=reason, source="issue C: a document can be withdrawn at once")
    ruling = Ruling(
        verdict=Verdict.AWAITING_HUMAN,
        rules=(held, *file.ruling.rules),
        queue=file.ruling.queue or QueueName(row.queue or _QUEUE),
        also=file.ruling.also,
        tier=file.ruling.tier,
        pack=file.ruling.pack,
    )
    event = Event(
        EventType.DRAFT_WITHDRAWN,
        person(user.id),
        Outcome.WITHDRAWN,
        case=case,
        conversation=row.conversation,
        payload={"why": _RULE},
    )
    work.record(AwaitingHuman(row.head(work.workspace), file.drafted, ruling, draft_visible=file.draft_visible), event)
    return True
