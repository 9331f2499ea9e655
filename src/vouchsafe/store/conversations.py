"""Conversations: their keys, their thread ids, who holds them, and what sticks to them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, bindparam, func, select, text, true, update

from vouchsafe.domain.ids import ContactId, ConversationId, DeskId, KeyId, SubjectId, UserId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.states import Sticky
from vouchsafe.domain.text import PhiText
from vouchsafe.ports.work import NotFound
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

_OURS = b""
"""In place of a sender: the reference is a key of ours."""
_THREAD, _WRITER = "thread", "writer"
"""Purposes of the blind index: ids of mails and keys, and addresses that wrote."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is sealed beside a conversation."""

    sticky: Sticky = field(default_factory=Sticky)
    contact_opted_out: bool = False


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """The clear columns and the facts."""

    id: ConversationId
    desk: DeskId
    channel: ChannelKind
    contact: ContactId | None
    holder: UserId | None
    joined: bool
    facts: Facts


_CONVERSATION = schema.conversation
_ONE = select(_CONVERSATION).where(_CONVERSATION.c.id == bindparam("conversation"))
_HELD = _ONE.with_for_update(key_share=True)
_LOCK = _HELD.with_only_columns(_CONVERSATION.c.pseudonym)
# Foreign keys are checked at the end of a statement.
_CREATE = text("""
    with subject as (
        insert into subject_key (workspace_id, id, kid, wrapped) values (:ws, :subject, :kid, :subject_wrapped)
    ), key as (
        insert into conversation_key (workspace_id, id, subject_id, wrapped)
        values (:ws, :conversation, :subject, :wrapped)
    )
    insert into conversation (workspace_id, id, desk_id, channel, opened_at, last_at, sealed, pseudonym)
    values (:ws, :conversation, :desk, :channel, :now, :now, :sealed, :pseudonym)
""")
_REFER = text("""
    insert into thread_ref (workspace_id, conversation_id, blind, sender)
    select :ws, :conversation, blind, sender
    from unnest(cast(:blinds as bytea[]), cast(:senders as bytea[])) as t(blind, sender)
    on conflict do nothing
""")
_KEY_TO_SETTLE = text("""
    select k.wrapped, old.kid as old_kid, old.wrapped as old_subject, new.kid as new_kid, new.wrapped as new_subject
    from conversation_key k
    join subject_key old on old.workspace_id = k.workspace_id and old.id = k.subject_id
    join subject_key new on new.workspace_id = k.workspace_id and new.id = :subject
    where k.id = :conversation and k.subject_id <> :subject
    for update of k
""")
_SETTLE = text("""
    with key as (update conversation_key set subject_id = :subject, wrapped = :wrapped where id = :conversation)
    update conversation set contact_id = :contact where id = :conversation
""")


def create(context: Context, desk: DeskId, channel: ChannelKind) -> ConversationId:
    """A conversation with a fresh key under a fresh provisional subject, and a random pseudonym for the trail."""
    conversation = ConversationId(context.ids.new())
    subject = SubjectId(context.ids.new())
    kid, subject_wrapped, subject_key = context.vault.new_subject_key(context.workspace)
    wrapped, _ = context.vault.new_conversation_key(subject_key, conversation)
    context.connection.execute(
        _CREATE,
        {
            "ws": context.workspace,
            "subject": subject,
            "kid": kid,
            "subject_wrapped": subject_wrapped,
            "conversation": conversation,
            "wrapped": wrapped,
            "desk": desk,
            "channel": channel.value,
            "now": context.clock.now(),
            "sealed": context.seal(Field.CONVERSATION, conversation, conversation, codec.dump(Facts, Facts())),
            "pseudonym": context.seal(Field.PSEUDONYM, conversation, conversation, secrets.token_bytes(16)),
        },
    )
    context.held.add(conversation)
    return conversation


def lock(context: Context, conversation: ConversationId) -> None:
    """Hold the conversation to the end of the transaction.

    Whoever is going to lock a case or an item of the outbox locks its conversation first: with one order everywhere,
    intake, reviewers, workers and senders wait for each other and never in a circle.
    """
    if conversation not in context.held:
        locked = context.connection.execute(_LOCK, {"conversation": conversation}).scalar()
        context.held.add(conversation)
        if locked is not None:
            # Every event about the conversation names it.
            context.pseudonyms[conversation] = locked


def find(
    context: Context, desk: DeskId, thread_ids: Sequence[str], sender: PhiText | None = None, *, lock: bool = False
) -> ConversationId | None:
    """The newest conversation of the desk that the message may continue; with `lock`, its row is held.

    A reference counts if it is a key of ours, which only an addressee of ours can know, or the id of a mail from the
    same sender's address. Ids of anybody else's mails count for nothing: they can be guessed, copied or made up.
    """
    may_use = [_OURS]
    if sender is not None and sender.value:
        may_use.append(_writer(context, sender))
    return _newest(context, desk, thread_ids, schema.thread_ref.c.sender.in_(may_use), lock=lock)


def named(context: Context, desk: DeskId, thread_ids: Sequence[str]) -> ConversationId | None:
    """The newest conversation of the desk in which one of these ids stands, whoever wrote it: no reason to join it."""
    return _newest(context, desk, thread_ids, true(), lock=False)


