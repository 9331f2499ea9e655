"""Writing events, and reading them back with their payloads opened and checked against the leaf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import orjson
from sqlalchemy import insert, select, update

from vouchsafe.domain.ids import CaseId, ConversationId, EventId
from vouchsafe.evidence.event import Event, Json
from vouchsafe.evidence.event_types import STATE_CHANGES, EventType
from vouchsafe.evidence.leaf import Leaf, SealedPayload, canonical, fitting_source, leaf_hash, parse
from vouchsafe.evidence.payload import open_padded, seal_ready
from vouchsafe.store import schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field
from vouchsafe.store.vault import SealBroken


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


def append(context: Context, events: Sequence[Event]) -> tuple[EventId, ...]:
    """Insert events in this transaction, numbered per case, each with its sealed payload and a pending row.

    The case's row must be locked by this transaction, which every writer of a case does: `step` counts without gaps.
    """
    if not events:
        return ()
    steps = _Steps(context)
    at = context.clock.now()
    rows, payloads, ids = [], [], []
    for event in events:
        event_id = EventId(context.ids.new())
        ids.append(event_id)
        sealed = _seal(context, event_id, event)
        step = steps.next(event.case) if event.case and event.type in STATE_CHANGES else None
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
            subj=_pseudonym(context, event.conversation) if event.conversation else None,
            model=event.model,
            prompt=event.prompt,
            pack=event.pack,
            manifest=event.manifest,
            sources=tuple(fitting_source(source) for source in event.sources),
            refs=event.refs,
            payload=(sealed.described,) if sealed else (),
        )
        raw = canonical(leaf)
        rows.append(
            {
                "workspace_id": context.workspace,
                "id": event_id,
                "type": event.type.value,
                "case_id": event.case,
                "step": step,
                "conversation_id": event.conversation,
                "actor": event.actor.id,
                "at": at,
                "leaf": raw,
                "hash": leaf_hash(raw),
            }
        )
        if sealed:
            payloads.append(
                {
                    "workspace_id": context.workspace,
                    "event_id": event_id,
                    "n": 0,
                    "conversation_id": event.conversation,
                    "sealed": sealed.stored,
                }
            )
    context.connection.execute(insert(schema.event), rows)
    if payloads:
        context.connection.execute(insert(schema.payload), payloads)
    context.connection.execute(
        insert(schema.pending), [{"workspace_id": context.workspace, "event_id": event_id} for event_id in ids]
    )
    steps.save()
    return tuple(ids)


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


def search(
    context: Context,
    *,
    types: Sequence[EventType] = (),
    case: CaseId | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> tuple[Recorded, ...]:
    """Events by their clear columns, newest first, payloads closed."""
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


class _Steps:
    """Counts steps of the cases touched by one batch of events and writes the counters back once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last: dict[CaseId, int] = {}

    def next(self, case: CaseId) -> int:
        if case not in self._last:
            table = schema.case
            found = self._context.connection.execute(
                select(table.c.step).where(table.c.id == case).with_for_update()
            ).scalar()
            self._last[case] = found or 0
        self._last[case] += 1
        return self._last[case]

    def save(self) -> None:
        table = schema.case
        for case, step in self._last.items():
            self._context.connection.execute(update(table).where(table.c.id == case).values(step=step))


def _pseudonym(context: Context, conversation: ConversationId) -> UUID:
    table = schema.conversation
    stored = context.connection.execute(select(table.c.pseudonym).where(table.c.id == conversation)).scalar_one()
    return UUID(bytes=context.open(Field.PSEUDONYM, conversation, conversation, stored))


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
