"""What holds for a conversation at this moment: one statement, so that a pass and the last look see one moment."""

from datetime import timedelta

from sqlalchemy import bindparam, exists, func, or_, select

from vouchsafe.domain.ids import CaseId, ConversationId, UserId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.reply import DeliveryState
from vouchsafe.domain.states import Circumstances
from vouchsafe.ports.work import NotFound
from vouchsafe.store import codec, conversations, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field
from vouchsafe.store.stops import StopScope

_HERE, _DESK, _CASE, _OUTBOX, _STOP = schema.conversation, schema.desk, schema.case, schema.outbox, schema.stop

_IN_FORCE = _STOP.c.released_at.is_(None)
_STOPPED = exists().where(
    _IN_FORCE,
    or_(
        _STOP.c.scope == StopScope.WORKSPACE.value,
        (_STOP.c.scope == StopScope.DESK.value) & (_STOP.c.desk_id == _HERE.c.desk_id),
    ),
)
_STOPPED_INTENTS = (
    select(func.array_agg(_STOP.c.intent))
    .where(
        _IN_FORCE,
        _STOP.c.scope == StopScope.INTENT.value,
        or_(_STOP.c.desk_id.is_(None), _STOP.c.desk_id == _HERE.c.desk_id),
    )
    .scalar_subquery()
)
_NEWEST_CASE = (
    select(_CASE.c.id)
    .where(_CASE.c.conversation_id == _HERE.c.id)
    .order_by(_CASE.c.opened_at.desc(), _CASE.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_REPLIES = (_OUTBOX.c.conversation_id == _HERE.c.id) & (_OUTBOX.c.kind == "reply")
_UNCERTAIN = exists().where(_REPLIES, _OUTBOX.c.state == DeliveryState.UNCERTAIN.value)
_AUTO_REPLIES = (
    select(func.count())
    .where(
        _REPLIES,
        _OUTBOX.c.signed.is_(False),
        _OUTBOX.c.state != DeliveryState.WITHDRAWN.value,
        _OUTBOX.c.queued_at >= bindparam("a_day_ago"),
    )
    .scalar_subquery()
)
_NOW = (
    select(
        _HERE.c.holder,
        _HERE.c.joined,
        _HERE.c.sealed,
        _HERE.c.pseudonym,
        _DESK.c.mode,
        _STOPPED.label("stopped"),
        _STOPPED_INTENTS.label("stopped_intents"),
        _NEWEST_CASE.label("newest_case"),
        _UNCERTAIN.label("uncertain"),
        _AUTO_REPLIES.label("auto_replies"),
    )
    .join(_DESK, (_DESK.c.workspace_id == _HERE.c.workspace_id) & (_DESK.c.id == _HERE.c.desk_id))
    .where(_HERE.c.id == bindparam("conversation"))
)


def now(context: Context, conversation: ConversationId, *, since: CaseId) -> Circumstances:
    """What holds now; `newer_message` is relative to the case. Raises: NotFound."""
    row = context.connection.execute(
        _NOW, {"conversation": conversation, "a_day_ago": context.clock.now() - timedelta(days=1)}
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such conversation")
    context.pseudonyms[conversation] = row.pseudonym
    facts = codec.load(conversations.Facts, context.open(Field.CONVERSATION, conversation, conversation, row.sealed))
    return Circumstances(
        desk_mode=Mode(row.mode),
        stopped=row.stopped,
        stopped_intents=frozenset(intent for intent in row.stopped_intents or () if intent),
        person_holds=UserId(row.holder) if row.holder else None,
        person_joined=row.joined,
        uncertain_reply=row.uncertain,
        sticky=facts.sticky,
        auto_replies_today=row.auto_replies,
        newer_message=row.newest_case != since,
        contact_opted_out=facts.contact_opted_out,
    )
