"""Values for tests: each builder fills in everything the test is not about, so that what it names stands out.

Without arguments every builder gives the plainest case that the AI may answer alone: a routine question about opening
hours, recognised, with a verbatim answer from an approved page.
"""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.draft import Citation, Draft, Origin, Sentence, WhyNot
from vouchsafe.domain.finding import ClinicalClass, Findings, IntentMatch, Signal, Vulnerability
from vouchsafe.domain.identifier import Label, Token
from vouchsafe.domain.ids import AttachmentId, CaseId, ConversationId, DeskId, MessageId, UserId, WorkspaceId
from vouchsafe.domain.message import Author, ChannelKind, Direction, Readable
from vouchsafe.domain.pack import Mode, Pack
from vouchsafe.domain.passage import Document, Hit, Hits, Passage
from vouchsafe.domain.states import (
    CaseHead,
    Circumstances,
    Drafted,
    Grounded,
    Person,
    Redacted,
    SafeAttachment,
    SafeTurn,
    Unanswerable,
    Understood,
)
from vouchsafe.domain.text import PhiText, Span
from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.gate.input import GateInput, Signer, gate_input
from vouchsafe.pipeline.redact.fixed import our_words

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""A Monday morning at the demo clinic."""

SAYS = "The clinic is open Monday to Friday from 8:00 to 17:30."
"""The one fact of the plainest case."""

ON = Signal(score=1.0, flag=True, sure=True)
OFF = Signal()


@cache
def the_pack(name: str = "patient") -> Pack:
    """A shipped pack, read once."""
    return load_pack(name=name)


def uuid(number: int) -> UUID:
    """A version 7 UUID that is the same in every run."""
    return UUID(int=(0x0195_0000_0000 << 80) | (0x7 << 76) | (0b10 << 62) | number)


def findings(
    *flags: str,
    vulnerable: Iterable[Vulnerability] = (),
    classes: Iterable[ClinicalClass] = (),
    intent: str | None = "opening_hours",
    language: str = "en",
    failed: tuple[str, ...] = (),
) -> Findings:
    """Findings in which only the named signals (`"crisis"`, `"dispute"` ...) are flagged."""
    signals = {field.name: OFF for field in fields(Findings) if field.type in (Signal, "Signal")}
    unknown = set(flags) - set(signals)
    if unknown:
        raise ValueError(f"no such signal: {', '.join(sorted(unknown))}")
    chosen = tuple(classes)
    flagged = {*flags, *(["clinical"] if chosen else [])}
    return Findings(
        **{name: ON if name in flagged else OFF for name in signals},
        clinical_classes=chosen,
        vulnerability=tuple((kind, ON) for kind in vulnerable),
        language=language,
        intent=IntentMatch(intent, 0.9 if intent else 0.2, 0.3 if intent else 0.0),
        failed=failed,
        manifest="test@0",
    )


def head(**changes: Any) -> CaseHead:
    """A case of the e-mail channel."""
    plain = CaseHead(
        id=CaseId(uuid(1)),
        workspace=WorkspaceId(uuid(2)),
        desk=DeskId(uuid(3)),
        conversation=ConversationId(uuid(4)),
        channel=ChannelKind.EMAIL,
        version=3,
        opened_at=NOW,
    )
    return replace(plain, **changes)


def circumstances(**changes: Any) -> Circumstances:
    """An `auto` desk where nothing else is going on."""
    return Circumstances(**{"desk_mode": Mode.AUTO, **changes})


def person(
    level: Assurance = Assurance.ANONYMOUS,
    *,
    shared_address: bool = False,
    is_staff: bool = False,
    groups: frozenset[str] = frozenset(),
) -> Person:
    """Somebody unknown who writes, or known with a level of assurance."""
    return Person(level, None, None, shared_address=shared_address, is_staff=is_staff, groups=groups)


def attachment(readable: Readable = Readable.PICTURE, text: str = "") -> SafeAttachment:
    """A small file that came along."""
    read = our_words(text) if readable is Readable.READ else None
    return SafeAttachment(AttachmentId(uuid(9)), our_words("file"), "image/png", 1000, readable, read)


def turn(text: str = "What are your opening hours?", *, number: int = 10, **changes: Any) -> SafeTurn:
    """A message of the contact."""
    plain = SafeTurn(
        id=MessageId(uuid(number)),
        direction=Direction.INBOUND,
        author=Author.CONTACT,
        author_name="",
        at=NOW,
        subject=our_words(""),
        text=our_words(text),
        quoted=our_words(""),
        hidden=our_words(""),
        attachments=(),
    )
    return replace(plain, **changes)


def redacted(text: str = "What are your opening hours?", **changes: Any) -> Redacted:
    """One unanswered message."""
    only = turn(text)
    plain = Redacted(
        head=head(),
        circumstances=circumstances(),
        person=person(),
        turns=(only,),
        unanswered=(only.id,),
        automatic=False,
        tokens=(),
        redactor="test@0",
    )
    return replace(plain, **changes)


def token(placeholder: str = "[NAME_1]", value: str = "Ada Example") -> Token:
    """A stand-in of the conversation."""
    return Token(placeholder, Label(placeholder.strip("[]").rpartition("_")[0]), PhiText(value))


def understood(text: str = "What are your opening hours?", says: Findings | None = None, **changes: Any) -> Understood:
    """The message with findings; further names change the redacted case."""
    return Understood(redacted(text, **changes), says if says is not None else findings())


def document(text: str = SAYS, **changes: Any) -> Document:
    """A public page in force, approved for automatic answers about opening hours."""
    plain = Document(
        path="opening-hours.md",
        version="0123456789ab",
        title="Opening hours",
        audience=frozenset({"public"}),
        effective_from=date(2026, 1, 1),
        effective_to=None,
        approved_for_auto=True,
        language="en",
        intent="opening_hours",
        owner="front desk",
        review_date=None,
        text=text,
    )
    return replace(plain, **changes)


def passage(text: str = SAYS, **changes: Any) -> Passage:
    """The one passage of a document; names change the document."""
    return Passage(document(text, **changes), 1, "Opening hours", text, Span(0, len(text)))


def hits(*passages: Passage, confidence: float = 0.9, abstain: bool = False) -> Hits:
    """What a search gave; without passages, the one about opening hours."""
    found = passages or (passage(),)
    return Hits(tuple(Hit(one, 0.9) for one in found), confidence, abstain, "test@0")


def grounded(before: Understood | None = None, found: Hits | None = None) -> Grounded:
    """The message with passages."""
    return Grounded(before or understood(), found or hits(), our_words("opening hours"))


def quotation(text: str = SAYS, source: Passage | None = None, **changes: Any) -> Sentence:
    """A verbatim sentence with its citation; the text must stand in the passage."""
    cited = source or passage()
    start = cited.text.find(text)
    span = Span(start, start + len(text)) if start >= 0 else Span(0, 0)
    citation = Citation(cited.document.path, cited.document.version, cited.number, span, cited.document.title)
    return replace(Sentence(our_words(text), Origin.VERBATIM, citation), **changes)


def phrase(text: str) -> Sentence:
    """An approved phrase."""
    return Sentence(our_words(text), Origin.PHRASE)


def draft(*sentences: Sentence, pack: Pack | None = None, language: str = "en", framed: bool = True) -> Draft:
    """The sentences between the pack's greeting and its disclosure; `framed=False` leaves those out."""
    phrases = (pack or the_pack()).phrases_in(language)
    body = sentences or (quotation(),)
    if not framed:
        return Draft((body,), language, "test@0", 0.9)
    end = (phrase(phrases.disclosure), phrase(phrases.human_path))
    return Draft(((phrase(phrases.greeting),), body, end, (phrase(phrases.closing),)), language, "test@0", 0.9)


def drafted(before: Grounded | None = None, written: Draft | None = None) -> Drafted:
    """A case with an answer."""
    return Drafted(before or grounded(), written or draft())


def unanswerable(why: WhyNot = WhyNot.NO_SOURCE, before: Grounded | None = None) -> Unanswerable:
    """A case without one."""
    return Unanswerable(before or grounded(found=hits(abstain=True, confidence=0.1)), why)


def a_gate_input(
    state: Drafted | Unanswerable | Understood | None = None, pack: Pack | None = None, **changes: Any
) -> GateInput:
    """The facts of a ruling; further names change single facts."""
    if isinstance(state, Understood):
        state = drafted(grounded(state))
    return replace(gate_input(state or drafted(), pack or the_pack()), **changes)


def signer(number: int = 20, *, clinician: bool = False) -> Signer:
    """Somebody who signed."""
    return Signer(UserId(uuid(number)), clinician)
