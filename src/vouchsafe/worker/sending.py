"""The outbox sender: recheck and commit the intent, hand over, record what came of it.

A crash between the hand-over and its record is uncertain: the item counts as neither sent nor failed, and a person
decides. Nothing is handed over whose event is not in the log. What the agreement register does not let leave is held
and goes on by itself once the register does.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from vouchsafe.app import App
from vouchsafe.domain.agreement import Permit, Refusal, Why
from vouchsafe.domain.ids import CaseId, DeskId, MessageId, OutboxId, QueueName, WorkspaceId
from vouchsafe.domain.message import Author, ChannelKind, Direction, Turn
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.reply import DeliveryState, Envelope, Notice, Reply
from vouchsafe.domain.ruling import RuleId, RuleResult, Ruling, Verdict
from vouchsafe.domain.states import AwaitingHuman, Parked, Sent, Stage
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event, Json, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.ways_out import MAIL
from vouchsafe.pipeline import send
from vouchsafe.pipeline.observing import observed
from vouchsafe.pipeline.redact.tokens import token_like
from vouchsafe.pipeline.send import Sources, Withheld
from vouchsafe.ports.channel import Channel, Uncertain, Undeliverable
from vouchsafe.ports.work import Addressee, CaseRow, OutboxItem
from vouchsafe.store import cases, conversations, desks, jobs, knowledge, knowledge_withdrawn, messages, outbox, trail
from vouchsafe.store.engine import UNREACHABLE
from vouchsafe.store.work import PgWork
from vouchsafe.worker.errors import where
from vouchsafe.worker.metrics import SENT

STUCK_AFTER = timedelta(minutes=6)
"""Longer than the nine steps of an SMTP hand-over at 30 s each: its sender died."""
SIGNED_FOR = timedelta(days=1)
"""A signature stands for sources that changed since only as long as whoever signed can be taken to know of them."""
NOTICE_STANDS_FOR = timedelta(hours=1)
"""A notice that waited longer does not leave once its case has ended or a newer one of its kind is there."""
AT_ONCE = 100
"""Items handed over in one round."""

log = structlog.get_logger()

_EVENTS = {
    (True, DeliveryState.HELD): EventType.REPLY_HELD,
    (True, DeliveryState.SENDING): EventType.REPLY_ATTEMPTED,
    (True, DeliveryState.SENT): EventType.REPLY_SENT,
    (True, DeliveryState.FAILED): EventType.REPLY_FAILED,
    (True, DeliveryState.UNCERTAIN): EventType.REPLY_UNCERTAIN,
    (False, DeliveryState.HELD): EventType.NOTICE_HELD,
    (False, DeliveryState.SENDING): EventType.NOTICE_ATTEMPTED,
    (False, DeliveryState.SENT): EventType.NOTICE_SENT,
    (False, DeliveryState.FAILED): EventType.NOTICE_FAILED,
    (False, DeliveryState.UNCERTAIN): EventType.NOTICE_UNCERTAIN,
}
_OUTCOMES = {
    DeliveryState.HELD: Outcome.HELD,
    DeliveryState.SENDING: Outcome.OK,
    DeliveryState.SENT: Outcome.OK,
    DeliveryState.FAILED: Outcome.FAILED,
    DeliveryState.UNCERTAIN: Outcome.UNCERTAIN,
}
_OVERTAKEN = "notice_overtaken"
_NO_RELAY = Refusal(
    Why.NO_RELAY,
    "It waits for a mail relay, and this worker has none set; set VOUCHSAFE_SMTP_RELAY for every worker.",
)


@dataclass(frozen=True, slots=True)
class _HandOver:
    item: OutboxItem
    envelope: Envelope
    kind: ChannelKind
    channel: Channel


class Sender:
    """Sends what is due in one workspace after another."""

    def __init__(self, app: App) -> None:
        self._app = app

    def send_due(self, workspace: WorkspaceId, *, limit: int = AT_ONCE) -> int:
        """Hand over up to `limit` due items; how many were taken from the queue."""
        done = 0
        while done < limit:
            taken = self._take(workspace)
            if taken is None:
                return done
            if isinstance(taken, _HandOver):
                with observed("send", taken.item.case) as seen:
                    seen.outcome = self._hand_over(workspace, taken).value
            done += 1
        return done

    def release(self, workspace: WorkspaceId) -> int:
        """Put back what waited for an agreement, if there is one now; how many. It is rechecked before it leaves."""
        with self._app.store(workspace) as work:
            if outbox.held(work.context) and isinstance(self._app.asked_of_register(work, MAIL), Permit):
                return outbox.release(work.context)
        return 0

    def sweep(self, workspace: WorkspaceId) -> int:
        """Items whose sender died in the middle become uncertain; how many."""
        with self._app.store(workspace) as work:
            stuck = outbox.begun_before(work.context, self._app.clock.now() - STUCK_AFTER)
        return sum(self._interrupted(workspace, item) for item in stuck)

    def _interrupted(self, workspace: WorkspaceId, stuck: OutboxItem) -> bool:
        with self._app.store(workspace) as work:
            conversations.lock(work.context, stuck.conversation)
            item = outbox.get(work.context, stuck.id, lock=True)
            if (item.state, item.attempt) != (DeliveryState.SENDING, stuck.attempt):
                return False
            self._end(work, item, DeliveryState.UNCERTAIN, {"why": "interrupted"})
        return True

    def _take(self, workspace: WorkspaceId) -> _HandOver | Withheld | Refusal | None:
        """Recheck the next due item and commit that its hand-over begins. One that cannot be read is set aside."""
        claimed: outbox.Claimed | None = None
        try:
            with self._app.store(workspace) as work:
                claimed = outbox.claim(work.context, self._app.clock.now())
                return None if claimed is None else self._begin(work, claimed.opened(work.context))
        except UNREACHABLE:
            raise
        except Exception as error:
            if claimed is None:
                raise
            log.error("item set aside", item=str(claimed.id), failure=type(error).__name__, where=where(error))
            self._set_aside(workspace, claimed.id, claimed.case, type(error).__name__)
            return Withheld("unsendable")

    def _begin(self, work: PgWork, item: OutboxItem) -> _HandOver | Withheld | Refusal:
        row = cases.held(work.context, item.case)
        desk = desks.get(work.context, row.desk)
        now = work.circumstances(row.conversation, since=row.id)
        pack = self._app.pack(desk.pack)
        withheld = send.recheck(item.item, row, now, pack, self._sources(work, item, row.desk, pack))
        withheld = withheld or self._overtaken(work, item, row)
        if withheld:
            self._withhold(work, item, row, withheld)
            return withheld
        to = work.addressee(row)
        allowed = self._allowed(work, item, to.channel)
        if isinstance(allowed, Refusal):
            outbox.move(work.context, item.id, DeliveryState.HELD)
            work.note(_event(item, DeliveryState.HELD, {"why": allowed.why.value, "says": allowed.says}))
            return allowed
        if allowed and outbox.release_earlier(work.context, item):
            # It stays queued, behind them: the notice that was held is read before the reply it announces.
            return Withheld("after_earlier")
        envelope = self._envelope(work, item, to)
        outbox.move(
            work.context,
            item.id,
            DeliveryState.SENDING,
            due_at=self._app.clock.now(),
            attempt=item.attempt + 1,
        )
        # Answers to this item refer to its key; remember it before the item can be answered.
        conversations.add_thread_ids(work.context, item.conversation, [envelope.key])
        about: dict[str, Json] = {"attempt": item.attempt + 1}
        if allowed:
            about["agreement"] = str(allowed.agreement)
        work.note(_event(item, DeliveryState.SENDING, about))
        return _HandOver(item, envelope, to.channel, self._app.channel(desk, to.channel, allowed))

    def _overtaken(self, work: PgWork, item: OutboxItem, row: CaseRow) -> Withheld | None:
        """A notice of a superseded case still leaves: the newer case may have sent none because this one waited."""
        if isinstance(item.item.item, Reply) or self._app.clock.now() - item.queued_at <= NOTICE_STANDS_FOR:
            return None
        if row.stage in {Stage.SENT, Stage.CLOSED} or outbox.newer_notice(work.context, item):
            return Withheld(_OVERTAKEN)
        return None

    def _allowed(self, work: PgWork, item: OutboxItem, channel: ChannelKind) -> Permit | Refusal | None:
        """The register's word. What a relay was to carry is never put in the folder of a worker that has none set."""
        allowed = self._app.may_leave(work, channel)
        if allowed is None and channel is not ChannelKind.CHAT:
            held = _EVENTS[isinstance(item.item.item, Reply), DeliveryState.HELD]
            if trail.search(work.context, types=[held], case=item.case, limit=1):
                return _NO_RELAY
        return allowed

    def _sources(self, work: PgWork, item: OutboxItem, desk: DeskId, pack: Pack) -> Sources:
        content = item.item.item
        cited = {(one.document, one.version) for one in content.citations} if isinstance(content, Reply) else set()
        lost = cited - knowledge.standing(work.context, desk, cited, self._app.today(pack)) if cited else set()
        if not lost:
            return Sources()
        withdrawn = knowledge_withdrawn.paths(work.context, desk)
        long_ago = self._app.clock.now() - item.queued_at > SIGNED_FOR
        return Sources(withdrawn=any(path in withdrawn for path, _ in lost), outdated=True, long_ago=long_ago)

    def _set_aside(self, workspace: WorkspaceId, item: OutboxId, case: CaseId, failure: str) -> None:
        """An item that cannot even be prepared leaves the queue, so that others go on; its case goes to a person."""
        with self._app.store(workspace) as work:
            row = cases.get(work.context, case, lock=True)
            outbox.move(work.context, item, DeliveryState.FAILED)
            event = Event(
                EventType.REPLY_FAILED,
                system("sender"),
                Outcome.FAILED,
                case=case,
                conversation=row.conversation,
                payload={"failure": failure},
            )
            if row.stage is not Stage.APPROVED:
                work.note(event)
                return
            pack = self._app.pack_of(work, row.desk)
            queue = row.queue or pack.routes.unknown
            due_at = self._app.clock.now() + timedelta(minutes=pack.queue(QueueName(queue)).answer_within_min)
            work.record(Parked(work.head(case), failure, QueueName(queue), due_at), event)

    def _envelope(self, work: PgWork, item: OutboxItem, to: Addressee) -> Envelope:
        secret = self._app.keys.derive("outbox")
        # Most answers hold nothing to restore, and then no token is opened.
        tokens = work.tokens(item.conversation) if any(token_like(item.item.item.text.value)) else ()
        return send.envelope(item.item, to, tokens, self._app.restore, secret)

    def _hand_over(self, workspace: WorkspaceId, taken: _HandOver) -> DeliveryState:
        """Hand the item to its channel; the state in which it is afterwards."""
        try:
            delivered = taken.channel.send(taken.item.item, taken.envelope)
        except Undeliverable as refused:
            return self._refused(workspace, taken, permanent=refused.permanent)
        except Uncertain:
            return self._finish(workspace, taken, DeliveryState.UNCERTAIN, {"why": "connection_lost"})
        except Exception as error:  # noqa: BLE001  # unknown means a person looks, never a second send
            log.error("hand-over broke", item=str(taken.item.id), failure=type(error).__name__, where=where(error))
            return self._finish(workspace, taken, DeliveryState.UNCERTAIN, {"why": type(error).__name__})
        return self._finish(workspace, taken, DeliveryState.SENT, {}, provider_id=delivered.provider_id)

    def _refused(self, workspace: WorkspaceId, taken: _HandOver, *, permanent: bool) -> DeliveryState:
        attempt = taken.item.attempt
        if permanent or attempt >= len(outbox.RETRY_AFTER):
            return self._finish(workspace, taken, DeliveryState.FAILED, {"permanent": permanent})
        with self._app.store(workspace) as work:
            due_at = self._app.clock.now() + outbox.RETRY_AFTER[attempt]
            outbox.move(work.context, taken.item.id, DeliveryState.QUEUED, due_at=due_at, attempt=attempt + 1)
        return DeliveryState.QUEUED

    def _finish(
        self,
        workspace: WorkspaceId,
        taken: _HandOver,
        state: DeliveryState,
        about: dict[str, Json],
        provider_id: str = "",
    ) -> DeliveryState:
        with self._app.store(workspace) as work:
            conversations.lock(work.context, taken.item.conversation)
            # Its words were opened when it was taken, and never change.
            item, stands = taken.item, outbox.lock(work.context, taken.item.id)
            if stands is not DeliveryState.SENDING:
                # A sweep was faster and called it uncertain; what we know now goes on record all the same.
                log.warning("hand-over ended late", item=str(item.id), state=stands.value)
            if state is DeliveryState.SENT:
                self._keep_turn(work, item, taken, provider_id)
            self._end(work, item, state, about, provider_id)
        SENT.labels(state.value).inc()
        return state

    def _keep_turn(self, work: PgWork, item: OutboxItem, taken: _HandOver, provider_id: str) -> None:
        content = item.item.item
        now = self._app.clock.now()
        blank = PhiText("")
        author = Author.NOTICE if isinstance(content, Notice) else content.author
        turn = Turn(
            id=MessageId(self._app.ids.new()),
            direction=Direction.OUTBOUND,
            author=author,
            author_name=content.signed_as if isinstance(content, Reply) else "",
            at=now,
            subject=taken.envelope.subject,
            text=taken.envelope.body,
            quoted=blank,
            hidden=blank,
            sender_name=blank,
            sender_address=blank,
            attachments=(),
        )
        messages.insert_outbound(
            work.context, item.conversation, turn, channel=taken.kind, provider_id=provider_id or taken.envelope.key
        )
        # A name that begins with the item's key is found by the key, which was remembered when it was taken.
        if provider_id.partition("@")[0] != taken.envelope.key:
            conversations.add_thread_ids(work.context, item.conversation, [provider_id])

    def _end(
        self,
        work: PgWork,
        item: OutboxItem,
        state: DeliveryState,
        about: dict[str, Json],
        provider_id: str = "",
    ) -> None:
        """The item's last state, and the case's where the item is its reply."""
        outbox.move(work.context, item.id, state)
        event = _event(item, state, about)
        row = cases.held(work.context, item.case)
        if not isinstance(item.item.item, Reply):
            work.note(event)
            return
        if row.stage is not Stage.APPROVED:
            work.note(event)
            self._tell_the_newer_case(work, row, state)
            return
        if state is DeliveryState.SENT:
            work.record(Sent(row.head(work.workspace), item.id, provider_id, self._app.clock.now()), event)
            return
        why = "the reply may have been sent; check before you answer again"
        if state is DeliveryState.FAILED:
            why = "the reply could not be delivered"
        self._return(work, row, f"delivery_{state.value}", why, event)

    def _tell_the_newer_case(self, work: PgWork, row: CaseRow, state: DeliveryState) -> None:
        """A message came while this reply was being handed over; its case was made as if nothing had left."""
        if state not in {DeliveryState.SENT, DeliveryState.UNCERTAIN}:
            return
        if state is DeliveryState.SENT:
            work.answered(row.id)
        newer = work.open_case(row.conversation)
        if newer is None:
            return
        event = Event(
            EventType.DRAFT_WITHDRAWN,
            system("sender"),
            Outcome.WITHDRAWN,
            case=newer.id,
            conversation=newer.conversation,
            payload={"why": "earlier_reply_left"},
        )
        if newer.stage is Stage.APPROVED:
            self._return(work, newer, "earlier_reply_left", _WHY["earlier_reply_left"], event)
        elif newer.stage is Stage.RECEIVED:
            # A pass under way read the older state: its result is refused by the version, and a new pass follows.
            cases.move(work.context, newer.id, newer.version, Stage.RECEIVED)
            jobs.defer_advance(work.context, newer.conversation, newer.id)

    def _withhold(self, work: PgWork, item: OutboxItem, row: CaseRow, withheld: Withheld) -> None:
        """The item does not leave; a case that still stands goes back to a person."""
        outbox.move(work.context, item.id, DeliveryState.WITHDRAWN)
        event = Event(
            EventType.DRAFT_WITHDRAWN,
            system("sender"),
            Outcome.WITHDRAWN,
            case=item.case,
            conversation=item.conversation,
            payload={"why": withheld.why},
        )
        if row.stage is not Stage.APPROVED or withheld.why == _OVERTAKEN:
            work.note(event)
            return
        self._return(work, row, "recheck", _WHY.get(withheld.why, "something changed before it left"), event)

    def _return(self, work: PgWork, row: CaseRow, rule: str, reason: str, event: Event) -> None:
        file = work.case_file(row.id)
        held = RuleResult(RuleId(rule), fired=True, reason=reason, source="design section 3: rechecked when sending")
        ruling = Ruling(
            verdict=Verdict.AWAITING_HUMAN,
            rules=(held, *file.ruling.rules),
            queue=file.ruling.queue or QueueName(row.queue or "front_desk"),
            also=file.ruling.also,
            tier=file.ruling.tier,
            pack=file.ruling.pack,
        )
        work.record(
            AwaitingHuman(row.head(work.workspace), file.drafted, ruling, draft_visible=file.draft_visible), event
        )


_WHY = {
    "stopped": "a stop was pressed before it left",
    "newer_message": "a newer message came before it left",
    "person_holds": "a person took the conversation before it left",
    "pack_changed": "the policy pack changed before it left",
    "mode_changed": "the desk's mode was lowered before it left",
    "uncertain_reply": "an earlier reply may have been sent",
    "earlier_reply_left": "an earlier reply left while this one was made; see that it is not said twice",
    "source_withdrawn": "a document that it cites was withdrawn before it left",
    "source_changed": "a document that it cites changed, or is no longer in force",
    "opted_out": "the contact asked for no automatic answers",
}


def _event(item: OutboxItem, state: DeliveryState, about: dict[str, Json]) -> Event:
    content = item.item.item
    is_reply = isinstance(content, Reply)
    kind = {} if isinstance(content, Reply) else {"kind": content.kind.value}
    return Event(
        _EVENTS[is_reply, state],
        system("sender"),
        _OUTCOMES[state],
        case=item.case,
        conversation=item.conversation,
        payload={**kind, **about},
    )
