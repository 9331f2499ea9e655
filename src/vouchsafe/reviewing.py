"""What a person does with a case, each act one transaction with its event: sign, refuse, take, hand over, stop."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from vouchsafe.app import App
from vouchsafe.casework.rights import CLOSED, closed_pages, draft_is_closed, found_pages
from vouchsafe.domain.draft import Origin, Sentence
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.finding import Tier
from vouchsafe.domain.identifier import Label, Token
from vouchsafe.domain.ids import CaseId, DeskId, QueueName, WorkspaceId
from vouchsafe.domain.message import Direction
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.precedent import PrecedentId
from vouchsafe.domain.reply import Approved, Reply, Signature
from vouchsafe.domain.ruling import Ruling
from vouchsafe.domain.sentences import sentences
from vouchsafe.domain.staff import Permission, User
from vouchsafe.domain.states import CaseFile, Closed, Stage, Sticky
from vouchsafe.domain.text import SafeText, Span
from vouchsafe.evidence.event import Event, Json, Outcome, millionths, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline import review, trace
from vouchsafe.pipeline.gate.decision import decide_for_person
from vouchsafe.pipeline.gate.input import Signer, gate_input
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.pipeline.redact.tokens import TOKEN_LIKE, split_at_tokens
from vouchsafe.pipeline.review import NeedsAnother, NotAllowed, Signing, StillHeld
from vouchsafe.ports.work import CaseRow, NotFound, Outdated
from vouchsafe.store import (
    alarms,
    cases,
    contacts,
    conversations,
    desks,
    knowledge,
    messages,
    outbox,
    precedents,
    staff,
    stops,
    tokens,
)
from vouchsafe.store.stops import StopScope
from vouchsafe.store.work import PgWork

_WAITING = {Stage.AWAITING_HUMAN, Stage.ESCALATED, Stage.PARKED}


_SAMPLED_FROM = 5_000
_NEVER_TYPED = {Label.SSN, Label.CREDENTIAL}


@dataclass(frozen=True, slots=True, repr=False)
class _Wording:
    """What somebody signs: the case's file, who has signed, the person's own text if there is one, its new tokens."""

    file: CaseFile
    signatures: tuple[Signature, ...]
    text: str | None
    fresh: tuple[Token, ...]


class NeedsReason(VouchsafeError):
    """This act is recorded with its reason."""

    def __init__(self) -> None:
        super().__init__("say why in a few words; the reason is recorded with your name")


class NotAcknowledged(VouchsafeError):
    """An alarm is judged by people who came to it, not by those who have not."""

    def __init__(self) -> None:
        super().__init__("acknowledge the alarm first; when you have read the case, say whether it was warranted")


class NothingToStop(VouchsafeError):
    """A stop was asked for that would cover nothing."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act ended well. `says` is a sentence for the person."""

    says: str


