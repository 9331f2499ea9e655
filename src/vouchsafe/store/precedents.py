"""Precedents of a desk: sealed under the key of the conversation they were taken from, so that they end with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog
from sqlalchemy import Row, Select, insert, select, update

from vouchsafe.domain.ids import CaseId, DeskId, KeyId, UserId
from vouchsafe.domain.precedent import Precedent, PrecedentId, Wording
from vouchsafe.domain.text import SafeText
from vouchsafe.ports.embedder import Vectors
from vouchsafe.ports.keys import KeyUnavailable
from vouchsafe.ports.work import CaseRow, NotFound
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field
from vouchsafe.store.vault import SealBroken

MOST = 2_000
"""Precedents of a desk that are searched, the newest; each is opened for a search."""
log = structlog.get_logger(__name__)
_TABLE, _KEYS, _SUBJECTS = schema.precedent, schema.conversation_key, schema.subject_key


@dataclass(frozen=True, slots=True)
class _Content:
    question: str
    answer: str
    language: str
    model: str
    """The embedder that made the vector."""
    vector: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A precedent that stands, with the vector of its question and the embedder that made it."""

    precedent: Precedent
    model: str
    vector: Vectors


def keep(
    context: Context, row: CaseRow, by: UserId, wording: Wording, embedded: tuple[str, Vectors]
) -> tuple[Precedent, PrecedentId | None]:
    """Keep a precedent of a case, and the id of the one that stood for it until now, which is withdrawn.

    `embedded`: embedder and vector.
    """
    model, vector = embedded
    # By the case and not by what can be read: one that does not open would stay in the way of the next.
    stood = select(_TABLE.c.id).where(_TABLE.c.case_id == row.id, _TABLE.c.withdrawn_at.is_(None))
    earlier = context.connection.execute(stood).scalar_one_or_none()
    if earlier is not None:
        withdraw(context, PrecedentId(earlier), by)
    made = Precedent(
        PrecedentId(context.ids.new()), row.desk, row.id, row.conversation, by, context.clock.now(), wording
    )
    content = _Content(wording.question.value, wording.answer.value, wording.language, model, tuple(map(float, vector)))
    context.connection.execute(
        insert(_TABLE),
        {
            "workspace_id": context.workspace,
            "id": made.id,
            "desk_id": made.desk,
            "case_id": made.case,
            "conversation_id": made.conversation,
            "marked_by": by,
            "marked_at": made.marked_at,
            "sealed": context.seal(Field.PRECEDENT, made.id, row.conversation, codec.dump(_Content, content)),
        },
    )
    return made, None if earlier is None else PrecedentId(earlier)


def standing(context: Context, desk: DeskId, limit: int = MOST) -> tuple[Kept, ...]:
    """Precedents of a desk that nobody withdrew and whose conversation still has its key, newest first."""
    query = _readable().where(_TABLE.c.desk_id == desk).order_by(_TABLE.c.marked_at.desc(), _TABLE.c.id).limit(limit)
    return tuple(_opened(context, context.connection.execute(query)))


def get(context: Context, desk: DeskId, precedent: PrecedentId, *, lock: bool = False) -> Precedent:
    """One precedent of a desk that stands. Raises: NotFound, also for one of another desk."""
    query = _readable().where(_TABLE.c.desk_id == desk, _TABLE.c.id == precedent)
    if lock:
        query = query.with_for_update(of=_TABLE)
    found = next(iter(_opened(context, context.connection.execute(query))), None)
    if found is None:
        raise NotFound("there is no such precedent; it was withdrawn, or the conversation it came from was erased")
    return found.precedent


def of_case(context: Context, case: CaseId) -> Precedent | None:
    """The precedent that stands for a case."""
    query = _readable().where(_TABLE.c.case_id == case)
    found = next(iter(_opened(context, context.connection.execute(query))), None)
    return found.precedent if found else None


def any_at(context: Context, desk: DeskId) -> bool:
    """Whether the desk has any; opens nothing."""
    query = select(_TABLE.c.id).where(_TABLE.c.desk_id == desk, _TABLE.c.withdrawn_at.is_(None)).limit(1)
    return context.connection.execute(query).first() is not None


def withdraw(context: Context, precedent: PrecedentId, by: UserId) -> None:
    """Nothing finds it any more, and its words are forgotten."""
    context.connection.execute(
        update(_TABLE)
        .where(_TABLE.c.id == precedent, _TABLE.c.withdrawn_at.is_(None))
        .values(withdrawn_by=by, withdrawn_at=context.clock.now(), sealed=None)
    )


def _readable() -> Select[Any]:
    """With the keys as they stand in the database: an opened key that memory still holds opens nothing here."""
    return (
        select(_TABLE, _KEYS.c.wrapped, _SUBJECTS.c.kid, _SUBJECTS.c.wrapped.label("subject_wrapped"))
        .join(_KEYS, (_KEYS.c.workspace_id == _TABLE.c.workspace_id) & (_KEYS.c.id == _TABLE.c.conversation_id))
        .join(
            _SUBJECTS,
            (_SUBJECTS.c.workspace_id == _KEYS.c.workspace_id) & (_SUBJECTS.c.id == _KEYS.c.subject_id),
        )
        .where(_TABLE.c.withdrawn_at.is_(None), _TABLE.c.sealed.is_not(None))
    )


def _opened(context: Context, rows: Iterable[Row[Any]]) -> Iterable[Kept]:
    for row in rows:
        try:
            key = context.vault.open_conversation_key(
                context.workspace, row.conversation_id, KeyId(row.kid), row.subject_wrapped, row.wrapped
            )
            stored = context.vault.open(context.workspace, Field.PRECEDENT, row.id, key, row.sealed)
        except KeyUnavailable:
            continue  # erased: the same as if it had never been
        except SealBroken:
            # One row that does not open takes no other with it; `verify` says what happened to it.
            log.error("a precedent does not open", item=str(row.id))
            continue
        content = codec.load(_Content, stored)
        wording = Wording(SafeText(content.question), SafeText(content.answer), content.language)
        made = Precedent(row.id, row.desk_id, row.case_id, row.conversation_id, row.marked_by, row.marked_at, wording)
        yield Kept(made, content.model, np.array(content.vector, dtype=np.float32))
