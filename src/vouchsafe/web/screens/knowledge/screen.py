"""Documents of a desk: the list, one document with its versions and the replies that cite it, one held at the door."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from vouchsafe.casework.rights import may_read_page
from vouchsafe.domain.answers import pieces
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.knowledge import CitingReply, HeldDocument
from vouchsafe.domain.passage import Passage
from vouchsafe.domain.staff import Permission
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.knowledge import deciding
from vouchsafe.pipeline.retrieve.passages import cut
from vouchsafe.ports.work import NotFound
from vouchsafe.reviewing import Done
from vouchsafe.store import desks, knowledge_held, knowledge_views, knowledge_withdrawn, reads, staff
from vouchsafe.store.desks import Desk
from vouchsafe.store.work import PgWork
from vouchsafe.web.access import Visit, reason_given, require
from vouchsafe.web.desk import Desks
from vouchsafe.web.screens.knowledge import shelf
from vouchsafe.web.screens.knowledge.revision import Revision, compare
from vouchsafe.web.screens.knowledge.shelf import STATES, Entry
from vouchsafe.web.shell import go, show

MOST = 200
"""Documents on one page; the rest is reached by search and state."""
HELD = "held"
"""The state, in addresses, of what waits at the door; such a document has no other."""
ANSWERS = "approved-answers"
"""In addresses, where a state stands: approved answers alone, in whatever state."""
_NEIGHBOURS = 10
"""Pairs of versions that are compared, the newest first."""


@dataclass(frozen=True, slots=True)
class Place:
    """The desk whose documents are shown, among those there are."""

    desk: Desk
    others: tuple[Desk, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A version with what it changed against the one before; None for the first, and beyond those compared."""

    version: knowledge_views.Shelved
    revision: Revision | None


@dataclass(frozen=True, slots=True)
class Citing:
    """A case whose reply cites the document."""

    reply: CitingReply
    says: str


LEFT = {
    "queued": "is about to leave",
    "held": "is held for want of an agreement",
    "sending": "is leaving",
    "sent": "left",
    "uncertain": "it is not known whether it left",
    "withdrawn": "was stopped before it left",
    "failed": "could not be handed over",
}
"""How far a reply came, in words."""


@require(Permission.READ_KNOWLEDGE)
def whole(visit: Visit) -> Response:
    """The list of one desk, for the state of `?state=`."""
    return _list(visit, visit.request.query_params, words="")


@require(Permission.READ_KNOWLEDGE)
def search(visit: Visit) -> Response:
    """The list narrowed by words. They come in a form and never stand in an address: they may name a patient."""
    return _list(visit, visit.form, words=visit.form.get("words", "")[:200].strip())


@require(Permission.READ_KNOWLEDGE)
def document(visit: Visit) -> Response:
    """One document, for `?desk=` and `?path=`; with `&against=` beside another one."""
    return _document(visit, visit.request.query_params)


@require(Permission.READ_KNOWLEDGE, Permission.MANAGE_KNOWLEDGE)
def withdraw(visit: Visit) -> Response:
    """Take a document out of search at once; the page then lists what rests on it."""
    path = visit.form.get("path", "")
    try:
        reason = reason_given(visit.form.get("reason", ""))
        deciding.withdraw(visit.app, visit.workspace, _desk(visit, visit.form).id, path, visit.user, reason)
    except NotFound:
        return _document(visit, visit.form, status=409, problem="this document is withdrawn already")
    except VouchsafeError as refused:
        return _document(visit, visit.form, status=422, problem=str(refused))
    says = "withdrawn: nothing searches or cites it from now on; the replies that cited it are listed below"
    return go(visit, document_at(visit.form.get("desk", ""), path) + "#cited", Done(says))


@require(Permission.READ_KNOWLEDGE, Permission.MANAGE_KNOWLEDGE)
def reinstate(visit: Visit) -> Response:
    """Search a withdrawn document again."""
    path = visit.form.get("path", "")
    try:
        deciding.reinstate(visit.app, visit.workspace, _desk(visit, visit.form).id, path, visit.user)
    except NotFound:
        return _document(visit, visit.form, status=409, problem="this document is not withdrawn any more")
    return go(visit, document_at(visit.form.get("desk", ""), path), Done("it is searched and cited again"))


@require(Permission.READ_KNOWLEDGE, Permission.MANAGE_KNOWLEDGE)
def held(visit: Visit) -> Response:
    """A document at the door: why it is held. Its words show only after a reason, since they may name a patient."""
    return _held(visit)


