"""One transaction on the store, and `record`: a state of a case and its events are written together or not at all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from vouchsafe.domain.contact import Contact
from vouchsafe.domain.finding import RANK_OF_TIER, Findings, Tier, Vulnerability
from vouchsafe.domain.identifier import Token
from vouchsafe.domain.ids import CaseId, ContactId, ConversationId, DeskId, EventId, MessageId, SubjectId, WorkspaceId
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.domain.pack import NoticeKind
from vouchsafe.domain.reply import Approved, Notice, Reply
from vouchsafe.domain.states import (
    AwaitingHuman,
    CaseFile,
    CaseHead,
    Circumstances,
    Closed,
    Decided,
    Escalated,
    Parked,
    Received,
    Redacted,
    Redrafted,
    Sent,
    Stage,
    State,
    Sticky,
    Superseded,
)
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event
from vouchsafe.evidence.event_types import EventType
from vouchsafe.ports.clock import Clock
from vouchsafe.ports.ids import Ids
from vouchsafe.ports.work import Addressee, CaseRow, Outdated, ReadAttachment, StoredMessage
from vouchsafe.store import (
    alarms,
    cases,
    circumstances,
    contacts,
    conversations,
    desks,
    jobs,
    messages,
    outbox,
    tokens,
    trail,
)
from vouchsafe.store.context import Context
from vouchsafe.store.engine import Database, enter
from vouchsafe.store.objects import Objects
from vouchsafe.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Store:
    """Begins transactions: a database, the vault and the object folder of one installation."""

    database: Database
    vault: Vault
    objects: Objects
    clock: Clock
    ids: Ids
    build: str

    @contextmanager
    def __call__(self, workspace: WorkspaceId) -> Iterator["PgWork"]:
        """A transaction in this workspace; commits at the end, leaves nothing behind after an error."""
        with self.database.begin(workspace) as connection:
            yield self._work(connection, workspace)

    @contextmanager
    def at(self, recipient: str) -> Iterator[tuple["PgWork", DeskId] | None]:
        """A transaction in the workspace that the recipient leads to, and its desk there; None if it leads nowhere."""
        with self.database.begin(None) as connection:
            found = desks.follow(connection, self.vault, recipient)
            workspace, desk = found or (None, None)
            if workspace is None or desk is None:
                yield None
            else:
                enter(connection, workspace)
                yield self._work(connection, workspace), desk

    def _work(self, connection: Connection, workspace: WorkspaceId) -> "PgWork":
        return PgWork(Context(connection, workspace, self.vault, self.objects, self.clock, self.ids, self.build))


class PgWork:
    """`Work` on PostgreSQL."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def workspace(self) -> WorkspaceId:
        """Whose rows these are."""
        return self.context.workspace

    def record(self, state: State, *events: Event) -> None:
        """Write a state and its events together."""
        conversations.lock(self.context, _conversation_of(state))
        match state:
            case Received():
                self._received(state, events)
            case Decided():
                self._decided(state, events)
            case Approved():
                self._approved(state, events)
            case Redrafted():
                self._redrafted(state, events)
            case Sent():
                self._sent(state, events)
            case AwaitingHuman() | Escalated():
                self._returned(state, events)
            case Closed(head=head):
                messages.answered(self.context, messages.covered(self.context, head.id), head.id)
                outbox.withdraw_queued(self.context, head.id)
                self._moved(head, Stage.CLOSED, events)
            case Superseded(head=head):
                outbox.withdraw_queued(self.context, head.id)
                self._moved(head, Stage.SUPERSEDED, events)
            case Parked():
                self._parked(state, events)
            case _:
                raise TypeError(f"{type(state).__name__} is not a state that rests")

    def note(self, *events: Event) -> tuple[EventId, ...]:
        """Write events that change no case."""
        return trail.append(self.context, events)

    def send_notice(self, notice: Approved[Notice], event: Event) -> None:
        """Queue a notice about a case that stays as it is, with its event. The caller holds the case."""
        ids = self._append(notice.case, [event])
        self._queue(notice, notice.case_version, ids, [event], EventType.NOTICE_QUEUED)

    # messages and conversations

    def known_message(
        self, desk: DeskId, channel: ChannelKind, provider_id: str
    ) -> tuple[MessageId, ConversationId] | None:
        """The message stored before at the desk under the channel's id."""
        return messages.find(self.context, desk, channel, provider_id)

    def conversation_of(self, desk: DeskId, thread_ids: Sequence[str], sender: PhiText) -> ConversationId | None:
        """The conversation that a message of this sender continues, locked. A form's thread goes on by mail."""
        return conversations.find(self.context, desk, thread_ids, sender, lock=True)

    def conversation_named(self, desk: DeskId, thread_ids: Sequence[str]) -> ConversationId | None:
        """The conversation in which one of these ids stands, whoever wrote it; what a message claims, not a proof."""
        return conversations.named(self.context, desk, thread_ids)

    def has_written(self, conversation: ConversationId, sender: PhiText) -> bool:
        """Whether a message of this address stands in the conversation."""
        return conversations.has_written(self.context, conversation, sender)

    def open_conversation(self, desk: DeskId, channel: ChannelKind, session: str | None) -> ConversationId:
        """A new conversation under a key of its own."""
        conversation = conversations.create(self.context, desk, channel)
        if session:
            conversations.add_thread_ids(self.context, conversation, [session])
        return conversation

    def store_message(
        self, conversation: ConversationId, inbound: Inbound, read: Sequence[ReadAttachment], at: datetime
    ) -> StoredMessage:
        """Seal a message, its original and its attachments."""
        message = messages.insert_inbound(self.context, conversation, inbound, read, at)
        conversations.add_writer(self.context, conversation, inbound.sender.address, inbound.own_id)
        return message

    def open_case(self, conversation: ConversationId) -> CaseRow | None:
        """The case of the conversation that has not ended, locked."""
        return cases.open_case(self.context, conversation)

    def received(self, row: CaseRow) -> Received:
        """Everything a pass over the case starts from."""
        kept = messages.every(self.context, row.conversation)
        fresh = [one for one in kept if one.waits]
        return Received(
            head=row.head(self.workspace),
            circumstances=self.circumstances(row.conversation, since=row.id),
            turns=tuple(one.stored.turn for one in kept),
            unanswered=tuple(one.stored.turn.id for one in fresh),
            tokens=tokens.every(self.context, row.conversation),
            asserted=all(one.stored.asserted for one in fresh),
            automatic=bool(fresh) and all(one.automatic for one in fresh),
            problems=tuple(dict.fromkeys(word for one in fresh for word in one.stored.problems)),
        )

    def unanswered(self, conversation: ConversationId) -> tuple[MessageId, ...]:
        """Inbound messages after the last reply that left, oldest first."""
        return messages.unanswered(self.context, conversation)

    def case_row(self, case: CaseId, *, lock: bool = False) -> CaseRow:
        """The clear columns."""
        return cases.get(self.context, case, lock=lock)

    def case_file(self, case: CaseId) -> CaseFile:
        """What the last pass found."""
        return cases.file(self.context, case)

    def head(self, case: CaseId) -> CaseHead:
        """The head of a case as it stands."""
        return cases.get(self.context, case).head(self.workspace)

    def circumstances(self, conversation: ConversationId, *, since: CaseId) -> Circumstances:
        """What holds for the conversation now."""
        return circumstances.now(self.context, conversation, since=since)

    def tokens(self, conversation: ConversationId) -> tuple[Token, ...]:
        """The conversation's tokens."""
        return tokens.every(self.context, conversation)

    def addressee(self, row: CaseRow) -> Addressee:
        """Where the answer to a case goes: to whoever wrote last."""
        last = messages.last_inbound(self.context, row.conversation)
        turn = last.turn
        return Addressee(turn.sender_address, turn.sender_name, turn.subject, last.thread_ids, row.channel)

    def contacts_at(self, address: PhiText) -> tuple[Contact, ...]:
        """Every contact on record under this address."""
        return contacts.at(self.context, address)

    def settle(self, conversation: ConversationId, contact: ContactId, subject: SubjectId) -> None:
        """The conversation is this contact's."""
        conversations.settle(self.context, conversation, contact, subject)

    def notices_since(self, conversation: ConversationId, since: datetime) -> frozenset[NoticeKind]:
        """Kinds of notices queued or sent since then."""
        return outbox.notices_since(self.context, conversation, since)

    def answered(self, case: CaseId) -> None:
        """What the reply of this case was made for is answered, also where a newer message ended the case meanwhile."""
        redacted = cases.file(self.context, case).drafted.grounded.understood.redacted
        messages.answered(self.context, redacted.unanswered, case)

    def withdraw_queued(self, case: CaseId) -> int:
        """Withdraw the replies of a case that have not begun to leave."""
        return outbox.withdraw_queued(self.context, case)

    # one method a kind of state

    def _received(self, state: Received, events: Sequence[Event]) -> None:
        cases.create(self.context, state.head, queue=None)
        messages.cover(self.context, state.unanswered, state.head.id)
        # A page that nobody answered yet goes on for the case that took the older one's place.
        alarms.move_open(self.context, state.head.conversation, state.head.id)
        self._append(state.head.id, events)
        jobs.defer_advance(self.context, state.head.conversation, state.head.id)

    def _decided(self, state: Decided, events: Sequence[Event]) -> None:
        redacted = state.drafted.grounded.understood.redacted
        head, ruling = redacted.head, state.ruling
        reply = state.outcome if isinstance(state.outcome, Approved) else None
        visible = True if isinstance(state.outcome, Approved) else state.outcome.draft_visible
        rank = RANK_OF_TIER[ruling.tier]
        cases.move(
            self.context,
            head.id,
            head.version,
            _stage_of(state),
            rank=rank,
            queue=ruling.queue,
            also=ruling.also,
            due_at=state.due_at,
            file=CaseFile(
                drafted=state.drafted,
                ruling=ruling,
                draft_visible=visible,
                notice=state.notice.item.kind if state.notice else None,
                reply=reply,
                phi=state.drafted.grounded.understood.phi,
            ),
        )
        self._keep_reading(redacted, state.drafted.grounded.understood.findings)
        ids = self._append(head.id, events)
        if reply:
            self._queue(reply, head.version + 1, ids, events, EventType.REPLY_QUEUED)
        if state.notice:
            self._queue(state.notice, head.version + 1, ids, events, EventType.NOTICE_QUEUED)
        if ruling.tier in {Tier.PAGE, Tier.CLINICAL} and ruling.queue:
            for queue in (ruling.queue, *ruling.also):
                alarms.raise_alarm(self.context, head.id, queue, ruling.tier)

    def _approved(self, state: Approved[Reply], events: Sequence[Event]) -> None:
        file = replace(cases.file(self.context, state.case), reply=state)
        if state.signatures:
            # Whoever signs has seen the case: nobody needs to be called to it any more.
            alarms.acknowledge_all(self.context, state.case, state.signatures[-1].user)
        cases.move(self.context, state.case, state.case_version, Stage.APPROVED, file=file)
        ids = self._append(state.case, events)
        self._queue(state, state.case_version + 1, ids, events, EventType.REPLY_QUEUED)

    def _redrafted(self, state: Redrafted, events: Sequence[Event]) -> None:
        """Another draft for a case that still waits as it did; a draft that somebody withdrew stays withdrawn."""
        row = cases.get(self.context, state.head.id, lock=True)
        if row.version != state.head.version or row.stage not in {Stage.AWAITING_HUMAN, Stage.ESCALATED}:
            raise Outdated("the case moved on meanwhile; reload it")
        file = cases.file(self.context, row.id)
        if state.ruling is None:
            changed = replace(file, beside=state.beside)
        else:
            visible = file.draft_visible and state.draft_visible
            changed = replace(file, drafted=state.drafted, ruling=state.ruling, draft_visible=visible)
        cases.keep_file(self.context, row.id, changed)
        self._append(row.id, events)

    def _parked(self, state: Parked, events: Sequence[Event]) -> None:
        head = state.head
        outbox.withdraw_queued(self.context, head.id)
        cases.move(
            self.context,
            head.id,
            head.version,
            Stage.PARKED,
            rank=RANK_OF_TIER[Tier.CLINICAL],
            queue=state.queue,
            due_at=state.due_at,
        )
        self._append(head.id, events)
        # Nobody judged the words, so they count as grave until somebody reads them.
        alarms.raise_alarm(self.context, head.id, state.queue, Tier.CLINICAL)

    def _sent(self, state: Sent, events: Sequence[Event]) -> None:
        # The case still stands in its version, so no newer one took a message from it: its file need not be opened.
        messages.answered_all(self.context, state.head.conversation, state.head.id)
        self._moved(state.head, Stage.SENT, events)

    def _returned(self, state: AwaitingHuman | Escalated, events: Sequence[Event]) -> None:
        """An approved reply that may not leave after all goes back to a person."""
        stage = Stage.ESCALATED if isinstance(state, Escalated) else Stage.AWAITING_HUMAN
        file = replace(cases.file(self.context, state.head.id), ruling=state.ruling, draft_visible=state.draft_visible)
        outbox.withdraw_queued(self.context, state.head.id)
        cases.move(self.context, state.head.id, state.head.version, stage, queue=state.ruling.queue, file=file)
        self._append(state.head.id, events)

    def _moved(self, head: CaseHead, stage: Stage, events: Sequence[Event]) -> None:
        cases.move(self.context, head.id, head.version, stage)
        self._append(head.id, events)

    def _keep_reading(self, redacted: Redacted, findings: Findings) -> None:
        """Keep redacted turns, tokens, and what sticks to the conversation."""
        conversation = redacted.head.conversation
        messages.keep_safe(self.context, conversation, redacted.turns)
        tokens.keep(self.context, conversation, redacted.tokens)
        if not (findings.clinical.flag or findings.crisis.sure or findings.kind(Vulnerability.SAFEGUARDING).sure):
            return
        found = conversations.get(self.context, conversation)
        sticky = Sticky(
            clinical=found.facts.sticky.clinical or findings.clinical.flag,
            crisis=found.facts.sticky.crisis or findings.crisis.sure,
            safeguarding=found.facts.sticky.safeguarding or findings.kind(Vulnerability.SAFEGUARDING).sure,
        )
        if sticky != found.facts.sticky:
            conversations.keep_facts(self.context, conversation, replace(found.facts, sticky=sticky))

    def _queue(
        self,
        item: Approved[Reply] | Approved[Notice],
        version: int,
        ids: Sequence[EventId],
        events: Sequence[Event],
        kind: EventType,
    ) -> None:
        event = next((i for i, e in zip(ids, events, strict=True) if e.type is kind), None)
        if event is None:
            raise ValueError(f"an outgoing item needs its {kind.value} event; nothing leaves unaudited")
        outbox.queue(self.context, replace(item, case_version=version), event)

    def _append(self, case: CaseId, events: Sequence[Event]) -> tuple[EventId, ...]:
        if not events:
            raise ValueError("a state is recorded with what happened; nothing happens unaudited")
        return trail.append(self.context, events, changed=case)


def _conversation_of(state: State) -> ConversationId:
    match state:
        case Approved():
            return state.conversation
        case Decided():
            return state.drafted.grounded.understood.redacted.head.conversation
        case Received() | Redrafted() | Sent() | AwaitingHuman() | Escalated() | Closed() | Superseded() | Parked():
            return state.head.conversation
        case _:
            # The states between are steps of one computation; they reach the store inside `Decided`.
            raise TypeError(f"{type(state).__name__} is not a state that rests")


def _stage_of(state: Decided) -> Stage:
    match state.outcome:
        case Approved():
            return Stage.APPROVED
        case AwaitingHuman():
            return Stage.AWAITING_HUMAN
        case Escalated():
            return Stage.ESCALATED
        case _:
            assert_never(state.outcome)
