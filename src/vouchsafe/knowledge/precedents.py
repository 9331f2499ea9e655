"""Precedents: a person keeps a reply as one, others see it beside like questions, anybody entitled takes it back.

1. the words are proposed without greeting, signature, placeholders and identifiers   (pipeline/redact/deidentify.py)
2. a person reads, mends and confirms them; both scans look again                      (`mark`)
3. they are sealed under the key of the conversation they came from                    (store/precedents.py)
4. an open case of the same desk shows the most like ones                              (`like`)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from vouchsafe.app import App
from vouchsafe.casework.rights import Rights, is_clinical, rights_over
from vouchsafe.domain.draft import Origin
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import CaseId, ConversationId, DeskId, UserId, WorkspaceId
from vouchsafe.domain.message import Direction
from vouchsafe.domain.precedent import Precedent, PrecedentId, Wording
from vouchsafe.domain.staff import Permission, User
from vouchsafe.domain.states import CaseFile, Stage
from vouchsafe.domain.words import without_tokens
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.knowledge.deciding import needs
from vouchsafe.pipeline.redact.deidentify import Identifies, deidentified, proposed
from vouchsafe.pipeline.retrieve.precedents import Alike, alike
from vouchsafe.ports.embedder import Vectors
from vouchsafe.ports.work import CaseRow, NotFound
from vouchsafe.store import cases, conversations, messages, precedents, reads, tokens
from vouchsafe.store.precedents import Kept
from vouchsafe.store.work import PgWork

LONGEST = 4_000
"""Characters of a question or an answer: a precedent is a paragraph or two, not a file."""
_ANSWERED = frozenset({Stage.APPROVED, Stage.SENT})


class NoPrecedent(VouchsafeError):
    """This case gives no precedent; the message says why."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person looks at before a reply is kept: words to mend, and the precedent that stands already."""

    question: str
    answer: str
    standing: Precedent | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A precedent beside an open case. `linked`: the reader may open the case it came from."""

    precedent: Precedent
    score: float
    linked: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """One precedent of a list."""

    id: PrecedentId
    case: CaseId
    by: UserId
    at: datetime
    question: str


@dataclass(frozen=True, slots=True)
class _Source:
    """The case that a precedent is taken from."""

    row: CaseRow
    file: CaseFile
    public: tuple[str, ...]
    known: tuple[KnownContact, ...]
    """Who wrote in it, by their own word and by the records of their addresses."""


def propose(app: App, workspace: WorkspaceId, case: CaseId, user: User) -> Proposal:
    """The words of a reply as they could be kept. Raises: NotTheirs, NotFound, NoPrecedent."""
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "keep replies as precedents")
    with app.store(workspace) as work:
        source = _source(app, work, case, user)
        named = work.tokens(source.row.conversation)
        stands = precedents.of_case(work.context, case)
    reply = source.file.reply
    assert reply is not None  # what `_source` looked at
    language = reply.item.language
    paragraphs = (
        " ".join(one.text.value for one in part if one.origin is not Origin.PHRASE)
        for part in reply.item.draft.paragraphs
    )
    answer = "\n\n".join(one for one in paragraphs if one.strip())
    question = source.file.drafted.grounded.query.value
    words = [
        proposed(one, app.redactor, named, source.public, language, known=source.known).strip()[:LONGEST]
        for one in (question, answer)
    ]
    return Proposal(words[0], words[1], stands)


def mark(app: App, workspace: WorkspaceId, case: CaseId, user: User, question: str, answer: str) -> Precedent:  # noqa: PLR0917  # where, who and the words
    """Keep a reply as a precedent, in the words that a person confirmed.

    Raises: NotTheirs, NotFound, NoPrecedent; Identifies where a scan still finds something in either text.
    """
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "keep replies as precedents")
    for text, what in ((question, "question"), (answer, "answer")):
        if not text.strip():
            raise NoPrecedent(f"the {what} is empty; write it in general words")
        if len(text) > LONGEST:
            raise NoPrecedent(f"the {what} is longer than {LONGEST:,} characters; keep what others can use")
    with app.store(workspace) as work:
        source = _source(app, work, case, user)
        named = work.tokens(source.row.conversation)
    reply = source.file.reply
    assert reply is not None  # what `_source` looked at
    kinds: list[str] = []
    safe = []
    for text in (question, answer):
        try:
            safe.append(deidentified(_tidy(text), app.redactor, named, source.public, known=source.known))
        except Identifies as found:
            kinds += found.kinds
    if kinds:
        raise Identifies(tuple(dict.fromkeys(kinds)))
    wording = Wording(safe[0], safe[1], reply.item.language)
    (vector,) = app.embedder.embed([wording.question.value])
    with app.store(workspace) as work:
        row = cases.get(work.context, case, lock=True)
        made, earlier = precedents.keep(work.context, row, user.id, wording, (app.embedder.ref, vector))
        if earlier is not None:
            why = f"kept again in other words as {made.id}"
            work.note(_event(EventType.PRECEDENT_WITHDRAWN, replace(made, id=earlier), user, reason=why))
        work.note(_event(EventType.PRECEDENT_MADE, made, user))
    return made


def withdraw(  # noqa: PLR0917  # where, what, who and why
    app: App, workspace: WorkspaceId, desk: DeskId, precedent: PrecedentId, user: User, reason: str
) -> Precedent:
    """Nobody is shown it any more, from the next look on, and its words are forgotten. Raises: NotTheirs, NotFound."""
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "withdraw precedents")
    if not reason.strip():
        raise NoPrecedent("say why in a few words; the reason is recorded with your name")
    with app.store(workspace) as work:
        # The case first, as `mark` does: two locks are taken in one order.
        cases.get(work.context, precedents.get(work.context, desk, precedent).case, lock=True)
        found = precedents.get(work.context, desk, precedent, lock=True)
        precedents.withdraw(work.context, precedent, user.id)
        given = _masked(app, work, found.conversation, reason.strip()[:2_000])
        work.note(_event(EventType.PRECEDENT_WITHDRAWN, found, user, reason=given))
    return found


def like(app: App, workspace: WorkspaceId, case: CaseId, user: User) -> tuple[Shown, ...]:
    """How questions like an open case's were answered before at its desk; who saw which is on record.

    Empty for whoever may not read the case's words: a precedent says what was asked.
    """
    with app.store(workspace) as work:
        row = cases.get(work.context, case)
        if not precedents.any_at(work.context, row.desk) or not _rights(app, work, row, user).words:
            return ()
        file = _file(work, case)
        kept = precedents.standing(work.context, row.desk)
    query = without_tokens(file.drafted.grounded.query.value).strip() if file else ""
    others = [one for one in kept if one.precedent.conversation != row.conversation]
    if not query or not others:
        return ()
    (vector,) = app.embedder.embed([query])
    found = alike(query, vector, [one.precedent for one in others], _vectors(app, others))
    if not found:
        return ()
    with app.store(workspace) as work:
        # Somebody may have withdrawn one, or erased its conversation, while the question was embedded.
        still = {one.precedent.id for one in precedents.standing(work.context, row.desk)}
        shown = tuple(_shown(app, work, one, user) for one in found if one.precedent.id in still)
        _note_look(work, row, user, shown)
    return shown


def listed(app: App, workspace: WorkspaceId, desk: DeskId, user: User) -> tuple[Listed, ...]:
    """The precedents of a desk that stand, newest first; reading them is on record. Raises: NotTheirs."""
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "read precedents")
    needs(app, workspace, user, Permission.READ_CASES, "read precedents")
    with app.store(workspace) as work:
        kept = [one.precedent for one in precedents.standing(work.context, desk)]
        payload: dict[str, Json] = {
            "report": "precedents",
            "desk": str(desk),
            "precedents": [str(one.id) for one in kept],
        }
        work.note(Event(EventType.REPORT_READ, person(user.id), Outcome.OK, payload=payload))
    return tuple(Listed(one.id, one.case, one.marked_by, one.marked_at, one.wording.question.value) for one in kept)


def _source(app: App, work: PgWork, case: CaseId, user: User) -> _Source:
    """The answered case, if it may give a precedent. Raises: NotFound, NoPrecedent."""
    row = cases.get(work.context, case)
    if not _rights(app, work, row, user).words:
        raise NotFound("there is no such case")
    file = _file(work, case)
    if file is None or file.reply is None or row.stage not in _ANSWERED:
        raise NoPrecedent("only a reply that was approved can be kept as a precedent")
    findings = file.drafted.grounded.understood.findings
    facts = conversations.get(work.context, row.conversation).facts
    pack = app.pack_of(work, row.desk)
    clinical = any(is_clinical(pack, queue) for queue in (row.queue, *row.also))
    if clinical or facts.sticky.any or findings.clinical.flag or findings.crisis.flag:
        # What was said to one person about their health is no answer for the next one.
        raise NoPrecedent("a reply to a clinical or crisis message is not kept as a precedent")
    public = tuple(hit.passage.text for hit in file.drafted.grounded.hits.hits)
    return _Source(row, file, public, _known(work, row.conversation))


def _known(work: PgWork, conversation: ConversationId) -> tuple[KnownContact, ...]:
    inbound = [turn for turn in messages.turns(work.context, conversation) if turn.direction is Direction.INBOUND]
    senders = {(turn.sender_name.value, turn.sender_address.value): turn.sender_address for turn in inbound}
    own = (KnownContact(names=(name,), emails=(address,)) for name, address in sorted(senders))
    return (*own, *(one.known for address in senders.values() for one in work.contacts_at(address)))


def _rights(app: App, work: PgWork, row: CaseRow, user: User) -> Rights:
    pack = app.pack_of(work, row.desk)
    clinical = any(is_clinical(pack, queue) for queue in (row.queue, *row.also))
    return rights_over(user, clinical_queue=clinical, sticky=False, today=app.today(pack))


def _file(work: PgWork, case: CaseId) -> CaseFile | None:
    try:
        return work.case_file(case)
    except NotFound:
        return None


def _vectors(app: App, kept: Sequence[Kept]) -> Vectors:
    """Vectors of the questions; those of another embedder are made anew for this search."""
    rows = np.zeros((len(kept), len(kept[0].vector)), dtype=np.float32)
    old = [at for at, one in enumerate(kept) if one.model != app.embedder.ref]
    fresh = app.embedder.embed([kept[at].precedent.wording.question.value for at in old]) if old else rows[:0]
    if old:
        rows = np.zeros((len(kept), fresh.shape[1]), dtype=np.float32)
    for at, one in enumerate(kept):
        rows[at] = fresh[old.index(at)] if at in old else one.vector
    return rows


def _shown(app: App, work: PgWork, one: Alike, user: User) -> Shown:
    linked = _rights(app, work, cases.get(work.context, one.precedent.case), user).words
    return Shown(one.precedent, one.score, linked)


def _note_look(work: PgWork, row: CaseRow, user: User, shown: Sequence[Shown]) -> None:
    """Once for the same reader, case and precedents in 15 minutes, like the reading of the case itself."""
    looked_at = [row.id, *(one.precedent.id for one in shown)]
    if shown and reads.first_looks(work.context, user.id, EventType.PRECEDENT_READ, looked_at):
        payload: dict[str, Json] = {"precedents": [str(one.precedent.id) for one in shown]}
        kind = EventType.PRECEDENT_READ
        work.note(Event(kind, person(user.id), Outcome.OK, case=row.id, conversation=row.conversation, payload=payload))


def _event(kind: EventType, one: Precedent, user: User, **more: Json) -> Event:
    payload: dict[str, Json] = {"precedent": str(one.id), "desk": str(one.desk), **more}
    return Event(kind, person(user.id), Outcome.OK, case=one.case, conversation=one.conversation, payload=payload)


def _masked(app: App, work: PgWork, conversation: ConversationId, reason: str) -> str:
    """Why, with identifiers as placeholders: who may read the trail need not be allowed to see them."""
    redaction = app.light_redactor.redact([reason], tokens=work.tokens(conversation))
    masked = redaction.parts[0].text.value
    tokens.keep(work.context, conversation, tuple(one for one in redaction.tokens if one.placeholder in masked))
    return masked


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
