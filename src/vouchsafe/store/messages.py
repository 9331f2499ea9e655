"""Messages and attachments, sealed; their originals as sealed objects."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, insert, select, text, update

from vouchsafe.domain.ids import AttachmentId, CaseId, ConversationId, DeskId, MessageId
from vouchsafe.domain.message import Attachment, Author, ChannelKind, Direction, Inbound, Turn
from vouchsafe.domain.states import SafeTurn
from vouchsafe.ports.work import NotFound, ReadAttachment, SealedObject, StoredMessage
from vouchsafe.store import codec, schema, sealed_objects
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

_WORD = re.compile(r"[^\W\d_]{3,}")
_STOP = frozenset(
    [
        "the",
        "and",
        "for",
        "you",
        "your",
        "with",
        "this",
        "that",
        "have",
        "has",
        "had",
        "was",
        "were",
        "are",
        "not",
        "but",
        "can",
        "will",
        "from",
        "our",
        "they",
        "what",
        "when",
        "how",
        "please",
        "thank",
        "thanks",
        "about",
        "would",
        "could",
        "there",
        "their",
        "been",
        "any",
        "all",
        "its",
        "who",
        "get",
        "just",
        "los",
        "las",
        "una",
        "por",
        "para",
        "que",
    ]
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A turn as it lies sealed: whether the channel vouched for its address, and what had to be mended in it."""

    turn: Turn
    thread_ids: tuple[str, ...]
    asserted: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A turn as it stands in its conversation. `waits`: inbound, and no case has dealt with it."""

    stored: Stored
    waits: bool
    automatic: bool


_MESSAGE, _FILE = schema.message, schema.attachment
_OF_CONVERSATION = _MESSAGE.c.conversation_id == bindparam("conversation")
_IS_INBOUND = _MESSAGE.c.direction == Direction.INBOUND.value
_CONVERSATION = (
    select(
        _MESSAGE.c.id,
        _MESSAGE.c.sealed,
        _MESSAGE.c.direction,
        _MESSAGE.c.answered_by,
        _MESSAGE.c.automatic,
        _FILE.c.id.label("file"),
        _FILE.c.sealed.label("sealed_file"),
    )
    .outerjoin(_FILE, (_FILE.c.workspace_id == _MESSAGE.c.workspace_id) & (_FILE.c.message_id == _MESSAGE.c.id))
    .where(_OF_CONVERSATION)
    .order_by(_MESSAGE.c.at, _MESSAGE.c.id, _FILE.c.id)
)
_INSERT = text("""
    with touched as (update conversation set last_at = :at where id = :conversation returning desk_id)
    insert into message (workspace_id, id, conversation_id, desk_id, direction, author, automatic, at, provider,
                         channel, original_id, sealed)
    select :ws, :id, :conversation, desk_id, :direction, :author, :automatic, :at, :provider, :channel, :original,
           :sealed
    from touched
""")
_FIND = select(_MESSAGE.c.id, _MESSAGE.c.conversation_id).where(
    _MESSAGE.c.desk_id == bindparam("desk"),
    _MESSAGE.c.channel == bindparam("channel"),
    _MESSAGE.c.provider == bindparam("provider"),
)
_COVER = (
    update(_MESSAGE)
    .where(_MESSAGE.c.id == any_(bindparam("messages", type_=ARRAY(Uuid))))
    .values(case_id=bindparam("of"))
)
_ANSWERED_ALL = (
    update(_MESSAGE)
    .where(_OF_CONVERSATION, _MESSAGE.c.case_id == bindparam("of"), _MESSAGE.c.answered_by.is_(None))
    .values(answered_by=bindparam("of"))
)
_KEEP_SAFE = update(_MESSAGE).where(_MESSAGE.c.id == bindparam("message"))
_UNANSWERED = (
    select(_MESSAGE.c.id)
    .where(_OF_CONVERSATION, _IS_INBOUND, _MESSAGE.c.answered_by.is_(None))
    .order_by(_MESSAGE.c.at, _MESSAGE.c.id)
)
_LAST_INBOUND = (
    select(_MESSAGE.c.id, _MESSAGE.c.sealed)
    .where(_OF_CONVERSATION, _IS_INBOUND)
    .order_by(_MESSAGE.c.at.desc(), _MESSAGE.c.id.desc())
    .limit(1)
)


def find(
    context: Context, desk: DeskId, channel: ChannelKind, provider_id: str
) -> tuple[MessageId, ConversationId] | None:
    """The message stored at the desk under the channel's id."""
    row = context.connection.execute(
        _FIND, {"desk": desk, "channel": channel.value, "provider": _provider(context, provider_id)}
    ).one_or_none()
    return (MessageId(row.id), ConversationId(row.conversation_id)) if row else None


