"""Writing events, and reading them back with their payloads opened and checked against the leaf."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select, text, tuple_

from vouchsafe.domain.ids import CaseId, ConversationId, EventId
from vouchsafe.evidence.event import Event, Json
from vouchsafe.evidence.event_types import NAMES_OBJECTS, STATE_CHANGES, EventType
from vouchsafe.evidence.leaf import Leaf, SealedPayload, canonical, fitting_source, leaf_hash, parse
from vouchsafe.evidence.payload import open_padded, seal_ready
from vouchsafe.store import schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field
from vouchsafe.store.vault import SealBroken

TRAIL_GREW = "vouchsafe_trail"
"""NOTIFY channel on which a workspace's id says that events wait for the sequencer."""
CASE_CHANGED = "vouchsafe_case"
"""NOTIFY channel on which WORKSPACE/CASE says that a case changed: ids only."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the trail. `index` is its leaf's place in the log, None while it is pending."""

    leaf: Leaf
    raw: bytes
    hash: bytes
    at: datetime
    conversation: ConversationId | None
    index: int | None
    payload: Mapping[str, Json] | None
    """None where the key was destroyed or the payload was not asked for."""


def append(context: Context, events: Sequence[Event], changed: CaseId | None = None) -> tuple[EventId, ...]:
    """Insert events in this transaction, numbered per case, each with its sealed payload and a pending row.

    The sequencer is told at commit, and whoever looks at the case that `changed`.
    The case's row must be locked by this transaction, which every writer of a case does: `step` counts without gaps.
    """
    if not events:
        return ()
    subjects, rows = _Subjects(context, events), _Rows()
    at = context.clock.now()
    for event in events:
        event_id = EventId(context.ids.new())
        sealed = _seal(context, event_id, event)
        step = subjects.next_step(event.case) if event.case and event.type in STATE_CHANGES else None
        leaf = Leaf(
            ws=context.workspace,
            id=event_id,
            ts=round(at.timestamp() * 1_000_000),
            type=event.type,
            actor=event.actor,
            build=context.build,
            outcome=event.outcome,
            case=event.case,
            step=step,
            subj=subjects.pseudonym(event.conversation) if event.conversation else None,
            model=event.model,
            prompt=event.prompt,
            pack=event.pack,
            manifest=event.manifest,
            sources=tuple(fitting_source(source) for source in event.sources),
            refs=event.refs,
            payload=_described(event, sealed),
        )
        rows.add(leaf, event.conversation, sealed.stored if sealed else None)
    _write(context, at, rows, subjects.steps, changed)
    return tuple(rows.ids)


def judged_since(context: Context, moment: datetime) -> bool:
    """Whether a message of the workspace was judged since then."""
    event = schema.event
    found = select(event.c.id).where(event.c.type == EventType.FINDINGS_MADE.value, event.c.at >= moment).limit(1)
    return context.connection.execute(found).first() is not None


def of_case(context: Context, case: CaseId) -> tuple[Recorded, ...]:
    """Every event of a case, oldest first, payloads opened."""
    event, leaf, payload = schema.event, schema.leaf, schema.payload
    rows = context.connection.execute(
        select(event, leaf.c.idx, payload.c.sealed)
        .outerjoin(leaf, (leaf.c.workspace_id == event.c.workspace_id) & (leaf.c.event_id == event.c.id))
        .outerjoin(payload, (payload.c.workspace_id == event.c.workspace_id) & (payload.c.event_id == event.c.id))
        .where(event.c.case_id == case)
        .order_by(event.c.step.asc().nulls_last(), event.c.at, event.c.id)
    ).all()
    found = [_recorded(context, row) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.leaf.ts, one.leaf.id)))


def opened(context: Context, kind: EventType, *, since: datetime | None = None) -> Iterator[Recorded]:
    """Events of one type that belong to no case, newest first, payloads opened; each as it is asked for."""
    event, leaf, payload = schema.event, schema.leaf, schema.payload
    query = (
        select(event, leaf.c.idx, payload.c.sealed)
        .outerjoin(leaf, (leaf.c.workspace_id == event.c.workspace_id) & (leaf.c.event_id == event.c.id))
        .outerjoin(payload, (payload.c.workspace_id == event.c.workspace_id) & (payload.c.event_id == event.c.id))
        .where(event.c.type == kind.value, event.c.case_id.is_(None))
        .order_by(event.c.at.desc(), event.c.id.desc())
    )
    if since:
        query = query.where(event.c.at >= since)
    return (_recorded(context, row) for row in context.connection.execute(query).all())