@require(Permission.READ_KNOWLEDGE, Permission.MANAGE_KNOWLEDGE, Permission.REVEAL_ORIGINALS)
def open_held(visit: Visit) -> Response:
    """The words of a held document for this one answer; the reason is on record before them."""
    try:
        reason = reason_given(visit.form.get("reason", ""))
    except VouchsafeError as refused:
        return _held(visit, status=422, problem=str(refused))
    item = _item(visit)
    with visit.app.store(visit.workspace) as work:
        _waiting(work, item)
        payload: dict[str, Json] = {"item": str(item), "reason": reason}
        work.note(Event(EventType.ORIGINAL_READ, person(visit.user.id), Outcome.OK, payload=payload))
    return _held(visit, opened=True)


@require(Permission.READ_KNOWLEDGE, Permission.MANAGE_KNOWLEDGE)
def release(visit: Visit) -> Response:
    """Let it be searched and cited."""
    desk = _desk_of(visit)
    done = deciding.release(visit.app, visit.workspace, desk.id, _item(visit), visit.user)
    return go(visit, document_at(desk.name, done.document.path), Done("released: it is searched from now on"))


@require(Permission.READ_KNOWLEDGE, Permission.MANAGE_KNOWLEDGE)
def discard(visit: Visit) -> Response:
    """Forget it."""
    desk = _desk_of(visit)
    deciding.discard(visit.app, visit.workspace, desk.id, _item(visit), visit.user)
    says = "discarded: its words are forgotten, and the same version is not considered again"
    return go(visit, f"/knowledge?{urlencode({'desk': desk.name})}", Done(says))


def place(visit: Visit, asked: Mapping[str, str]) -> Place:
    """The desk of `desk`, else the first one. Raises: NotFound for a desk that is not there."""
    with visit.app.store(visit.workspace) as work:
        every = desks.every(work.context)
    name = asked.get("desk", "")
    found = next((one for one in every if name in {"", one.name}), None)
    if found is None:
        raise NotFound("there is no such page")
    return Place(found, every)


def document_at(desk: str, path: str) -> str:
    """The address of a document's page."""
    return f"/knowledge/document?{urlencode({'desk': desk, 'path': path})}"


def _desk(visit: Visit, asked: Mapping[str, str]) -> Desk:
    return place(visit, asked).desk


def _list(visit: Visit, asked: Mapping[str, str], words: str) -> Response:
    here = place(visit, asked)
    waiting: tuple[HeldDocument, ...] = ()
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        every = _entries(visit, work, here.desk)
        if visit.user.may(Permission.MANAGE_KNOWLEDGE):
            waiting = knowledge_held.waiting(work.context, here.desk.id)
            _note_held(visit, work, waiting)
    counts = Counter(one.state.value for one in every)
    state = asked.get("state", "")
    answers = [one for one in every if one.now.answer]
    chosen = answers if state == ANSWERS else [one for one in every if state in {"", one.state.value}]
    found = shelf.matching(chosen, words)
    return show(
        visit,
        "knowledge/page.html",
        at=here,
        tab="documents",
        state=state if state in {*STATES, HELD, ANSWERS} else "",
        answers=len(answers),
        states=STATES,
        counts=counts,
        total=len(every),
        words=words,
        found=len(found),
        entries=found[:MOST],
        held=waiting if state in {"", HELD} and not words else (),
        waiting=len(waiting),
        sources=shelf.source_in_words,
        document_at=document_at,
        stale=sum(one.stale for one in every),
        zone=known.zone,
    )


def _entries(visit: Visit, work: PgWork, desk: Desk) -> tuple[Entry, ...]:
    """What this person may see of the desk's documents."""
    found = shelf.entries(
        knowledge_views.versions(work.context, desk.id),
        knowledge_withdrawn.in_force(work.context, desk.id),
        knowledge_views.citations(work.context, desk.id),
        visit.app.today(visit.app.pack(desk.pack)),
    )
    return tuple(one for one in found if may_read_page(visit.user, one.now))


def _note_held(visit: Visit, work: PgWork, waiting: Sequence[HeldDocument]) -> None:
    """Titles and paths of held documents are sealed: they may name a patient."""
    shown = [one.id for one in waiting]
    fresh = reads.first_looks(work.context, visit.user.id, EventType.REPORT_READ, shown)
    if fresh:
        payload: dict[str, Json] = {"report": "held documents", "items": [str(one) for one in fresh]}
        work.note(Event(EventType.REPORT_READ, person(visit.user.id), Outcome.OK, payload=payload))