def insert_inbound(
    context: Context, conversation: ConversationId, inbound: Inbound, read: Sequence[ReadAttachment], at: datetime
) -> StoredMessage:
    """Seal a message as it arrived. Objects are durable before the row that names them."""
    message = MessageId(context.ids.new())
    original = sealed_objects.put(context, Field.ORIGINAL, conversation, inbound.original)
    turn = Turn(
        id=message,
        direction=Direction.INBOUND,
        author=Author.CONTACT,
        author_name="",
        at=at,
        subject=inbound.subject,
        text=inbound.new_text,
        quoted=inbound.quoted_text,
        hidden=inbound.hidden_text,
        sender_name=inbound.sender.display_name,
        sender_address=inbound.sender.address,
        attachments=(),
    )
    own = (inbound.own_id,) if inbound.own_id else ()
    _insert(
        context,
        conversation,
        Stored(turn, (*inbound.thread_ids, *own), inbound.asserted, inbound.problems),
        channel=inbound.channel,
        provider=_provider(context, inbound.provider_id),
        original=original.id,
        automatic=inbound.automatic,
    )
    attachments = tuple(_insert_attachment(context, conversation, message, one) for one in read)
    return StoredMessage(message, original, attachments)


def insert_outbound(
    context: Context, conversation: ConversationId, turn: Turn, *, channel: ChannelKind, provider_id: str
) -> None:
    """Keep what left, restored words included, sealed like what came in."""
    _insert(
        context,
        conversation,
        Stored(turn, ()),
        channel=channel,
        provider=_provider(context, f"out/{provider_id}"),
        original=None,
        automatic=False,
    )


def turns(context: Context, conversation: ConversationId) -> tuple[Turn, ...]:
    """The whole conversation, oldest first, words as they arrived or left."""
    return tuple(one.stored.turn for one in every(context, conversation))


def safe_turns(context: Context, conversation: ConversationId) -> dict[MessageId, SafeTurn]:
    """Redacted turns, as far as a pass has made them."""
    table = schema.message
    rows = context.connection.execute(
        select(table.c.id, table.c.safe).where(table.c.conversation_id == conversation, table.c.safe.isnot(None))
    )
    return {
        MessageId(row.id): codec.load(SafeTurn, context.open(Field.MESSAGE_SAFE, row.id, conversation, row.safe))
        for row in rows
    }


def every(context: Context, conversation: ConversationId) -> list[Kept]:
    """Every turn of a conversation, oldest first, with its attachments."""
    found: dict[UUID, Kept] = {}
    attachments: dict[UUID, list[Attachment]] = {}
    for row in context.connection.execute(_CONVERSATION, {"conversation": conversation}):
        if row.id not in found:
            stored = codec.load(Stored, context.open(Field.MESSAGE, row.id, conversation, row.sealed))
            waits = row.direction == Direction.INBOUND.value and row.answered_by is None
            found[row.id] = Kept(stored, waits, row.automatic)
        if row.file is not None:
            opened = context.open(Field.ATTACHMENT, row.file, conversation, row.sealed_file)
            attachments.setdefault(row.id, []).append(codec.load(Attachment, opened))
    return [replace(one, stored=_with(one.stored, attachments.get(key, []))) for key, one in found.items()]


def unanswered(context: Context, conversation: ConversationId) -> tuple[MessageId, ...]:
    """Inbound messages that no case has dealt with, oldest first.

    What a reply answered is said by the case it belongs to, never by the clock: a message that arrived while the reply
    to another one was being handed over is not answered by it.
    """
    found = context.connection.execute(_UNANSWERED, {"conversation": conversation}).scalars()
    return tuple(MessageId(one) for one in found)


def answered(context: Context, messages: Iterable[MessageId], case: CaseId) -> None:
    """These messages were dealt with by this case: its reply left, or a person closed it."""
    table = schema.message
    context.connection.execute(update(table).where(table.c.id.in_(list(messages))).values(answered_by=case))