class Reviewing:
    """The acts of one workspace."""

    def __init__(self, app: App, workspace: WorkspaceId) -> None:
        self._app = app
        self._workspace = workspace

    def approve(
        self, case: CaseId, user: User, version: int, text: str | None, *, precedent: PrecedentId | None = None
    ) -> Done:
        """Sign the draft as it stands, or `text` instead, written from an earlier answer or not.

        Raises: NotAllowed, StillHeld, Outdated.
        """
        with self._app.store(self._workspace) as work:
            row = self._waiting(work, case, version)
            pack = self._app.pack_of(work, row.desk)
            file = work.case_file(case)
            if text is None:
                _needs_open_draft(work, row, file, user)
            edited, fresh = self._redacted(work, row, text)
            signing = Signing(
                head=work.head(case),
                file=file,
                circumstances=work.circumstances(row.conversation, since=case),
                user=user,
                at=self._app.clock.now(),
                today=self._app.today(pack),
                edited=edited,
                borrowed=_borrowed(work, row, precedent) if precedent and edited else (),
            )
            signed = review.sign(
                signing, pack, lambda f, s, t: self._decide(work, pack, _Wording(f, s, t, fresh)), our_words
            )
            tokens.keep(work.context, row.conversation, fresh)
            approved = signed.reply if isinstance(signed, NeedsAnother) else signed
            acts = _signing_events(signing, approved)
            if isinstance(signed, NeedsAnother):
                cases.keep_file(work.context, case, replace(file, reply=approved))
                work.note(*acts)
                return Done(f"signed; {signed.missing} more must sign before it leaves")
            work.record(approved, *acts, trace.queued(approved))
            conversations.hold(work.context, row.conversation, user.id)
        return Done("approved; it leaves in a moment")

    def refuse(self, case: CaseId, user: User, version: int, reason: str) -> Done:
        """Refuse the draft: it is withdrawn, the case waits for a person's own words."""
        self._needs(user, Permission.APPROVE_REPLIES)
        with self._app.store(self._workspace) as work:
            row = self._waiting(work, case, version)
            file = work.case_file(case)
            cases.keep_file(work.context, case, replace(file, draft_visible=False))
            given = self.masked_reason(work, row, reason)
            work.note(self._event(EventType.REPLY_REFUSED, row, user, Outcome.REFUSED, {"reason": given}))
        return Done("the draft was refused and withdrawn")

    def close(self, case: CaseId, user: User, version: int, why: str) -> Done:
        """End the case without a reply; one that waits for an agreement is withdrawn."""
        self._needs(user, Permission.APPROVE_REPLIES)
        with self._app.store(self._workspace) as work:
            row = self._waiting(work, case, version, or_held=True)
            self._needs_clinician_if_clinical(work, row, user)
            given = self.masked_reason(work, row, why)
            event = self._event(EventType.CASE_CLOSED, row, user, Outcome.OK, {"why": given})
            alarms.acknowledge_all(work.context, case, user.id)
            work.record(Closed(work.head(case), user.id, given), event)
        return Done("closed without a reply")

    def take(self, case: CaseId, user: User) -> Done:
        """The person answers this conversation; the AI is silent until it is given back."""
        self._needs(user, Permission.TAKE_CASES)
        with self._app.store(self._workspace) as work:
            row = cases.get(work.context, case, lock=True)
            conversations.hold(work.context, row.conversation, user.id)
            work.note(self._event(EventType.CONVERSATION_TAKEN, row, user, Outcome.OK, {}))
        return Done("you hold this conversation; the AI stays silent until you give it back")

    def give_back(self, case: CaseId, user: User) -> Done:
        """The conversation is nobody's again."""
        self._needs(user, Permission.TAKE_CASES)
        with self._app.store(self._workspace) as work:
            row = cases.get(work.context, case, lock=True)
            if row.holder not in {None, user.id} and not user.may(Permission.PRESS_STOP):
                raise NotAllowed("another person holds this conversation; ask them or a lead")
            conversations.release(work.context, row.conversation)
            work.note(self._event(EventType.CONVERSATION_RETURNED, row, user, Outcome.OK, {}))
        return Done("given back")

    def hand_over(self, case: CaseId, user: User, queue: str, reason: str) -> Done:
        """Hand the case to another queue; nobody holds it then. Raises: NotFound for a queue the pack lacks."""
        self._needs(user, Permission.HAND_OVER)
        with self._app.store(self._workspace) as work:
            row = cases.get(work.context, case, lock=True)
            pack = self._app.pack_of(work, row.desk)
            if queue not in {one.name for one in pack.queues}:
                raise NotFound("there is no such queue on this desk")
            if row.queue and pack.queue(QueueName(row.queue)).clinical and not pack.queue(QueueName(queue)).clinical:
                # A clinical case leaves the clinical queues only by a clinician's hand (R141, R178).
                self._needs_clinician_if_clinical(work, row, user)
            cases.route(work.context, case, queue)
            conversations.hold(work.context, row.conversation, None)
            given = self.masked_reason(work, row, reason)
            payload: dict[str, Json] = {"from": row.queue, "queue": queue, "reason": given}
            work.note(self._event(EventType.CASE_QUEUED, row, user, Outcome.HELD, payload))
        return Done("handed over")

    def clear(self, case: CaseId, user: User, reason: str) -> Done:
        """A clinician clears what sticks to the conversation; the finding itself stays on record (R178)."""
        with self._app.store(self._workspace) as work:
            row = cases.get(work.context, case, lock=True)
            pack = self._app.pack_of(work, row.desk)
            if not user.is_clinician(self._app.today(pack)):
                raise NotAllowed("only a clinician with a valid licence clears a clinical finding")
            found = conversations.get(work.context, row.conversation, lock=True)
            conversations.keep_facts(work.context, row.conversation, replace(found.facts, sticky=Sticky()))
            given = self.masked_reason(work, row, reason)
            work.note(self._event(EventType.FINDING_CLEARED, row, user, Outcome.OK, {"reason": given}))
        return Done("cleared for the messages that follow")

    def acknowledge(self, case: CaseId, user: User) -> Done:
        """Take note of the case's alarms."""
        self._needs(user, Permission.READ_CASES)
        with self._app.store(self._workspace) as work:
            row = cases.get(work.context, case, lock=True)
            tiers = {a.tier for a in alarms.of_case(work.context, case) if a.acknowledged_at is None}
            if Tier.PAGE in tiers:
                self._needs(user, Permission.ACKNOWLEDGE_PAGES)
            alarms.acknowledge(work.context, case, user.id)
            work.note(self._event(EventType.CASE_ACKNOWLEDGED, row, user, Outcome.OK, {}))
        return Done("acknowledged")

    def judge_alarm(self, case: CaseId, user: User, *, warranted: bool) -> Done:
        """Say whether the case's alarm was warranted, having read the case; it changes counts and nothing else (R197).

        Whoever may sign the case may say it, and the last word counts. Raises: NotAllowed, NotAcknowledged, NotFound.
        """
        self._needs(user, Permission.APPROVE_REPLIES)
        with self._app.store(self._workspace) as work:
            row = cases.get(work.context, case, lock=True)
            self._needs_clinician_if_clinical(work, row, user)
            if any(one.acknowledged_at is None for one in alarms.of_case(work.context, case)):
                raise NotAcknowledged
            alarms.judge(work.context, case, user.id, warranted=warranted)
            work.note(self._event(EventType.CASE_ACKNOWLEDGED, row, user, Outcome.OK, {"warranted": warranted}))
        return Done("noted: the alarm was warranted" if warranted else "noted: the alarm was not warranted")

    def reveal(self, case: CaseId, user: User, reason: str) -> dict[str, str]:
        """The words behind the tokens, by placeholder; recorded with the reason before they are shown."""
        self._needs(user, Permission.REVEAL_ORIGINALS)
        with self._app.store(self._workspace) as work:
            row = cases.get(work.context, case, lock=True)
            found = work.tokens(row.conversation)
            given = self.masked_reason(work, row, reason)
            work.note(
                self._event(EventType.TOKEN_RESTORED, row, user, Outcome.OK, {"reason": given, "tokens": len(found)})
            )
        return {token.placeholder: token.value.value for token in found}

    def sample(self, user: User, reason: str, count: int, *, clear: bool = True) -> tuple[tuple[str, str], ...]:
        """Past messages of patients in clear, with marks round what redaction found; recorded before they are given.

        Up to `count` pairs of message id and text, drawn evenly: `call {{NAME:Mary}} back`. A person corrects the
        marks, and `vouchsafe eval redaction` measures against them. Without `clear` the texts stay redacted.
        """
        self._needs(user, Permission.EXPORT_ORIGINALS)
        given = _given(reason)
        with self._app.store(self._workspace) as work:
            every = [*cases.ended(work.context, limit=_SAMPLED_FROM), *cases.waiting(work.context, limit=_SAMPLED_FROM)]
            conversations_of = list(dict.fromkeys(row.conversation for row in every))
            secrets.SystemRandom().shuffle(conversations_of)
            found: list[tuple[str, str]] = []
            for conversation in conversations_of:
                if len(found) >= count:
                    break
                tokens = work.tokens(conversation) if clear else ()
                marks = {one.placeholder: f"{{{{{one.label.value}:{one.value.value}}}}}" for one in tokens}
                for turn in messages.safe_turns(work.context, conversation).values():
                    if turn.direction is Direction.INBOUND and turn.text.value.strip() and len(found) < count:
                        found.append((str(turn.id), _marked(turn.text.value, marks)))
            payload: dict[str, Json] = {
                "reason": given,
                "messages": [message for message, _ in found],
                "clear": clear,
            }
            work.note(Event(EventType.EXPORT_MADE, person(user.id), Outcome.OK, payload=payload))
        return tuple(found)

    def press_stop(self, scope: StopScope, desk: DeskId | None, intent: str | None, user: User, reason: str) -> Done:
        """Within seconds nothing automatic leaves in this scope (R184).

        Raises: NotAllowed, NeedsReason; NothingToStop for a desk or an intent that is not there, since "stopped" would
        then be said of nothing.
        """
        self._needs(user, Permission.PRESS_STOP)
        given = _given(reason)
        with self._app.store(self._workspace) as work:
            covered = [one for one in desks.every(work.context) if desk is None or one.id == desk]
            if scope is StopScope.WORKSPACE:
                desk, intent = None, None
            elif (scope is StopScope.DESK and desk is None) or not covered:
                raise NothingToStop("this desk is not there, so nothing was stopped; choose one of the list")
            elif scope is StopScope.DESK:
                intent = None
            elif not any(self._app.pack(one.pack).intent(intent or "") for one in covered):
                raise NothingToStop("no desk has this kind of question, so nothing was stopped; choose one of the list")
            stop = stops.press(work.context, scope, desk=desk, intent=intent, by=user.id, reason=given)
            payload: dict[str, Json] = {"scope": scope.value, "reason": given, "stop": str(stop), "intent": intent}
            if desk:
                payload["desk"] = str(desk)
            work.note(Event(EventType.STOP_PRESSED, person(user.id), Outcome.OK, payload=payload))
        return Done("stopped; nothing automatic leaves until a second person releases it")

    def release_stop(self, stop: UUID, user: User) -> Done:
        """End a stop; a second person must. Raises: SecondPersonNeeded."""
        self._needs(user, Permission.RELEASE_STOP)
        with self._app.store(self._workspace) as work:
            stops.release(work.context, stop, user.id)
            work.note(Event(EventType.STOP_RELEASED, person(user.id), Outcome.OK, payload={"stop": str(stop)}))
        return Done("released")

    def _waiting(self, work: PgWork, case: CaseId, version: int, *, or_held: bool = False) -> CaseRow:
        row = cases.get(work.context, case, lock=True)
        if row.version != version:
            raise Outdated("this case changed while you looked at it; read it again before you decide")
        held = or_held and row.stage is Stage.APPROVED and outbox.holds_reply(work.context, case)
        if row.stage not in _WAITING and not held:
            raise Outdated("this case no longer waits for a person")
        return row

    def _redacted(self, work: PgWork, row: CaseRow, text: str | None) -> tuple[SafeText | None, tuple[Token, ...]]:
        if text is None:
            return None, ()
        if not text.strip():
            raise NeedsReason
        whole, fresh, typed = self._masked(work, row, text)
        if any(TOKEN_LIKE.search(piece) for piece in typed):
            raise StillHeld("the text holds a placeholder that is not of this conversation; write the words instead")
        return our_words(whole), fresh

    def masked_reason(self, work: PgWork, row: CaseRow, reason: str) -> str:
        """Why, with identifiers as placeholders: who may read a decision need not be allowed to see them (R63)."""
        masked, fresh, _ = self._masked(work, row, _given(reason))
        tokens.keep(work.context, row.conversation, fresh)
        return masked

    def _masked(self, work: PgWork, row: CaseRow, text: str) -> tuple[str, tuple[Token, ...], list[str]]:
        """What a person typed with identifiers as placeholders, its tokens, and the pieces that were none before."""
        known = work.tokens(row.conversation)
        # The conversation's own placeholders stay as they are; a patient's would be masked, and a made-up one is.
        pieces = split_at_tokens(text, frozenset(token.placeholder for token in known))
        typed = [piece for piece, is_token in pieces if not is_token]
        redaction = self._app.light_redactor.redact(typed, tokens=known)
        safe = iter(redaction.parts)
        whole = "".join(piece if is_token else next(safe).text.value for piece, is_token in pieces)
        # The redactor hands back the conversation's other tokens too; what the patient said, the reviewer did not type.
        return whole, tuple(token for token in redaction.tokens if token.placeholder in whole), typed

    def _decide(self, work: PgWork, pack: Pack, wording: _Wording) -> Ruling:
        signers = []
        for one in wording.signatures:
            user = staff.get(work.context, one.user)
            signers.append(Signer(one.user, clinician=bool(user and user.is_clinician(self._app.today(pack)))))
        head = wording.file.drafted.grounded.understood.redacted.head
        current = work.circumstances(head.conversation, since=head.id)
        drafted = review.under(wording.file.drafted, current, (*work.tokens(head.conversation), *wording.fresh))
        found = self._of_others(work, wording)
        return decide_for_person(
            gate_input(drafted, pack, found=found, signers=tuple(signers), person_text=wording.text)
        )

    def _of_others(self, work: PgWork, wording: _Wording) -> tuple[str, ...]:
        """Values a person typed that are another contact's, or of a kind that no reply ever needs (R111).

        What the writer said themselves is theirs to hear again, and what they share with another contact is no secret
        of the other. A shared address selects nobody, but whoever has it may be called by name.
        """
        redacted = wording.file.drafted.grounded.understood.redacted
        row = work.case_row(redacted.head.id)
        own = {conversations.get(work.context, row.conversation).contact}
        writers = {one.id for one in work.contacts_at(work.addressee(row).address)} if wording.fresh else set()
        said = "\n".join(
            f"{turn.subject.value}\n{turn.text.value}" for turn in redacted.turns if turn.direction is Direction.INBOUND
        )
        found = []
        for token in wording.fresh:
            theirs = own | writers if token.label is Label.NAME else own
            holders = set() if token.placeholder in said else contacts.holders(work.context, token.value)
            if token.label in _NEVER_TYPED or (holders and not holders & theirs):
                found.append(token.value.value)
        return tuple(found)

    def _needs(self, user: User, permission: Permission) -> None:
        if not user.may(permission):
            raise NotAllowed("your role does not allow this; ask a lead")

    def _needs_clinician_if_clinical(self, work: PgWork, row: CaseRow, user: User) -> None:
        sticky = conversations.get(work.context, row.conversation).facts.sticky
        pack = self._app.pack_of(work, row.desk)
        if (sticky.clinical or sticky.crisis) and not user.is_clinician(self._app.today(pack)):
            raise NotAllowed("only a clinician with a valid licence may do this with a clinical case")

    def _event(self, kind: EventType, row: CaseRow, user: User, outcome: Outcome, payload: dict[str, Json]) -> Event:
        return Event(kind, person(user.id), outcome, case=row.id, conversation=row.conversation, payload=payload)


