"""Documents held at the door: sealed, since they may name a patient, until a person decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from vouchsafe.domain.ids import DeskId, UserId
from vouchsafe.domain.knowledge import HeldDocument, HeldState, HoldReason
from vouchsafe.domain.passage import Document
from vouchsafe.ports.work import NotFound
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field
from vouchsafe.store.knowledge import Version

_TABLE = schema.held_document


@dataclass(frozen=True, slots=True)
class _Content:
    document: Document
    reasons: tuple[HoldReason, ...]


def decided(context: Context, desk: DeskId, versions: Iterable[Version]) -> dict[Version, HeldState]:
    """What stands on record about these versions; those of which nothing does are left out."""
    blinds = {_blind(context, one): one for one in versions}
    if not blinds:
        return {}
    rows = context.connection.execute(
        select(_TABLE.c.blind, _TABLE.c.state).where(_TABLE.c.desk_id == desk, _TABLE.c.blind.in_(list(blinds)))
    )
    return {blinds[bytes(row.blind)]: HeldState(row.state) for row in rows}


def hold(context: Context, desk: DeskId, source: str, document: Document, reasons: tuple[HoldReason, ...]) -> UUID:
    """Keep a version until somebody decides. One that its source had taken back meanwhile waits again."""
    blind = _blind(context, (document.path, document.version))
    known = context.connection.execute(
        select(_TABLE.c.id).where(_TABLE.c.desk_id == desk, _TABLE.c.blind == blind).with_for_update()
    ).scalar_one_or_none()
    row = known or context.ids.new()
    values = {
        "source": source,
        "state": HeldState.HELD.value,
        "held_at": context.clock.now(),
        "sealed": context.seal_row(Field.HELD_DOCUMENT, row, codec.dump(_Content, _Content(document, reasons))),
    }
    if known:
        context.connection.execute(update(_TABLE).where(_TABLE.c.id == row).values(**values))
    else:
        keys = {"workspace_id": context.workspace, "id": row, "desk_id": desk, "blind": blind}
        context.connection.execute(insert(_TABLE), {**keys, **values})
    return row


def waiting(context: Context, desk: DeskId) -> tuple[HeldDocument, ...]:
    """Versions nobody has decided about, oldest first."""
    rows = context.connection.execute(
        select(_TABLE)
        .where(_TABLE.c.desk_id == desk, _TABLE.c.state == HeldState.HELD.value)
        .order_by(_TABLE.c.held_at, _TABLE.c.id)
    )
    return tuple(_held(context, row) for row in rows)


def take(context: Context, desk: DeskId, item: UUID) -> HeldDocument:
    """One version that waits, its row locked. Raises: NotFound."""
    row = context.connection.execute(
        select(_TABLE)
        .where(_TABLE.c.id == item, _TABLE.c.desk_id == desk, _TABLE.c.state == HeldState.HELD.value)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("no such document waits at this desk; vouchsafe knowledge held lists those that do")
    return _held(context, row)


def settle(context: Context, item: UUID, state: HeldState, by: UserId) -> None:
    """Write the decision. What is not released is forgotten: only its keyed hash stays."""
    values: dict[str, object] = {"state": state.value, "decided_by": by, "decided_at": context.clock.now()}
    context.connection.execute(update(_TABLE).where(_TABLE.c.id == item).values(**values, sealed=None))


def supersede(context: Context, desk: DeskId, source: str, listed: Iterable[Version], keep: frozenset[str]) -> int:
    """Versions that wait and that their source no longer holds are forgotten; how many. Paths in `keep` stay."""
    still = {_blind(context, one) for one in listed}
    rows = context.connection.execute(
        select(_TABLE)
        .where(_TABLE.c.desk_id == desk, _TABLE.c.source == source, _TABLE.c.state == HeldState.HELD.value)
        .with_for_update()
    )
    gone = [row.id for row in rows if bytes(row.blind) not in still and _held(context, row).document.path not in keep]
    for one in gone:
        context.connection.execute(
            update(_TABLE)
            .where(_TABLE.c.id == one)
            .values(state=HeldState.SUPERSEDED.value, decided_at=context.clock.now(), sealed=None)
        )
    return len(gone)


def _blind(context: Context, version: Version) -> bytes:
    return context.vault.blind(context.workspace, "held-document", "@".join(version))


def _held(context: Context, row: Row[Any]) -> HeldDocument:
    content = codec.load(_Content, context.open_row(Field.HELD_DOCUMENT, row.id, row.sealed))
    return HeldDocument(row.id, row.source, content.document, content.reasons, row.held_at)
