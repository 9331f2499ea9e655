"""What the workbench shows of cases, fetched with the event of the read in the same transaction (design section 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from vouchsafe.app import App
from vouchsafe.casework.findings import Spoken, spoken
from vouchsafe.casework.promise import Promise, in_words, promise
from vouchsafe.casework.rights import (
    CLOSED,
    Rights,
    closed_pages,
    draft_is_closed,
    found_pages,
    is_clinical,
    rights_over,
)
from vouchsafe.casework.sheet import Line, Sheet, lay_out
from vouchsafe.casework.unanswered import Piece, pieces
from vouchsafe.casework.who import pseudonym
from vouchsafe.casework.why import Meaning, Rung, State, Why, no_draft, state_of, why_here
from vouchsafe.domain.agreement import Refusal
from vouchsafe.domain.draft import Draft
from vouchsafe.domain.finding import RiskRank
from vouchsafe.domain.ids import CaseId, ConversationId, MessageId, UserId
from vouchsafe.domain.message import Author, Direction, Turn
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.passage import Hits
from vouchsafe.domain.reply import DeliveryState, Reply
from vouchsafe.domain.staff import Permission, User
from vouchsafe.domain.states import OPEN_STAGES, CaseFile, Drafted, SafeAttachment, SafeTurn, Stage, Sticky
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.ports.work import CaseRow, NotFound, OutboxItem
from vouchsafe.store import (
    alarms,
    cases,
    conversations,
    desks,
    drafting,
    knowledge,
    messages,
    outbox,
    quarantine,
    reads,
    staff,
    stops,
)
from vouchsafe.store.alarms import Alarm
from vouchsafe.store.drafting import DraftingState
from vouchsafe.store.quarantine import Item
from vouchsafe.store.stops import Stop
from vouchsafe.store.work import PgWork
from vouchsafe.web.access import Visit

ROWS = 50
"""Rows a list shows; the rest is reached by the queues of the rail."""
_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Ask:
    """Which cases a list shows."""

    queue: str = ""
    view: str = ""
    """Empty for what waits, `mine`, or `ended`."""
    words: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As it stands in an address; search words never do (they may name a patient)."""
        return {name: value for name, value in (("queue", self.queue), ("view", self.view)) if value}


@dataclass(frozen=True, slots=True)
class QueueCount:
    """A queue in the rail: how many wait, and how old the oldest is."""

    name: str
    title: str
    count: int
    oldest: str
    late: int
    clinical: bool


