"""What is missing or in doubt: questions without a source, documents that need a person, pages that disagree."""

from dataclasses import dataclass

from starlette.responses import Response

from vouchsafe.casework.rights import may_read_page
from vouchsafe.domain.contact import MOST_PROVED
from vouchsafe.domain.ids import DeskId
from vouchsafe.domain.knowledge import Conflict, Doubt, Questionable, Statement
from vouchsafe.domain.staff import Permission
from vouchsafe.governance.knowledge_checks import questionable
from vouchsafe.knowledge.checking import check as checked_whole
from vouchsafe.knowledge.missing import MOST_CASES, Missing, missing
from vouchsafe.store import knowledge, knowledge_held
from vouchsafe.web.access import Visit, require
from vouchsafe.web.desk import Desks
from vouchsafe.web.screens.knowledge.revision import Piece, marked
from vouchsafe.web.screens.knowledge.screen import document_at, place
from vouchsafe.web.shell import show

PERIODS = (7, 30, 90)
"""Days a reader may choose from; the second is shown first."""
_MOST = 100
"""Groups of questions, and pairs of sentences, on one page."""

DOUBTS = {
    Doubt.NOBODY: "Nobody may read it",
    Doubt.OVERLAP: "Two at once",
    Doubt.STALE: "Review overdue",
    Doubt.EXPIRES: "Ends soon",
    Doubt.NO_OWNER: "Nobody answers for it",
    Doubt.EXPIRED: "Its time is over",
}
"""In the order in which a person should look at them."""
DIFFERS = {
    "telephone": "different telephone numbers",
    "price": "different prices",
    "share": "different shares",
    "time": "different times",
    "number": "different numbers",
    "negation": "one says yes, the other no",
}


@dataclass(frozen=True, slots=True)
class Doubted:
    """One kind of doubt with every document that it is about."""

    title: str
    found: tuple[Questionable, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One side of a conflict, the words marked that the other side does not have."""

    statement: Statement
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences side by side. `differs`: what it is that differs, in words."""

    differs: str
    sides: tuple[Said, Said]


@require(Permission.READ_KNOWLEDGE)
def gaps(visit: Visit) -> Response:
    """Questions that found no source, for the days of `?days=`. Reading what was asked is on record."""
    asked = visit.request.query_params
    at = place(visit, asked)
    days = int(asked["days"]) if asked.get("days") in {str(one) for one in PERIODS} else PERIODS[1]
    may_read = visit.user.may(Permission.READ_CASES)
    found = missing(visit.app, visit.workspace, at.desk.id, visit.user, days) if may_read else Missing((), 0, 0)
    with visit.app.store(visit.workspace) as work:
        zone = Desks(visit.app, work).zone
    return show(
        visit,
        "knowledge/gaps.html",
        at=at,
        tab="gaps",
        days=days,
        periods=PERIODS,
        may_read=may_read,
        gaps=found.gaps[:_MOST],
        all=len(found.gaps),
        questions=sum(one.count for one in found.gaps),
        cases=found.cases,
        hidden=found.hidden,
        capped=found.cases >= MOST_CASES,
        zone=zone,
    )


@require(Permission.READ_KNOWLEDGE)
def check(visit: Visit) -> Response:
    """What needs a person; with `compare=1` also which sentences of different passages contradict each other."""
    asked = visit.request.query_params
    at = place(visit, asked)
    compared = asked.get("compare") == "1"
    with visit.app.store(visit.workspace) as work:
        documents = knowledge.documents(work.context, at.desk.id)
        waiting = len(knowledge_held.waiting(work.context, at.desk.id))
        zone = Desks(visit.app, work).zone
    shown = [one for one in documents if may_read_page(visit.user, one)]
    pack = visit.app.pack(at.desk.pack)
    doubts = questionable(shown, visit.app.today(pack), pack.groups_for(MOST_PROVED, staff=True))
    return show(
        visit,
        "knowledge/check.html",
        at=at,
        tab="check",
        doubts=[
            Doubted(title, found)
            for kind, title in DOUBTS.items()
            if (found := tuple(one for one in doubts if one.doubt is kind))
        ],
        titles={one.path: one.title for one in shown},
        documents=len(shown),
        compared=compared,
        pairs=_pairs(visit, at.desk.id) if compared else (),
        held=waiting if visit.user.may(Permission.MANAGE_KNOWLEDGE) else 0,
        document_at=document_at,
        zone=zone,
    )


def _pairs(visit: Visit, desk: DeskId) -> tuple[Pair, ...]:
    """Conflicting sentences of documents that this person may read."""
    found = checked_whole(visit.app, visit.workspace, desk).conflicts
    return tuple(
        _pair(one)
        for one in found
        if all(may_read_page(visit.user, side.passage.document) for side in (one.first, one.second))
    )[:_MOST]


def _pair(conflict: Conflict) -> Pair:
    left, right = marked(conflict.first.text, conflict.second.text)
    sides = (Said(conflict.first, left), Said(conflict.second, right))
    return Pair(DIFFERS.get(conflict.differs, conflict.differs), sides)
