"""Questions that found no source, put together, for whoever writes the pages. Reading them is on record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from vouchsafe.app import App
from vouchsafe.casework.rights import is_clinical, rights_over
from vouchsafe.domain.draft import WhyNot
from vouchsafe.domain.ids import CaseId, DeskId, WorkspaceId
from vouchsafe.domain.knowledge import Gap
from vouchsafe.domain.ruling import RuleId
from vouchsafe.domain.staff import Permission, User
from vouchsafe.domain.states import CaseFile, Unanswerable
from vouchsafe.domain.text import SafeText
from vouchsafe.domain.words import without_tokens
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.knowledge_gaps import Unanswered, gaps
from vouchsafe.knowledge.deciding import needs
from vouchsafe.ports.keys import KeyUnavailable
from vouchsafe.ports.work import NotFound
from vouchsafe.store import desks, knowledge_gaps
from vouchsafe.store.work import PgWork

RISKS = frozenset(
    RuleId(one)
    for one in (
        *("automatic", "clinical", "complaint", "crisis", "dispute", "injection", "legal_threat", "outage"),
        *("protected_topics", "safeguarding", "threat", "vulnerability"),
    )
)
"""Rules after which no page could have answered: a person was needed whatever stood on one."""
_NOTHING = frozenset({"", "no subject", "sin asunto", "untitled"})
"""What mail programs put where nobody wrote a subject."""
_ANSWERING = frozenset({"re", "fw", "fwd", "rv", "aw"})
MOST_CASES = 2_000
"""The newest ones; a question of 8 ms each is embedded for a quarter of a minute."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Groups of questions without a source. `cases`: how many were looked at; `hidden`: not this person's to read."""

    gaps: tuple[Gap, ...]
    cases: int
    hidden: int


def missing(app: App, workspace: WorkspaceId, desk_id: DeskId, user: User, days: int) -> Missing:
    """What was asked at a desk in the last `days` and found no source, or only in part. Queries are redacted.

    Cases of clinical queues are shown to clinicians alone. Raises: NotTheirs.
    """
    needs(app, workspace, user, Permission.READ_CASES, "read what was asked")
    since = app.clock.now() - timedelta(days=days)
    questions: list[Unanswered] = []
    read: list[CaseId] = []
    hidden = 0
    with app.store(workspace) as work:
        pack = app.pack(desks.get(work.context, desk_id).pack)
        found = knowledge_gaps.drafted(work.context, desk_id, since, MOST_CASES)
        for case, at in found:
            row = work.case_row(case)
            clinical = any(is_clinical(pack, queue) for queue in (row.queue, *row.also))
            if not rights_over(user, clinical_queue=clinical, sticky=False, today=app.today(pack)).words:
                hidden += 1
                continue
            file = _file(work, case)
            asked = tuple(_without_source(file)) if file else ()
            if asked:
                read.append(case)
                questions += [Unanswered(case, at, query) for query in asked]
        payload: dict[str, Json] = {
            "report": "knowledge gaps",
            "desk": str(desk_id),
            "days": days,
            "cases": [str(one) for one in read],
        }
        work.note(Event(EventType.REPORT_READ, person(user.id), Outcome.OK, payload=payload))
    if not questions:
        return Missing((), len(found), hidden)
    vectors = app.embedder.embed([without_tokens(one.query) for one in questions])
    return Missing(gaps(questions, vectors), len(found), hidden)


def _file(work: PgWork, case: CaseId) -> CaseFile | None:
    """What a pass found; None where its key was destroyed or there was no pass."""
    try:
        return work.case_file(case)
    except (NotFound, KeyUnavailable):
        return None


def _without_source(file: CaseFile) -> Iterator[str]:
    """The questions of a case that no page answers. A message that was routed for a risk asks for no page."""
    drafted = file.drafted
    if any(one.fired and one.rule in RISKS for one in file.ruling.rules):
        return
    # What a page was found for is no gap, also where no sentence of it could be quoted.
    asked = _unanswerable(drafted) if isinstance(drafted, Unanswerable) else drafted.draft.unanswered
    for query in asked:
        words = " ".join(query.value.split())
        if _asks(words):
            yield words


def _asks(words: str) -> bool:
    """Whether anything is asked beside placeholders and what a mail program wrote."""
    plain = "".join(one if one.isalnum() else " " for one in without_tokens(words).casefold())
    return " ".join(one for one in plain.split() if one not in _ANSWERING) not in _NOTHING


def _unanswerable(drafted: Unanswerable) -> tuple[SafeText, ...]:
    if drafted.why is not WhyNot.NO_SOURCE:
        return ()
    grounded = drafted.grounded
    return tuple(one.query for one in grounded.parts if one.hits.abstain or not one.hits.hits) or (grounded.query,)
