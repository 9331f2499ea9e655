"""What a person does with an item in quarantine: open it, have it read again, put it aside. Each act is an event."""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from vouchsafe.app import App
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import CaseId, WorkspaceId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.staff import User
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.plugins.channels.email.parse import MailRules, Unreadable, parse_mail
from vouchsafe.ports.channel import Quarantined
from vouchsafe.ports.work import Outdated
from vouchsafe.reviewing import Done
from vouchsafe.store import desks, quarantine, reads
from vouchsafe.store.quarantine import Item
from vouchsafe.web.access import reason_given

SHOWN = 100_000
"""Characters of an item that a page shows; the rest is in the file."""


class StillUnreadable(VouchsafeError):
    """The item was read again and cannot be taken in."""


class NotOpened(VouchsafeError):
    """Nobody puts a patient's message aside without having looked at it."""

    def __init__(self) -> None:
        super().__init__("open the item first; somebody's message may be in it")


@dataclass(frozen=True, slots=True)
class Taken:
    """The item became a message; `case` is None where the very same message had been taken before."""

    case: CaseId | None


class Handling:
    """The acts of one workspace."""

    def __init__(self, app: App, workspace: WorkspaceId) -> None:
        self._app = app
        self._workspace = workspace

    def open(self, item: UUID, user: User, reason: str) -> bytes:
        """The bytes as they came; recorded with the reason before they are shown. Raises: NotFound, NeedsReason."""
        given = reason_given(reason)
        with self._app.store(self._workspace) as work:
            found = quarantine.get(work.context, item)
            if found.handled_by is None:
                quarantine.acknowledge(work.context, item, user.id)
            reads.first_looks(work.context, user.id, EventType.ORIGINAL_READ, [item])
            payload: dict[str, Json] = {"item": str(item), "problem": found.problem, "reason": given}
            work.note(Event(EventType.ORIGINAL_READ, person(user.id), Outcome.OK, payload=payload))
            return quarantine.read(work.context, item)

    def take_care(self, item: UUID, user: User) -> Done:
        """The person sees to it: the on-call address hears no more of it. Raises: NotFound, Outdated."""
        with self._app.store(self._workspace) as work:
            if quarantine.get(work.context, item, lock=True).handled_by is not None:
                raise Outdated("somebody dealt with this item already")
            if not quarantine.acknowledge(work.context, item, user.id):
                raise Outdated("somebody takes care of this item already")
            payload: dict[str, Json] = {"item": str(item), "how": "acknowledged"}
            work.note(Event(EventType.MESSAGE_SETTLED, person(user.id), Outcome.HELD, payload=payload))
        return Done("you take care of it; nobody else is called to it any more")

    def read_again(self, item: UUID, user: User) -> Taken:
        """Read the bytes as if they had just come; the item is settled where that works.

        The intake and the mark are two transactions. After a crash between them the item still waits, and reading it
        again finds the message that is stored already.

        Raises: NotFound, Outdated, StillUnreadable.
        """
        with self._app.store(self._workspace) as work:
            found = quarantine.get(work.context, item)
            if found.handled_by is not None:
                raise Outdated("somebody dealt with this item already")
            if found.desk is None or found.channel is not ChannelKind.EMAIL:
                raise StillUnreadable("only mail that came to a desk can be read again; open it and answer by hand")
            recipient = desks.get(work.context, found.desk).facts.address
            raw = quarantine.read(work.context, item)
        rules = MailRules(trusted_authserv=self._app.settings.trusted_authserv or None)
        try:
            inbound = parse_mail(raw, recipient=recipient, received_at=self._app.clock.now(), rules=rules)
        except Unreadable as refused:
            self._note_refusal(found, user, refused.problem)
            raise StillUnreadable(_says(refused.problem)) from None
        outcome = self._app.intake(inbound)
        if isinstance(outcome, Quarantined):
            raise StillUnreadable(_says(outcome.problem))
        with self._app.store(self._workspace) as work:
            quarantine.handled(work.context, item, user.id)
            payload: dict[str, Json] = {"item": str(item), "how": "taken_in", "message": str(outcome.message)}
            work.note(
                Event(
                    EventType.MESSAGE_SETTLED,
                    person(user.id),
                    Outcome.OK,
                    conversation=outcome.conversation,
                    payload=payload,
                )
            )
        return Taken(outcome.case)

    def put_aside(self, item: UUID, user: User, reason: str) -> Done:
        """The item needs nothing more from us; its bytes stay. Raises: NotFound, Outdated, NeedsReason, NotOpened."""
        given = reason_given(reason)
        with self._app.store(self._workspace) as work:
            quarantine.get(work.context, item, lock=True)
            if not reads.has_looked(work.context, user.id, EventType.ORIGINAL_READ, item):
                raise NotOpened
            quarantine.handled(work.context, item, user.id)
            payload: dict[str, Json] = {"item": str(item), "how": "put_aside", "reason": given}
            work.note(Event(EventType.MESSAGE_SETTLED, person(user.id), Outcome.OK, payload=payload))
        return Done("put aside; the bytes stay sealed and the reason is on record")

    def _note_refusal(self, item: Item, user: User, problem: str) -> None:
        with self._app.store(self._workspace) as work:
            payload: dict[str, Json] = {"item": str(item.id), "how": "read_again", "problem": problem}
            work.note(Event(EventType.MESSAGE_SETTLED, person(user.id), Outcome.HELD, payload=payload))


def as_text(raw: bytes) -> tuple[str, bool]:
    """The bytes as text to look at, and whether it was cut.

    What steers a terminal or turns the reading direction stands as its code, so that it shows and does nothing.
    """
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(_visible(one) for one in text[:SHOWN]), len(text) > SHOWN


def _visible(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf"}:
        return character
    return f"⟨U+{ord(character):04X}⟩"


def _says(problem: str) -> str:
    return (
        f"it still cannot be read ({problem.replace('_', ' ')}); open it, answer the writer yourself, then put it aside"
    )
