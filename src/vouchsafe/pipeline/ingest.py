"""Stage 1, ingest: store a message durably, once, and open the case that covers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from vouchsafe.domain.ids import AttachmentId, CaseId, ConversationId, DeskId
from vouchsafe.domain.message import (
    CLAIMS_THREAD,
    NEW_SENDER,
    Attachment,
    AttachmentData,
    ChannelKind,
    Inbound,
    Readable,
)
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.states import CaseHead, Circumstances, Received, Superseded
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event, Json, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline.observing import observed
from vouchsafe.ports.channel import Accepted
from vouchsafe.ports.clock import Clock
from vouchsafe.ports.ids import Ids
from vouchsafe.ports.work import CaseRow, ReadAttachment, StoredMessage, Work

Reader = Callable[[AttachmentData], tuple[str, Readable, PhiText | None]]
"""Types an attachment and reads it as text: sniffed media type, how readable it is, its text."""

_ACTOR = system("ingest")


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where a message belongs. `claims`: a conversation it refers to without being of it."""

    conversation: ConversationId
    inbound: Inbound
    is_new: bool
    claims: ConversationId | None


def read_all(attachments: Sequence[AttachmentData], reader: Reader, ids: Ids) -> tuple[ReadAttachment, ...]:
    """Type and read attachments, before any transaction is open. A reader that fails means: not read (R190)."""
    return tuple(_read(one, reader, ids) for one in attachments)


def accept(
    inbound: Inbound, read: Sequence[ReadAttachment], *, desk: DeskId, work: Work, clock: Clock, ids: Ids
) -> Accepted:
    """Store the message and open its case, in the caller's transaction; nothing is acknowledged before its commit.

    1. The same (channel, provider id) at the same desk is the same message again: an event, nothing else.
    2. A message that its sender can be shown to continue joins its conversation, anything else begins one under a
       fresh key; what it only claims to continue is named for a person.
    3. An open case of the conversation ends as superseded; the new case covers all unanswered messages.
    """
    with observed("ingest") as seen:
        accepted = _accepted(inbound, read, desk=desk, work=work, clock=clock, ids=ids)
        seen.case, seen.outcome = accepted.case, "duplicate" if accepted.duplicate else "stored"
    return accepted


def _accepted(
    inbound: Inbound, read: Sequence[ReadAttachment], *, desk: DeskId, work: Work, clock: Clock, ids: Ids
) -> Accepted:
    known = work.known_message(desk, inbound.channel, inbound.provider_id)
    if known is not None:
        message, conversation = known
        work.note(Event(EventType.MESSAGE_DUPLICATED, _ACTOR, Outcome.OK, conversation=conversation))
        return Accepted(message, conversation, case=None, duplicate=True)

    placed = _place(inbound, desk, work)
    conversation, inbound = placed.conversation, placed.inbound
    now = clock.now()
    stored = work.store_message(conversation, inbound, read, now)
    earlier = None if placed.is_new else work.open_case(conversation)
    head = CaseHead(
        id=CaseId(ids.new()),
        workspace=work.workspace,
        desk=desk,
        conversation=conversation,
        channel=inbound.channel,
        version=1,
        opened_at=earlier.opened_at if earlier else now,
    )
    if earlier:
        _supersede(work, earlier, head)
    work.record(
        Received(
            head=head,
            # The worker reads circumstances and turns when it computes; what holds now may not hold then.
            circumstances=Circumstances(desk_mode=Mode.OFF),
            turns=(),
            unanswered=(stored.id,) if placed.is_new else work.unanswered(conversation),
            automatic=inbound.automatic,
        ),
        *_events(head, placed, read, stored),
    )
    return Accepted(stored.id, conversation, head.id, duplicate=False)


def _place(inbound: Inbound, desk: DeskId, work: Work) -> _Placed:
    """The conversation that the message continues, or a new one, and what a person should know about that."""
    sender = inbound.sender.address
    known = work.conversation_of(desk, inbound.thread_ids, sender)
    if known is not None:
        # Our key came back from elsewhere: a second address of the same person, or somebody our mail was passed on to.
        is_newcomer = not inbound.automatic and not work.has_written(known, sender)
        return _Placed(known, _with_problem(inbound, NEW_SENDER) if is_newcomer else inbound, is_new=False, claims=None)
    claims = work.conversation_named(desk, inbound.thread_ids)
    # A chat session is one thread from its first line on; a mail's thread is known by the ids of our answers.
    session = inbound.thread_ids[0] if inbound.channel is ChannelKind.CHAT and inbound.thread_ids else None
    fresh = work.open_conversation(desk, inbound.channel, session)
    return _Placed(fresh, _with_problem(inbound, CLAIMS_THREAD) if claims else inbound, is_new=True, claims=claims)


def _with_problem(inbound: Inbound, problem: str) -> Inbound:
    return replace(inbound, problems=(*inbound.problems, problem))


def _read(data: AttachmentData, reader: Reader, ids: Ids) -> ReadAttachment:
    try:
        sniffed, readable, text = reader(data)
    except Exception:  # noqa: BLE001  # a hostile file may break any parser in any way; a person looks at it then
        sniffed, readable, text = "application/octet-stream", Readable.BROKEN, None
    attachment = Attachment(
        id=AttachmentId(ids.new()),
        file_name=data.file_name,
        declared_type=data.declared_type,
        sniffed_type=sniffed,
        size=len(data.content),
        readable=readable,
        text=text,
    )
    return ReadAttachment(attachment, data.content)


def _supersede(work: Work, earlier: CaseRow, head: CaseHead) -> None:
    old = replace(head, id=earlier.id, version=earlier.version)
    work.record(
        Superseded(old, by=head.id),
        Event(
            EventType.CASE_SUPERSEDED,
            _ACTOR,
            Outcome.SUPERSEDED,
            case=earlier.id,
            conversation=head.conversation,
            payload={"by": str(head.id)},
        ),
    )


def _events(head: CaseHead, placed: _Placed, read: Sequence[ReadAttachment], stored: StoredMessage) -> list[Event]:
    about = partial(Event, actor=_ACTOR, case=head.id, conversation=head.conversation)
    inbound = placed.inbound
    claims: dict[str, Json] = {"claims": str(placed.claims)} if placed.claims else {}
    events = [
        about(
            type=EventType.MESSAGE_RECEIVED,
            outcome=Outcome.OK,
            payload={
                "channel": inbound.channel.value,
                "characters": len(inbound.new_text.value),
                "attachments": len(read),
                "automatic": inbound.automatic,
                "asserted": inbound.asserted,
                "problems": list(inbound.problems),
                **claims,
            },
        ),
        about(
            type=EventType.ORIGINAL_SEALED,
            outcome=Outcome.OK,
            payload={
                "sha256": sha256(inbound.original).hexdigest(),
                "bytes": len(inbound.original),
                "message": str(stored.id),
                "object": str(stored.original.id),
            },
            objects=(stored.original.seal,),
        ),
    ]
    events.extend(
        about(
            type=EventType.ATTACHMENT_SCANNED,
            outcome=Outcome.OK if one.attachment.readable is Readable.READ else Outcome.HELD,
            payload={
                "type": one.attachment.sniffed_type,
                "bytes": one.attachment.size,
                "readable": one.attachment.readable.value,
                "sha256": sha256(one.content).hexdigest(),
                "object": str(kept.id),
            },
            objects=(kept.seal,),
        )
        for one, kept in zip(read, stored.attachments, strict=True)
    )
    return events