def search(
    context: Context,
    *,
    types: Sequence[EventType] = (),
    case: CaseId | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> tuple[Recorded, ...]:
    """Events by their clear columns, newest first, payloads closed; with `before`, those older than this event."""
    event, leaf = schema.event, schema.leaf
    query = (
        select(event, leaf.c.idx)
        .outerjoin(leaf, (leaf.c.workspace_id == event.c.workspace_id) & (leaf.c.event_id == event.c.id))
        .order_by(event.c.at.desc(), event.c.id.desc())
        .limit(limit)
    )
    if types:
        query = query.where(event.c.type.in_([one.value for one in types]))
    if case:
        query = query.where(event.c.case_id == case)
    if actor:
        query = query.where(event.c.actor == actor)
    if since:
        query = query.where(event.c.at >= since)
    if until:
        query = query.where(event.c.at < until)
    if before:
        last = event.alias()
        place = select(last.c.at, last.c.id).where(last.c.id == before).scalar_subquery()
        query = query.where(tuple_(event.c.at, event.c.id) < place)
    return tuple(_recorded(context, row, opened=False) for row in context.connection.execute(query))


@dataclass(frozen=True, slots=True)
class _Sealed:
    stored: bytes
    described: SealedPayload


def _seal(context: Context, event_id: EventId, event: Event) -> _Sealed | None:
    if not event.payload:
        return None
    ready = seal_ready(orjson.dumps(dict(event.payload), option=orjson.OPT_SORT_KEYS))
    if event.conversation:
        stored = context.seal(Field.PAYLOAD, event_id, event.conversation, ready.padded)
    else:
        stored = context.seal_row(Field.PAYLOAD, event_id, ready.padded)
    described = SealedPayload(
        kid=UUID(bytes=stored[1:17]), ct_hash=sha256(stored).digest(), commit=ready.commit, length=len(stored)
    )
    return _Sealed(stored, described)


def _described(event: Event, sealed: _Sealed | None) -> tuple[SealedPayload, ...]:
    """The event's own payload first, then the files it stored. Raises: ValueError for files out of place."""
    if event.objects and (sealed is None or event.type not in NAMES_OBJECTS):
        raise ValueError(f"{event.type.value} with sealed files needs a payload and a type that names files")
    return (sealed.described, *event.objects) if sealed else ()


class _Rows:
    """The columns of a batch of events, each as a list, and of the payloads some of them have."""

    def __init__(self) -> None:
        self.ids: list[EventId] = []
        self.types: list[str] = []
        self.cases: list[UUID | None] = []
        self.steps: list[int | None] = []
        self.conversations: list[UUID | None] = []
        self.actors: list[str] = []
        self.leaves: list[bytes] = []
        self.hashes: list[bytes] = []
        self.sealed_ids: list[UUID] = []
        self.sealed_conversations: list[UUID | None] = []
        self.sealed: list[bytes] = []

    def add(self, leaf: Leaf, conversation: ConversationId | None, stored: bytes | None) -> None:
        raw = canonical(leaf)
        self.ids.append(EventId(leaf.id))
        self.types.append(leaf.type.value)
        self.cases.append(leaf.case)
        self.steps.append(leaf.step)
        self.conversations.append(conversation)
        self.actors.append(leaf.actor.id)
        self.leaves.append(raw)
        self.hashes.append(leaf_hash(raw))
        if stored is not None:
            self.sealed_ids.append(leaf.id)
            self.sealed_conversations.append(conversation)
            self.sealed.append(stored)


class _Subjects:
    """Step counters of the cases that a batch moves, and pseudonyms of the conversations it is about.

    Counters are written back with the batch. Pseudonyms are kept no longer, since erasure drops them.
    """

    def __init__(self, context: Context, events: Sequence[Event]) -> None:
        self._context = context
        self._pseudonyms: dict[ConversationId, UUID] = {}
        self.steps: dict[CaseId, int] = {}
        moved = {event.case for event in events if event.case and event.type in STATE_CHANGES}
        if moved:
            self._lock(moved)

    def next_step(self, case: CaseId) -> int:
        self.steps[case] = self.steps.get(case, 0) + 1
        return self.steps[case]

    def pseudonym(self, conversation: ConversationId) -> UUID:
        if conversation not in self._pseudonyms:
            self._keep(conversation, self._context.pseudonyms.get(conversation) or self._stored(conversation))
        return self._pseudonyms[conversation]

    def _stored(self, conversation: ConversationId) -> bytes:
        stored: bytes = self._context.connection.execute(_PSEUDONYM, {"conversation": conversation}).scalar_one()
        return stored

    def _lock(self, moved: set[CaseId]) -> None:
        """Lock the cases, always in the same order, and read what nearly every batch needs in the same round trip."""
        for row in self._context.connection.execute(_LOCK, {"cases": list(moved)}):
            self.steps[CaseId(row.id)] = row.step
            self._keep(ConversationId(row.conversation), row.pseudonym)

    def _keep(self, conversation: ConversationId, stored: bytes) -> None:
        if conversation not in self._pseudonyms:
            opened = self._context.open(Field.PSEUDONYM, conversation, conversation, stored)
            self._pseudonyms[conversation] = UUID(bytes=opened)


_CASE, _CONVERSATION = schema.case, schema.conversation
_PSEUDONYM = select(_CONVERSATION.c.pseudonym).where(_CONVERSATION.c.id == bindparam("conversation"))
_LOCK = (
    select(_CASE.c.id, _CASE.c.step, _CONVERSATION.c.id.label("conversation"), _CONVERSATION.c.pseudonym)
    .join(
        _CONVERSATION,
        (_CONVERSATION.c.workspace_id == _CASE.c.workspace_id) & (_CONVERSATION.c.id == _CASE.c.conversation_id),
    )
    .where(_CASE.c.id == any_(bindparam("cases", type_=ARRAY(Uuid))))
    .order_by(_CASE.c.id)
    .with_for_update(of=_CASE)
)
# One statement, and so one round trip, for all rows of a batch. Foreign keys are checked at its end.
_WRITE = text("""
    with inserted as (
        insert into event (workspace_id, id, type, case_id, step, conversation_id, actor, at, leaf, hash)
        select :ws, id, type, case_id, step, conversation_id, actor, :at, leaf, hash
        from unnest(cast(:ids as uuid[]), cast(:types as text[]), cast(:cases as uuid[]), cast(:steps as integer[]),
                    cast(:conversations as uuid[]), cast(:actors as text[]), cast(:leaves as bytea[]),
                    cast(:hashes as bytea[]))
            as t(id, type, case_id, step, conversation_id, actor, leaf, hash)
    ), payloads as (
        insert into payload (workspace_id, event_id, n, conversation_id, sealed)
        select :ws, event_id, 0, conversation_id, sealed
        from unnest(cast(:sealed_ids as uuid[]), cast(:sealed_conversations as uuid[]), cast(:sealed as bytea[]))
            as t(event_id, conversation_id, sealed)
    ), waiting as (
        insert into pending (workspace_id, event_id) select :ws, id from unnest(cast(:ids as uuid[])) as t(id)
    ), counted as (
        update "case" set step = t.step
        from unnest(cast(:counted as uuid[]), cast(:counts as integer[])) as t(id, step) where "case".id = t.id
    )
    select pg_notify(channel, payload)
    from (values (:channel, cast(:ws as text)), (:case_channel, cast(:ws as text) || '/' || cast(:changed as text)))
        as t(channel, payload)
    where payload is not null
""")


def _write(context: Context, at: datetime, rows: _Rows, steps: Mapping[CaseId, int], changed: CaseId | None) -> None:
    values = {
        "ws": context.workspace,
        "at": at,
        "ids": rows.ids,
        "types": rows.types,
        "cases": rows.cases,
        "steps": rows.steps,
        "conversations": rows.conversations,
        "actors": rows.actors,
        "leaves": rows.leaves,
        "hashes": rows.hashes,
        "sealed_ids": rows.sealed_ids,
        "sealed_conversations": rows.sealed_conversations,
        "sealed": rows.sealed,
        "counted": list(steps),
        "counts": list(steps.values()),
        "channel": TRAIL_GREW,
        "case_channel": CASE_CHANGED,
        "changed": changed,
    }
    context.connection.execute(_WRITE, values)


def _recorded(context: Context, row: object, *, opened: bool = True) -> Recorded:
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001  # SQLAlchemy's documented row access
    raw = bytes(values["leaf"])
    leaf = parse(raw)
    conversation = ConversationId(values["conversation_id"]) if values["conversation_id"] else None
    payload = _opened(context, leaf, conversation, values["sealed"]) if opened and values["sealed"] else None
    return Recorded(leaf, raw, bytes(values["hash"]), values["at"], conversation, values["idx"], payload)


def _opened(context: Context, leaf: Leaf, conversation: ConversationId | None, stored: bytes) -> Mapping[str, Json]:
    stored = bytes(stored)
    described = leaf.payload[0]
    if sha256(stored).digest() != described.ct_hash:
        raise SealBroken(f"the payload of event {leaf.id} is not the one its leaf names; run vouchsafe verify")
    if conversation:
        padded = context.open(Field.PAYLOAD, leaf.id, conversation, stored)
    else:
        padded = context.open_row(Field.PAYLOAD, leaf.id, stored)
    content = open_padded(padded)
    if content.commit != described.commit:
        raise SealBroken(f"the payload of event {leaf.id} does not match its commitment; run vouchsafe verify")
    found: dict[str, Json] = orjson.loads(content.plaintext)
    return found
