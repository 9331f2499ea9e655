"""Whole passes without a database: messages come from lists, decisions are kept in a list, nothing leaves.

The stages are those of the running system in the order of `pipeline/flow.py`; only where messages come from and where
decisions go differs. Batch commands and simulation use it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from vouchsafe.domain.contact import Assurance, Identity
from vouchsafe.domain.identifier import KnownContact, Token
from vouchsafe.domain.ids import CaseId, ConversationId, DeskId, MessageId, WorkspaceId
from vouchsafe.domain.message import Author, ChannelKind, Direction, Turn
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.states import CaseHead, Circumstances, Decided, Identified, Received
from vouchsafe.domain.text import PhiText, Span
from vouchsafe.evidence.event import Event
from vouchsafe.pipeline import flow
from vouchsafe.pipeline.world import World
from vouchsafe.ports.clock import Clock
from vouchsafe.ports.ids import Ids

_NOTHING = PhiText("")


@dataclass(frozen=True, slots=True, repr=False)
class ScratchMessage:
    """One message and what is known about who wrote it. `thread` are the contact's earlier turns, oldest first."""

    text: str
    thread: tuple[str, ...] = ()
    known: KnownContact = field(default_factory=KnownContact)
    level: Assurance = Assurance.ANONYMOUS
    subject: str = ""
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """One pass: the decision and the events that the running system would have recorded with it."""

    decided: Decided
    events: tuple[Event, ...]


class Scratch:
    """Passes messages through a world, each as a conversation of its own, and keeps what was decided."""

    def __init__(self, world: World, clock: Clock, ids: Ids) -> None:
        self._world, self._clock, self._ids = world, clock, ids
        self._workspace, self._desk = WorkspaceId(ids.new()), DeskId(ids.new())
        self.passed: list[Passed] = []

    def run(self, message: ScratchMessage, world: World | None = None, *, desk_mode: Mode = Mode.AUTO) -> Decided:
        """Decide on one message; `world` stands in for this message only (another audience, another day)."""
        state = self.identified(message, desk_mode)
        decided, events = flow.advance(state, world or self._world)
        self.passed.append(Passed(decided, events))
        return decided

    def identified(self, message: ScratchMessage, desk_mode: Mode = Mode.AUTO) -> Identified:
        """The message as the store would hand it over: the thread first, the message last and unanswered."""
        now = self._clock.now()
        texts = (*message.thread, message.text)
        turns = [self._turn(text, now - timedelta(minutes=len(texts) - n)) for n, text in enumerate(texts)]
        turns[-1] = replace(turns[-1], subject=PhiText(message.subject))
        head = CaseHead(
            id=CaseId(self._ids.new()),
            workspace=self._workspace,
            desk=self._desk,
            conversation=ConversationId(self._ids.new()),
            channel=ChannelKind.WEB_FORM,
            version=1,
            opened_at=now,
        )
        received = Received(
            head=head,
            circumstances=Circumstances(desk_mode=desk_mode),
            turns=tuple(turns),
            unanswered=(turns[-1].id,),
            asserted=message.level >= Assurance.CHANNEL_ASSERTED,
        )
        identity = Identity(
            level=message.level,
            contact=None,
            subject=None,
            shared_address=False,
            is_staff=message.is_staff,
            candidates=(message.known,),
        )
        return Identified(received, identity)

    def _turn(self, text: str, at: datetime) -> Turn:
        return Turn(
            id=MessageId(self._ids.new()),
            direction=Direction.INBOUND,
            author=Author.CONTACT,
            author_name="",
            at=at,
            subject=_NOTHING,
            text=PhiText(text),
            quoted=_NOTHING,
            hidden=_NOTHING,
            sender_name=_NOTHING,
            sender_address=_NOTHING,
            attachments=(),
        )


def place_in(original: str, redacted: str, tokens: Sequence[Token], span: Span) -> Span:
    """Where a span of the redacted text stood in the original; a token maps to all that it replaced.

    Found by the words between the tokens, which redaction leaves as they were. Where they cannot be found (characters
    that show nothing were taken out) the end of the words before stands in.
    """
    pieces = _pieces(original, redacted, [token.placeholder for token in tokens])
    start, end = 0, len(original)
    for piece in pieces:
        if piece.redacted.start <= span.start < piece.redacted.end:
            start = piece.original.start + (0 if piece.is_token else span.start - piece.redacted.start)
        if piece.redacted.start < span.end <= piece.redacted.end:
            end = piece.original.end if piece.is_token else piece.original.start + span.end - piece.redacted.start
    return Span(start, min(max(start, end), len(original)))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A token, or the words between two, in both texts."""

    redacted: Span
    original: Span
    is_token: bool


def _pieces(original: str, redacted: str, placeholders: Sequence[str]) -> list[_Piece]:
    if not placeholders:
        return [_Piece(Span(0, len(redacted)), Span(0, len(original)), is_token=False)]
    pieces: list[_Piece] = []
    at = reached = 0
    open_token: Span | None = None
    for text in re.split("(" + "|".join(re.escape(one) for one in placeholders) + ")", redacted):
        here = Span(at, at + len(text))
        at = here.end
        if text in placeholders:
            open_token = here
            continue
        found = original.find(text, reached) if text else -1
        place = found if found >= 0 else reached if at < len(redacted) else len(original)
        if open_token:
            pieces.append(_Piece(open_token, Span(reached, place), is_token=True))
        reached = min(place + len(text), len(original))
        pieces.append(_Piece(here, Span(min(place, reached), reached), is_token=False))
    return pieces