def add_thread_ids(context: Context, conversation: ConversationId, names: Sequence[str]) -> None:
    """Remember keys of ours that later messages may refer to, whoever brings them. They must be unguessable."""
    _refer(
        context, conversation, [(context.vault.blind(context.workspace, _THREAD, one), _OURS) for one in names if one]
    )


def add_writer(context: Context, conversation: ConversationId, sender: PhiText, own_id: str) -> None:
    """Remember that this address wrote here, and the id of its mail, to which its own later mails may refer."""
    writer = _writer(context, sender)
    own = [(context.vault.blind(context.workspace, _THREAD, own_id), writer)] if own_id else []
    _refer(context, conversation, [(writer, writer), *own])


def has_written(context: Context, conversation: ConversationId, sender: PhiText) -> bool:
    """Whether a message of this address stands in the conversation."""
    refs, writer = schema.thread_ref, _writer(context, sender)
    found = context.connection.execute(
        select(refs.c.sender).where(refs.c.blind == writer, refs.c.conversation_id == conversation)
    )
    return found.first() is not None


def get(context: Context, conversation: ConversationId, *, lock: bool = False) -> ConversationRow:
    """The conversation; with `lock`, its row is held to the end of the transaction. Raises: NotFound."""
    row = context.connection.execute(_HELD if lock else _ONE, {"conversation": conversation}).one_or_none()
    if row is None:
        raise NotFound("there is no such conversation")
    facts = codec.load(Facts, context.open(Field.CONVERSATION, conversation, conversation, row.sealed))
    return ConversationRow(
        id=conversation,
        desk=DeskId(row.desk_id),
        channel=ChannelKind(row.channel),
        contact=ContactId(row.contact_id) if row.contact_id else None,
        holder=UserId(row.holder) if row.holder else None,
        joined=row.joined,
        facts=facts,
    )


def keep_facts(context: Context, conversation: ConversationId, facts: Facts) -> None:
    """Replace the sealed facts."""
    table = schema.conversation
    sealed = context.seal(Field.CONVERSATION, conversation, conversation, codec.dump(Facts, facts))
    context.connection.execute(update(table).where(table.c.id == conversation).values(sealed=sealed))


def hold(context: Context, conversation: ConversationId, holder: UserId | None) -> None:
    """Give the conversation to a person, who has then joined it, or to nobody.

    With nobody holding it, it stays with people until `release`: the AI does not come back by itself.
    """
    table = schema.conversation
    joined = {"joined": True} if holder else {}
    context.connection.execute(update(table).where(table.c.id == conversation).values(holder=holder, **joined))


def release(context: Context, conversation: ConversationId) -> None:
    """A person gave the conversation back: nobody holds it, and the AI may answer in it again."""
    table = schema.conversation
    context.connection.execute(update(table).where(table.c.id == conversation).values(holder=None, joined=False))


def settle(context: Context, conversation: ConversationId, contact: ContactId, subject: SubjectId) -> None:
    """Re-wrap the conversation's key under the contact's subject; ciphertexts and leaves stay as they are."""
    lock(context, conversation)
    which = {"conversation": conversation, "subject": subject}
    row = context.connection.execute(_KEY_TO_SETTLE, which).one_or_none()
    if row is None:
        return  # it is the contact's already
    wrapped = context.vault.rewrap(
        context.workspace,
        row.wrapped,
        old=(KeyId(row.old_kid), bytes(row.old_subject)),
        new=(KeyId(row.new_kid), bytes(row.new_subject)),
    )
    context.connection.execute(_SETTLE, {**which, "wrapped": wrapped, "contact": contact})


def _newest(
    context: Context, desk: DeskId, thread_ids: Sequence[str], counts: ColumnElement[bool], *, lock: bool
) -> ConversationId | None:
    # Our Message-IDs are KEY@DOMAIN; the key alone says enough, and some mail servers rewrite the domain.
    names = {name for thread_id in thread_ids for name in (thread_id, thread_id.partition("@")[0]) if name}
    if not names:
        return None
    blinds = [context.vault.blind(context.workspace, _THREAD, name) for name in names]
    refs, table = schema.thread_ref, schema.conversation
    query = (
        select(table.c.id)
        .join(refs, (refs.c.workspace_id == table.c.workspace_id) & (refs.c.conversation_id == table.c.id))
        .where(refs.c.blind.in_(blinds), table.c.desk_id == desk, counts)
        .order_by(table.c.last_at.desc())
        .limit(1)
    )
    if lock:
        # Two first lines of one chat at the same moment: the second waits and finds what the first has opened.
        number = int.from_bytes(min(blinds)[:8], "big", signed=True)
        context.connection.execute(select(func.pg_advisory_xact_lock(number)))
    held = query.with_for_update(key_share=True, of=table) if lock else query
    found = context.connection.execute(held).scalar()
    if found is None:
        return None
    if lock:
        context.held.add(ConversationId(found))
    return ConversationId(found)


def _refer(context: Context, conversation: ConversationId, refs: Sequence[tuple[bytes, bytes]]) -> None:
    if refs:
        blinds, senders = zip(*dict.fromkeys(refs), strict=True)
        which = {"ws": context.workspace, "conversation": conversation}
        context.connection.execute(_REFER, {**which, "blinds": list(blinds), "senders": list(senders)})


def _writer(context: Context, sender: PhiText) -> bytes:
    return context.vault.blind(context.workspace, _WRITER, sender.value)
