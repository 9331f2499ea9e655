"""Identified to Redacted: every part of every turn, ours too, through the redactor in one go."""

from collections.abc import Iterator, Sequence

from vouchsafe.domain.contact import Identity
from vouchsafe.domain.identifier import KnownContact, Profile, Token
from vouchsafe.domain.message import Attachment, Direction, Turn
from vouchsafe.domain.states import Identified, Person, Redacted, SafeAttachment, SafeTurn
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.redact.clean import clean, visible
from vouchsafe.pipeline.redact.redactor import Redactor

_EMPTY = SafeText("")


def run(state: Identified, redactor: Redactor, profile: Profile = Profile.STANDARD) -> Redacted:
    """The conversation as `SafeText`, with the tokens that stand in for its identifiers.

    Downstream reads what a person would see: characters that show nothing are taken out before, and named in `hidden`
    with what they spelled. A part that fails is empty and `failed` is true; if the redactor itself fails, all are.
    """
    received = state.received
    parts = [part for turn in received.turns for part in _parts(turn)]
    texts, tokens, failed = _redacted(redactor, parts, known_of(state), received.tokens, profile)
    return _state(state, texts, tokens, redactor.ref, failed=failed)


def unread(state: Identified, name: str) -> Redacted:
    """The same without a word of it: what is left where the redactor may not be tried again. `name` stands for it."""
    received = state.received
    blanks = [_EMPTY] * sum(1 for turn in received.turns for _ in _parts(turn))
    return _state(state, blanks, received.tokens, name, failed=True)


def _redacted(
    redactor: Redactor, parts: Sequence[str], known: Sequence[KnownContact], tokens: tuple[Token, ...], profile: Profile
) -> tuple[Sequence[SafeText], tuple[Token, ...], bool]:
    """The parts redacted, all tokens, and whether some part failed."""
    try:
        redaction = redactor.redact(parts, known=known, tokens=tokens, profile=profile)
    except Exception:  # noqa: BLE001 - fail closed: a person gets the case, and no word of it goes further
        return [_EMPTY] * len(parts), tokens, True
    return [part.text for part in redaction.parts], redaction.tokens, bool(redaction.failed)


def _state(
    state: Identified, texts: Sequence[SafeText], tokens: tuple[Token, ...], redactor: str, *, failed: bool
) -> Redacted:
    received = state.received
    reading = iter(texts)
    return Redacted(
        head=received.head,
        circumstances=received.circumstances,
        person=person_of(state.identity),
        turns=tuple(_safe_turn(turn, reading) for turn in received.turns),
        unanswered=received.unanswered,
        automatic=received.automatic,
        tokens=tokens,
        redactor=redactor,
        failed=failed,
        problems=received.problems,
    )


def person_of(identity: Identity) -> Person:
    """Who may be writing, without the record."""
    return Person(
        identity.level,
        identity.contact,
        identity.subject,
        identity.shared_address,
        identity.is_staff,
        identity.groups,
    )


def known_of(state: Identified) -> tuple[KnownContact, ...]:
    """What the records say, and what the messages say of their senders themselves."""
    senders = {
        (turn.sender_name.value, turn.sender_address.value)
        for turn in state.received.turns
        if turn.direction is Direction.INBOUND
    }
    named = (KnownContact(names=(name,), emails=(address,)) for name, address in sorted(senders))
    return (*state.identity.candidates, *named)


def _parts(turn: Turn) -> Iterator[str]:
    """Every text of a turn in the order `_safe_turn` reads them; sender parts only give tokens."""
    shown = [turn.subject, turn.text, turn.quoted, turn.hidden, turn.sender_name, turn.sender_address]
    yield from (visible(text.value) for text in shown)
    yield "\n".join(spelled for text in shown if (spelled := clean(text.value).smuggled))
    for attachment in turn.attachments:
        yield visible(attachment.file_name.value)
        yield visible(attachment.text.value) if attachment.text is not None else ""


def _safe_turn(turn: Turn, reading: Iterator[SafeText]) -> SafeTurn:
    subject, text, quoted, hidden = (next(reading) for _ in range(4))
    _name, _address, smuggled = (next(reading) for _ in range(3))
    unseen = [
        line for part in (turn.subject, turn.text, turn.quoted, turn.hidden) for line in clean(part.value).invisible
    ]
    return SafeTurn(
        id=turn.id,
        direction=turn.direction,
        author=turn.author,
        author_name=turn.author_name,
        at=turn.at,
        subject=subject,
        text=text,
        quoted=quoted,
        hidden=SafeText("\n".join(line for line in (hidden.value, smuggled.value, *unseen) if line)),
        attachments=tuple(_safe_attachment(one, reading) for one in turn.attachments),
    )


def _safe_attachment(attachment: Attachment, reading: Iterator[SafeText]) -> SafeAttachment:
    file_name, text = next(reading), next(reading)
    return SafeAttachment(
        id=attachment.id,
        file_name=file_name,
        sniffed_type=attachment.sniffed_type,
        size=attachment.size,
        readable=attachment.readable,
        text=text if attachment.text is not None else None,
    )