def answered_all(context: Context, conversation: ConversationId, case: CaseId) -> None:
    """What is this case's business was dealt with by it, but for what another case's reply has answered since."""
    context.connection.execute(_ANSWERED_ALL, {"conversation": conversation, "of": case})


def covered(context: Context, case: CaseId) -> tuple[MessageId, ...]:
    """The messages that are this case's business."""
    table = schema.message
    rows = context.connection.execute(select(table.c.id).where(table.c.case_id == case))
    return tuple(MessageId(row.id) for row in rows)


def last_inbound(context: Context, conversation: ConversationId) -> Stored:
    """The newest inbound turn, without its attachments. Raises: NotFound."""
    row = context.connection.execute(_LAST_INBOUND, {"conversation": conversation}).one_or_none()
    if row is None:
        raise NotFound("the conversation holds no inbound message")
    return codec.load(Stored, context.open(Field.MESSAGE, row.id, conversation, row.sealed))


def cover(context: Context, messages: Iterable[MessageId], case: CaseId) -> None:
    """These messages are now the business of this case."""
    context.connection.execute(_COVER, {"messages": list(messages), "of": case})


def keep_safe(context: Context, conversation: ConversationId, safe: Iterable[SafeTurn]) -> None:
    """Store redacted turns and their search words."""
    for turn in safe:
        context.connection.execute(
            _KEEP_SAFE,
            {
                "message": turn.id,
                "safe": context.seal(Field.MESSAGE_SAFE, turn.id, conversation, codec.dump(SafeTurn, turn)),
                "words": context.vault.words(
                    context.workspace, search_words(f"{turn.subject.value} {turn.text.value}")
                ),
            },
        )


def search_words(text: str) -> set[str]:
    """The words of a text that a search can find, in small letters; a search asks for these of its own words."""
    return {word.casefold() for word in _WORD.findall(text)} - _STOP


def original(context: Context, message: MessageId) -> bytes:
    """The message's bytes as they arrived. Raises: NotFound, SealBroken."""
    table = schema.message
    row = context.connection.execute(
        select(table.c.original_id, table.c.conversation_id).where(table.c.id == message)
    ).one_or_none()
    if row is None or row.original_id is None:
        raise NotFound("no original is kept for this message")
    return sealed_objects.content(context, Field.ORIGINAL, ConversationId(row.conversation_id), row.original_id)


def attachment_content(context: Context, attachment: AttachmentId) -> bytes:
    """An attachment's bytes. Raises: NotFound, SealBroken."""
    table = schema.attachment
    row = context.connection.execute(
        select(table.c.object_id, table.c.conversation_id).where(table.c.id == attachment)
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such attachment")
    return sealed_objects.content(context, Field.ATTACHMENT_CONTENT, ConversationId(row.conversation_id), row.object_id)


def _provider(context: Context, provider_id: str) -> bytes:
    return context.vault.blind(context.workspace, "provider", provider_id)


def _insert(
    context: Context,
    conversation: ConversationId,
    stored: Stored,
    *,
    channel: ChannelKind,
    provider: bytes,
    original: UUID | None,
    automatic: bool,
) -> None:
    turn = stored.turn
    context.connection.execute(
        _INSERT,
        {
            "ws": context.workspace,
            "id": turn.id,
            "conversation": conversation,
            "direction": turn.direction.value,
            "author": turn.author.value,
            "automatic": automatic,
            "at": turn.at,
            "provider": provider,
            "channel": channel.value,
            "original": original,
            "sealed": context.seal(Field.MESSAGE, turn.id, conversation, codec.dump(Stored, stored)),
        },
    )


def _insert_attachment(
    context: Context, conversation: ConversationId, message: MessageId, one: ReadAttachment
) -> SealedObject:
    stored = sealed_objects.put(context, Field.ATTACHMENT_CONTENT, conversation, one.content)
    row_id = one.attachment.id
    context.connection.execute(
        insert(schema.attachment),
        {
            "workspace_id": context.workspace,
            "id": row_id,
            "message_id": message,
            "conversation_id": conversation,
            "object_id": stored.id,
            "size": one.attachment.size,
            "readable": one.attachment.readable.value,
            "sealed": context.seal(Field.ATTACHMENT, row_id, conversation, codec.dump(Attachment, one.attachment)),
        },
    )
    return stored


def _with(stored: Stored, attachments: Sequence[Attachment]) -> Stored:
    return replace(stored, turn=replace(stored.turn, attachments=tuple(attachments))) if attachments else stored