def _needs_open_draft(work: PgWork, row: CaseRow, file: CaseFile, user: User) -> None:
    """Nobody signs what they could not hold against its source. Raises: NotAllowed."""
    found = found_pages(file.drafted)
    published = knowledge.at_paths(work.context, row.desk, {one.path for one in found})
    if draft_is_closed(file, closed_pages(user, found, published)):
        raise NotAllowed(CLOSED)


def _borrowed(work: PgWork, row: CaseRow, precedent: PrecedentId) -> tuple[Sentence, ...]:
    """The sentences of an earlier answer of the same desk, each a person's that cites it. Raises: StillHeld."""
    try:
        found = precedents.get(work.context, row.desk, precedent)
    except NotFound:
        raise StillHeld(
            "the earlier answer was withdrawn while you wrote; read your text again before you send it"
        ) from None
    answer, at = found.wording.answer.value, 0
    borrowed = []
    for one in (one for block in answer.split("\n\n") for one in sentences(block)):
        start = max(answer.find(one, at), 0)
        at = start + len(one)
        borrowed.append(Sentence(our_words(one), Origin.PERSON, found.citation(Span(start, at))))
    return tuple(borrowed)


def _signing_events(signing: Signing, approved: Approved[Reply]) -> list[Event]:
    """Approved, and edited before that where the words are not the draft's."""
    about: dict[str, Json] = {"signed_as": signing.user.signature, "text": approved.item.text.value}
    if signing.user.license:
        about["license"] = f"{signing.user.license.profession}, until {signing.user.license.expires.isoformat()}"
    head = signing.head
    events = []
    if signing.edited is not None:
        before = getattr(signing.file.drafted, "draft", None)
        share = review.kept_share(before, approved.item.draft) if before else 0.0
        events.append(
            Event(
                EventType.REPLY_EDITED,
                person(signing.user.id),
                Outcome.OK,
                case=head.id,
                conversation=head.conversation,
                payload={"kept": millionths(share), "before": before.text if before else None, **about},
            )
        )
    events.append(
        Event(
            EventType.REPLY_APPROVED,
            person(signing.user.id),
            Outcome.OK,
            case=head.id,
            conversation=head.conversation,
            sources=tuple(c.name for c in approved.item.citations),
            payload=about,
        )
    )
    return events


def _marked(safe: str, marks: Mapping[str, str]) -> str:
    """A redacted text with each of its own tokens as the value it stands for, marked with its label."""
    pieces = split_at_tokens(safe, frozenset(marks))
    return "".join(marks[piece] if is_token else piece for piece, is_token in pieces)


def _given(reason: str) -> str:
    if not reason.strip():
        raise NeedsReason
    return reason.strip()[:2000]