def _document(visit: Visit, asked: Mapping[str, str], *, status: int = 200, problem: str = "") -> Response:
    here = place(visit, asked)
    path = asked.get("path", "")
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        every = _entries(visit, work, here.desk)
        entry = next((one for one in every if one.path == path), None)
        if entry is None:
            raise NotFound("there is no such page")
        replies = knowledge_withdrawn.citing(work.context, here.desk.id, path)
        drafts = knowledge_withdrawn.drafts_citing(work.context, here.desk.id, path)
        names = {one.id: one.signature for one in staff.every(work.context)}
    other = next((one for one in every if one.path == asked.get("against", "") != path), None)
    return show(
        visit,
        "knowledge/document.html",
        status=status,
        problem=problem,
        at=here,
        entry=entry,
        states=STATES,
        passages=cut(entry.now),
        filled=tuple(pieces(entry.now.text, entry.now.answer.slots)) if entry.now.answer else (),
        slot_types=shelf.SLOT_TYPES,
        steps=_steps(entry),
        akin=_akin(entry, every),
        other=other,
        beside=compare(other.now, entry.now) if other else None,
        citing=tuple(Citing(one, LEFT.get(one.state, one.state)) for one in replies[:MOST]),
        cited=len(replies),
        drafts=_alone(drafts, replies),
        by=names.get(entry.withdrawal.by, "") if entry.withdrawal else "",
        document_at=document_at,
        sources=shelf.source_in_words,
        may_decide=visit.user.may(Permission.MANAGE_KNOWLEDGE),
        may_read_cases=visit.user.may(Permission.READ_DECISIONS),
        zone=known.zone,
    )


def _steps(entry: Entry) -> tuple[Step, ...]:
    """The versions, the newest first."""
    series = entry.versions
    steps: list[Step] = []
    for at in range(len(series) - 1, -1, -1):
        compared = at > 0 and len(steps) < _NEIGHBOURS
        revision = compare(series[at - 1].document, series[at].document) if compared else None
        steps.append(Step(series[at], revision))
    return tuple(steps)


def _akin(entry: Entry, every: Sequence[Entry]) -> tuple[Entry, ...]:
    """Other documents for the same kind of question in the same language: an older price list, a page for staff."""
    return tuple(
        one
        for one in every
        if one.path != entry.path
        and one.now.intent is not None
        and (one.now.intent, one.now.language) == (entry.now.intent, entry.now.language)
    )


def _alone(drafts: Sequence[CaseId], replies: Sequence[CitingReply]) -> tuple[CaseId, ...]:
    return tuple(sorted(set(drafts) - {one.case for one in replies}))


def _held(visit: Visit, *, opened: bool = False, status: int = 200, problem: str = "") -> Response:
    item = _item(visit)
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        desk, found = _waiting(work, item)
        _note_held(visit, work, [found])
    marked: dict[int, list[str]] = {one.line: [] for one in found.reasons}
    for one in found.reasons:
        marked[one.line].append(one.says)
    passages: tuple[Passage, ...] = cut(found.document) if opened else ()
    return show(
        visit,
        "knowledge/held.html",
        status=status,
        problem=problem,
        desk=desk,
        item=found,
        opened=opened,
        lines=found.document.text.split("\n") if opened else [],
        marked=marked,
        passages=len(passages),
        audiences=", ".join(shelf.AUDIENCES.get(one, one) for one in sorted(found.document.audience)) or shelf.NOBODY,
        source=shelf.source_in_words(found.source),
        may_open=visit.user.may(Permission.REVEAL_ORIGINALS),
        zone=known.zone,
    )


def _desk_of(visit: Visit) -> Desk:
    with visit.app.store(visit.workspace) as work:
        return _waiting(work, _item(visit))[0]


def _waiting(work: PgWork, item: UUID) -> tuple[Desk, HeldDocument]:
    """A held document and its desk. Raises: NotFound where nobody needs to decide about it."""
    for desk in desks.every(work.context):
        for one in knowledge_held.waiting(work.context, desk.id):
            if one.id == item:
                return desk, one
    raise NotFound("there is no such page")


def _item(visit: Visit) -> UUID:
    try:
        return UUID(cast("str", visit.request.path_params["item"]))
    except ValueError:
        raise NotFound("there is no such page") from None