@dataclass(frozen=True, slots=True)
class Rail:
    """The left column."""

    waiting: int
    mine: int
    queues: tuple[QueueCount, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list. `subject` and `first` are empty where the reader may not see words."""

    id: CaseId
    who: str
    subject: str
    first: str
    queue: str
    channel: str
    age: str
    opened_at: datetime
    promise: Promise
    rank: RiskRank
    state: State
    words: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of the conversation as shown."""

    direction: Direction
    by: str
    machine: bool
    at: datetime | None
    subject: str
    text: str
    quoted: str
    attachments: tuple[SafeAttachment, ...]
    note: str
    new: bool
    pieces: tuple[Piece, ...] = ()
    """The text in stretches, where some of what it asks is answered by no page."""


@dataclass(frozen=True, slots=True)
class Writing:
    """An answer that a language model is writing. `lines`: each checked sentence with the title of what it cites."""

    state: DraftingState
    model: str
    lines: tuple[tuple[Line, str], ...]

    @property
    def bare(self) -> int:
        """Sentences that no source holds."""
        return sum(line.bare for line, _ in self.lines)


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as a person sees it. What they may not see is None or empty."""

    row: CaseRow
    rights: Rights
    who: str
    subject: str
    desk: str
    zone: str
    queue: str
    queues: tuple[tuple[str, str], ...]
    holder: str
    mine: bool
    state: State
    promise: Promise
    age: str
    bubbles: tuple[Bubble, ...]
    sheet: Sheet | None
    gone: frozenset[tuple[str, str]]
    """Path and version of each source that is no longer published, withdrawn, or not in force today."""
    beside: Sheet | None
    """A language model's draft that no source holds: shown with its marks, never to be signed."""
    model: str
    """Who worded the draft that shows, where a language model did; empty otherwise."""
    writing: Writing | None
    """What a language model is writing for this case, or wrote in vain."""
    unanswered: tuple[str, ...]
    """The parts of the question that the draft leaves open, since no page answers them; redacted."""
    draft_text: str
    no_draft: str
    why: Why | None
    found: tuple[Spoken, ...]
    phi: bool
    """Labelled PHI (R62); what was never computed counts."""
    rungs: tuple[Rung, ...]
    sticky: tuple[str, ...]
    open: bool
    signed_by: tuple[str, ...]
    newer: CaseId | None
    held: str
    """Why mail of this case waits in the outbox; empty where none does."""
    computed: bool
    """Whether a pass found something; a reply can be signed only on what it found."""

    @property
    def unseen(self) -> bool:
        """Whether an alarm waits for somebody to say that they saw it."""
        return any(one.acknowledged_at is None for one in self.rungs)

    @property
    def judged(self) -> bool | None:
        """What was said of the case's alarm: warranted or not; None while nobody has."""
        return next((one.warranted for one in self.rungs if one.warranted is not None), None)

    @property
    def judgeable(self) -> bool:
        """Whether this person may say that the alarm was warranted: somebody came to it, and they may sign here."""
        return bool(self.rungs) and not self.unseen and self.rights.sign

    @property
    def waits(self) -> bool:
        """Whether a person may still decide."""
        return self.row.stage in {Stage.AWAITING_HUMAN, Stage.ESCALATED, Stage.PARKED}

    @property
    def signable(self) -> bool:
        """Whether this person may sign here and now; the page offers nothing that would be refused."""
        return self.waits and self.computed and self.rights.sign and (self.mine or not self.holder)


@dataclass(frozen=True, slots=True)
class Aside:
    """What waits in quarantine: how many items, how old the oldest is, whether one is past its owner's promise.

    `unread`: how many of them hold a message; the others say that posts were asked to wait.
    """

    count: int
    unread: int
    oldest: str
    late: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """What stands above every page: alarms nobody acknowledged, stops in force, what could not be read (R179)."""

    pages: tuple[tuple[CaseId, str, str], ...]
    stops: tuple[Stop, ...]
    aside: Aside | None = None
    held: tuple[CaseId, ...] = ()
    """Cases whose mail waits for an agreement, the oldest first."""


class Desks:
    """Packs and titles of a workspace for the length of one request."""

    def __init__(self, app: App, work: PgWork) -> None:
        self._packs: dict[object, Pack] = {one.id: app.pack(one.pack) for one in desks.every(work.context)}
        self.names = {one.id: one.facts.name for one in desks.every(work.context)}

    def pack(self, row: CaseRow) -> Pack:
        """The pack of the case's desk."""
        return self._packs[row.desk]

    @property
    def packs(self) -> tuple[Pack, ...]:
        """Every pack, once."""
        return tuple({one.name: one for one in self._packs.values()}.values())

    @property
    def titles(self) -> dict[str, str]:
        """Titles of queues by name, over all desks."""
        return {queue.name: queue.title for pack in self._packs.values() for queue in pack.queues}

    @property
    def zone(self) -> str:
        """The zone of pages that belong to no desk."""
        return self.packs[0].zone if self._packs else "UTC"


def bar(visit: Visit) -> Bar:
    """Alarms, stops and unread items, for whoever works with cases, may stop or keeps the quarantine."""
    user = visit.user
    if not any(map(user.may, (Permission.READ_CASES, Permission.PRESS_STOP, Permission.READ_QUARANTINE))):
        return Bar((), ())
    now = visit.app.clock.now()
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        found: dict[CaseId, tuple[CaseId, str, str]] = {}
        for one in alarms.open_alarms(work.context):
            if one.tier.value == "page" and one.case not in found:
                title = known.titles.get(one.queue, one.queue)
                found[one.case] = (one.case, title, in_words(now - one.raised_at))
        pages = tuple(found.values()) if user.may(Permission.READ_CASES) else ()
        held = quarantine.waiting(work.context) if user.may(Permission.READ_QUARANTINE) else ()
        late = any(promised(known, one, now).late for one in held)
        unread = sum(one.problem != quarantine.REFUSED_POSTS for one in held)
        aside = Aside(len(held), unread, in_words(now - held[0].at), late) if held else None
        unsent = tuple(dict.fromkeys(one.case for one in outbox.held(work.context)))
        return Bar(pages, stops.in_force(work.context), aside, unsent if user.may(Permission.READ_CASES) else ())


def owner_of(known: Desks, item: Item) -> str:
    """The title of the queue that owns an item in quarantine."""
    return known.titles.get(item.queue, item.queue.replace("_", " "))


def promised(known: Desks, item: Item, now: datetime) -> Promise:
    """How far the owner's promised time is used up; an owner that no pack knows has promised nothing, so it is late."""
    minutes = next(
        (queue.answer_within_min for pack in known.packs for queue in pack.queues if queue.name == item.queue), 1
    )
    return promise(item.at, item.at + timedelta(minutes=minutes), now)


def rail(visit: Visit) -> Rail:
    """Counts and ages by queue; clear columns only, so nothing is recorded."""
    now = visit.app.clock.now()
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        waiting = cases.waiting(work.context, limit=_COUNTED)
    queues: list[QueueCount] = []
    for pack in known.packs:
        for queue in pack.queues:
            if any(one.name == queue.name for one in queues):
                continue
            here = [row for row in waiting if queue.name in {row.queue, *row.also}]
            oldest = min((row.opened_at for row in here), default=None)
            late = sum(1 for row in here if row.due_at and row.due_at <= now)
            age = in_words(now - oldest) if oldest else ""
            queues.append(QueueCount(queue.name, queue.title, len(here), age, late, queue.clinical))
    mine = sum(1 for row in waiting if row.holder == visit.user.id)
    return Rail(len(waiting), mine, tuple(queues))


def listed(visit: Visit, ask: Ask) -> tuple[Row, ...]:
    """The rows of a list, in their order, with the event of the listing."""
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        found = _rows(visit, work, ask)
        now = _Now({one.id: one.name for one in staff.every(work.context)}, alarms.open_alarms(work.context))
        shown = [_row(visit, work, known, row, now) for row in found]
        if ask.words:
            wanted = [word.casefold() for word in ask.words.split()]
            shown = [one for one in shown if one[0].words and all(word in one[1] for word in wanted)]
            _note_search(visit, work, ask, [one[0].id for one in shown])
        else:
            _note_listing(visit, work, [one[0].id for one in shown if one[0].words])
    return tuple(one[0] for one in shown)


def opened(visit: Visit, case: CaseId, *, originals: bool = False) -> Opened:
    """One case, with the event of the read. Raises: NotFound.

    `originals`: messages that nothing has redacted yet show as they came; the caller has recorded why.
    """
    user = visit.user
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        row = cases.get(work.context, case)
        pack = known.pack(row)
        now = visit.app.clock.now()
        facts = conversations.get(work.context, row.conversation).facts
        file = _file(work, case)
        rights = _rights(user, pack, row, sticky=_for_clinicians(facts.sticky, file), today=visit.app.today(pack))
        names = {one.id: one.name for one in staff.every(work.context)}
        rungs = tuple(_rung(one, names) for one in alarms.of_case(work.context, case))
        computed, file = file is not None, file if rights.words else None
        safe = _safe(work, row.conversation) if rights.words else {}
        if rights.words:
            note_read(visit, work, row, EventType.CASE_READ)
        series = cases.of_conversation(work.context, row.conversation)
        bubbles = _bubbles(work, row, safe, series, originals=originals) if rights.words else ()
        closed = _closed(work, row, file, user)
        rests_on_closed = file is not None and file.draft_visible and draft_is_closed(file, closed)
        file = _open_to(file, closed)
        sheet = _sheet(file, closed)
        gone = _gone(work, row, sheet, visit.app.today(pack))
        held = _held(visit, work, row)
        # A model may have been shown any page that was found.
        writing = None if closed else _writing(work, row, file, now)
    holder = names.get(row.holder, "") if row.holder else ""
    return Opened(
        row=row,
        rights=rights,
        who=pseudonym(row.conversation),
        subject=_subject(safe),
        desk=known.names[row.desk],
        zone=pack.zone,
        queue=known.titles.get(row.queue or "", row.queue or ""),
        queues=tuple((one.name, one.title) for one in pack.queues if one.name != row.queue),
        holder=holder,
        mine=row.holder == user.id,
        state=_HELD if held and row.stage is Stage.APPROVED else state_of(row.stage, file, holder, rungs, now),
        promise=promise(row.opened_at, row.due_at, now),
        age=in_words(now - row.opened_at),
        bubbles=bubbles,
        sheet=sheet,
        gone=gone,
        beside=_beside(file),
        model=_model(file),
        writing=writing,
        unanswered=_unanswered(file),
        draft_text=file.drafted.draft.text if file and isinstance(file.drafted, Drafted) and file.draft_visible else "",
        no_draft=CLOSED if rests_on_closed else _no_draft(file),
        why=why_here(file, row.queue or "", known.titles, rungs, ZoneInfo(pack.zone)) if file else None,
        found=_found(file),
        phi=file.phi if file else not computed and rights.words,
        rungs=rungs,
        sticky=tuple(name for name in ("clinical", "crisis", "safeguarding") if getattr(facts.sticky, name)),
        open=row.stage in OPEN_STAGES,
        signed_by=tuple(one.signed_as for one in file.reply.signatures) if file and file.reply else (),
        newer=series[-1].id if series[-1].id != case else None,
        computed=computed,
        held=held,
    )


def writing(visit: Visit, case: CaseId, version: int) -> Writing | None:
    """What a language model writes for this version of a case, with the event of the read. Raises: NotFound."""
    with visit.app.store(visit.workspace) as work:
        row = cases.get(work.context, case)
        file = _file(work, case) if may_read_words(visit, work, row) else None
        closed = _closed(work, row, file, visit.user)
        found = None if closed else _writing(work, replace(row, version=version), file, visit.app.clock.now())
        if found is not None:
            note_read(visit, work, row, EventType.CASE_READ)
    return found


def drafted_by_model(work: PgWork, case: CaseId) -> bool:
    """Whether a language model's draft stands in the case or beside its own; says nothing of the words."""
    file = _file(work, case)
    if file is None or not file.draft_visible:
        return False
    return file.beside is not None or (isinstance(file.drafted, Drafted) and file.drafted.draft.prompt is not None)


def note_read(visit: Visit, work: PgWork, row: CaseRow, kind: EventType, **payload: Json) -> None:
    """The event of a read, once for the same reader and case in 15 minutes."""
    if reads.first_looks(work.context, visit.user.id, kind, [row.id]):
        work.note(
            Event(kind, person(visit.user.id), Outcome.OK, case=row.id, conversation=row.conversation, payload=payload)
        )


def may_read_words(visit: Visit, work: PgWork, row: CaseRow) -> bool:
    """Whether the reader may see the words of this case."""
    pack = Desks(visit.app, work).pack(row)
    return _rights(visit.user, pack, row, sticky=False, today=visit.app.today(pack)).words


def hides_draft(visit: Visit, work: PgWork, row: CaseRow) -> bool:
    """Whether the draft of this case is kept from this reader: it is hidden from whoever may answer while they may.

    Who audits and may not answer reads it. A case whose newer one is open is still to be answered.
    """
    user = visit.user
    if user.may(Permission.SEARCH_TRAIL) and not user.may(Permission.APPROVE_REPLIES):
        return False
    last = cases.of_conversation(work.context, row.conversation)[-1] if row.stage is Stage.SUPERSEDED else row
    file = _file(work, row.id)
    return last.stage in OPEN_STAGES and file is not None and not file.draft_visible


def _rights(user: User, pack: Pack, row: CaseRow, *, sticky: bool, today: date) -> Rights:
    clinical = any(is_clinical(pack, queue) for queue in (row.queue, *row.also))
    return rights_over(user, clinical_queue=clinical, sticky=sticky, today=today)


def _for_clinicians(sticky: Sticky, file: CaseFile | None) -> bool:
    """Whether only a clinician signs (R178), as `pipeline/review` asks it."""
    if sticky.clinical or sticky.crisis:
        return True
    findings = file.drafted.grounded.understood.findings if file else None
    return findings is not None and (findings.clinical.flag or findings.crisis.flag)


def _rows(visit: Visit, work: PgWork, ask: Ask) -> Sequence[CaseRow]:
    if ask.words:
        words = messages.search_words(ask.words)
        return cases.with_words(work.context, words, limit=ROWS) if words else ()
    if ask.view == "ended":
        return cases.ended(work.context, limit=ROWS)
    if ask.view == "mine":
        everything = cases.waiting(work.context, limit=_COUNTED)
        return [row for row in everything if row.holder == visit.user.id][:ROWS]
    return cases.waiting(work.context, queues=[ask.queue] if ask.queue else None, limit=ROWS)


@dataclass(frozen=True, slots=True)
class _Now:
    """What is the same for every row of one list."""

    names: Mapping[UserId, str]
    alarms: Sequence[Alarm]


def _row(visit: Visit, work: PgWork, known: Desks, row: CaseRow, about: _Now) -> tuple[Row, str]:
    """A row, and its words in small letters to check a search against."""
    now = visit.app.clock.now()
    pack = known.pack(row)
    words = _rights(visit.user, pack, row, sticky=False, today=visit.app.today(pack)).words
    safe = _safe(work, row.conversation) if words else {}
    file = _file(work, row.id) if words else None
    mine = [turn for turn in safe.values() if turn.direction is Direction.INBOUND]
    rungs = [_rung(one, about.names) for one in about.alarms if one.case == row.id]
    holder = about.names.get(row.holder, "") if row.holder else ""
    shown = Row(
        id=row.id,
        who=pseudonym(row.conversation),
        subject=_subject(safe),
        first=" ".join(mine[-1].text.value.split())[:160] if mine else "",
        queue=known.titles.get(row.queue or "", row.queue or ""),
        channel=row.channel.value,
        age=in_words(now - row.opened_at),
        opened_at=row.opened_at,
        promise=promise(row.opened_at, row.due_at, now),
        rank=row.risk_rank,
        state=state_of(row.stage, file, holder, rungs, now),
        words=words,
    )
    return shown, " ".join(f"{turn.subject.value} {turn.text.value}" for turn in mine).casefold()


def _note_listing(visit: Visit, work: PgWork, shown: Sequence[CaseId]) -> None:
    fresh = reads.first_looks(work.context, visit.user.id, EventType.CASE_LISTED, shown)
    if fresh:
        payload: dict[str, Json] = {"cases": [str(one) for one in fresh]}
        work.note(Event(EventType.CASE_LISTED, person(visit.user.id), Outcome.OK, payload=payload))


def _note_search(visit: Visit, work: PgWork, ask: Ask, shown: Sequence[CaseId]) -> None:
    payload: dict[str, Json] = {"query": ask.words, "cases": [str(one) for one in shown]}
    work.note(Event(EventType.CONVERSATION_SEARCHED, person(visit.user.id), Outcome.OK, payload=payload))


def _file(work: PgWork, case: CaseId) -> CaseFile | None:
    try:
        return cases.file(work.context, case)
    except NotFound:
        return None


def _safe(work: PgWork, conversation: ConversationId) -> dict[MessageId, SafeTurn]:
    """Redacted turns, oldest first."""
    found = messages.safe_turns(work.context, conversation)
    return dict(sorted(found.items(), key=lambda item: (item[1].at, item[0])))


def _rung(alarm: Alarm, names: Mapping[UserId, str]) -> Rung:
    by = names.get(alarm.acknowledged_by) if alarm.acknowledged_by else None
    return Rung(alarm.queue, alarm.tier, alarm.raised_at, alarm.mailed_at, by, alarm.acknowledged_at, alarm.warranted)


def _subject(safe: Mapping[MessageId, SafeTurn]) -> str:
    for turn in safe.values():
        if turn.direction is Direction.INBOUND:
            if turn.subject.value.strip():
                return turn.subject.value.strip()
            lines = turn.text.value.strip().splitlines()
            return lines[0][:100] if lines else ""
    return ""


def _closed(work: PgWork, row: CaseRow, file: CaseFile | None, user: User) -> frozenset[tuple[str, str]]:
    """Pages that were found for the case and that this person may not read, as rights stand now."""
    found = found_pages(file.drafted) if file else ()
    paths = {one.path for one in found}
    return closed_pages(user, found, knowledge.at_paths(work.context, row.desk, paths) if paths else ())


def _open_to(file: CaseFile | None, closed: frozenset[tuple[str, str]]) -> CaseFile | None:
    """The file for somebody to whom these pages are closed: a draft that rests on one is not there for them."""
    if file is None or not closed:
        return file
    return replace(file, draft_visible=False) if draft_is_closed(file, closed) else file


def _sheet(file: CaseFile | None, closed: frozenset[tuple[str, str]]) -> Sheet | None:
    if file is None:
        return None
    draft = file.drafted.draft if isinstance(file.drafted, Drafted) and file.draft_visible else None
    return lay_out(draft, file.drafted.grounded.hits, closed)


def _gone(work: PgWork, row: CaseRow, sheet: Sheet | None, today: date) -> frozenset[tuple[str, str]]:
    """Looked up anew whenever an open case shows: its passages were found when it came."""
    if sheet is None or row.stage not in OPEN_STAGES:
        return frozenset()
    shown = {(one.document, one.version) for one in (*sheet.cited, *sheet.others)}
    return frozenset(shown - knowledge.standing(work.context, row.desk, shown, today) if shown else ())


def _held(visit: Visit, work: PgWork, row: CaseRow) -> str:
    """What the register says now: a mail that was held leaves within a moment of its row."""
    if not any(one.case == row.id for one in outbox.held(work.context)):
        return ""
    found = visit.app.may_leave(work, row.channel)
    return found.says if isinstance(found, Refusal) else ""


def _beside(file: CaseFile | None) -> Sheet | None:
    if file is None or file.beside is None or not file.draft_visible:
        return None
    return lay_out(file.beside, file.drafted.grounded.hits)


def _writing(work: PgWork, row: CaseRow, file: CaseFile | None, now: datetime) -> Writing | None:
    """What is on record for this version of the case. A draft that nobody may see is not seen while it is written."""
    if file is None or not file.draft_visible:
        return None
    found = drafting.of_case(work.context, row)
    if found is None or found.version != row.version:
        return None
    state = found.state
    if state is DraftingState.WRITING and found.until < now:
        state = DraftingState.WITHDRAWN
    draft = Draft((found.sentences,), "", "", 0.0)
    lines = lay_out(draft, Hits((), 0.0, abstain=True, index="")).paragraphs[0]
    titles = [one.citation.title if one.citation else "" for one in found.sentences]
    return Writing(state, found.model.partition("@")[0], tuple(zip(lines, titles, strict=True)))


def _model(file: CaseFile | None) -> str:
    """`kind/model` of the language model that had a hand in the draft that shows."""
    if file is None or not isinstance(file.drafted, Drafted) or not file.draft_visible:
        return ""
    draft = file.drafted.draft
    return draft.drafter.partition("@")[0] if draft.prompt else ""


def _unanswered(file: CaseFile | None) -> tuple[str, ...]:
    if file is None or not isinstance(file.drafted, Drafted) or not file.draft_visible:
        return ()
    return tuple(" ".join(one.value.split()) for one in file.drafted.draft.unanswered)


def _no_draft(file: CaseFile | None) -> str:
    if file is None or (isinstance(file.drafted, Drafted) and file.draft_visible):
        return ""
    return (
        no_draft(file.drafted.why) if not isinstance(file.drafted, Drafted) else "the draft was withdrawn or is hidden"
    )


def _found(file: CaseFile | None) -> tuple[Spoken, ...]:
    if file is None:
        return ()
    understood = file.drafted.grounded.understood
    return spoken(understood.findings, [turn.text.value for turn in understood.redacted.fresh])


def _bubbles(
    work: PgWork, row: CaseRow, safe: Mapping[MessageId, SafeTurn], series: Sequence[CaseRow], *, originals: bool
) -> tuple[Bubble, ...]:
    """What came in and what left or is about to, oldest first. What left is shown as it was approved, redacted."""
    file = _file(work, row.id)
    unanswered = set(file.drafted.grounded.understood.redacted.unanswered) if file else set()
    left_open = _unanswered(file) if row.stage in OPEN_STAGES else ()
    items = [item for one in series for item in outbox.of_case(work.context, one.id)]
    sent = [item for item in items if item.state is DeliveryState.SENT]
    turns = messages.turns(work.context, row.conversation)
    unread = [turn for turn in turns if turn.direction is Direction.OUTBOUND and turn.id not in safe]
    # A turn that left since the last pass has no redacted form yet; the outbox holds its words as approved.
    as_approved = dict(zip([turn.id for turn in unread], sent[-len(unread) :] if unread else [], strict=False))
    shown = []
    for turn in turns:
        if turn.id in safe:
            fresh = turn.id in unanswered
            shown.append(_bubble(safe[turn.id], new=fresh, open_questions=left_open if fresh else ()))
        elif turn.id in as_approved:
            shown.append(_left(as_approved[turn.id], turn.at, ""))
        else:
            shown.append(_unread(turn, shows=originals))
    shown += [_left(item, None, _STATES[item.state]) for item in items if item.state in _STATES]
    return tuple(shown)


_HELD = State("held: mail waits for an agreement", Meaning.CAUTION)
_STATES = {
    DeliveryState.QUEUED: "waits to leave",
    DeliveryState.HELD: "is held: it waits for an agreement",
    DeliveryState.SENDING: "is being handed over",
    DeliveryState.FAILED: "could not be delivered",
    DeliveryState.UNCERTAIN: "may have been sent; check before you send again",
}


def _bubble(turn: SafeTurn, *, new: bool, open_questions: Sequence[str]) -> Bubble:
    machine = turn.author in {Author.MACHINE, Author.NOTICE}
    return Bubble(
        direction=turn.direction,
        by=_by(turn.author, turn.author_name),
        machine=machine,
        at=turn.at,
        subject=turn.subject.value,
        text=turn.text.value,
        quoted=turn.quoted.value,
        attachments=turn.attachments,
        note="",
        new=new,
        pieces=pieces(turn.text.value, open_questions) if open_questions else (),
    )


def _unread(turn: Turn, *, shows: bool) -> Bubble:
    """A message nothing has redacted yet: not a word of it is shown, save to who gave a reason for it."""
    return Bubble(
        direction=turn.direction,
        by=_by(turn.author, turn.author_name),
        machine=False,
        at=turn.at,
        subject=turn.subject.value if shows else "",
        text=turn.text.value if shows else "",
        quoted=turn.quoted.value if shows else "",
        attachments=(),
        note="as it came, nothing taken out" if shows else "not read yet",
        new=False,
    )


def _left(item: OutboxItem, at: datetime | None, note: str) -> Bubble:
    content = item.item.item
    author = content.author if isinstance(content, Reply) else Author.NOTICE
    name = content.signed_as if isinstance(content, Reply) else ""
    return Bubble(
        direction=Direction.OUTBOUND,
        by=_by(author, name),
        machine=author in {Author.MACHINE, Author.NOTICE},
        at=at,
        subject="",
        text=content.text.value,
        quoted="",
        attachments=(),
        note=note,
        new=False,
    )


def _by(author: Author, name: str) -> str:
    match author:
        case Author.CONTACT:
            return "Contact"
        case Author.PERSON:
            return name or "A person"
        case Author.MACHINE:
            return "AI assistant"
        case Author.NOTICE:
            return "Fixed notice"
