"""Stage 7, review: a person signs, edits or refuses. The same rules bind people, those for the AI alone set aside.

An edit voids earlier signatures. Sentences kept word for word keep their citation; what a person wrote is the person's.
A reply with any sentence of the AI still says so; one written wholly by a person carries the person's name and role.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from vouchsafe.domain.draft import Draft, Origin, Sentence
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.identifier import Token
from vouchsafe.domain.message import Author
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.reply import Approved, Reply, Signature
from vouchsafe.domain.ruling import Ruling, Verdict
from vouchsafe.domain.sentences import sentences
from vouchsafe.domain.staff import Permission, User
from vouchsafe.domain.states import CaseFile, CaseHead, Circumstances, Drafted, Unanswerable
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.observing import observed, word

Decide = Callable[[CaseFile, tuple[Signature, ...], str | None], Ruling]
"""The gate for people: the ruling over the stored facts with these signatures and this text."""


OurWords = Callable[[str], SafeText]
"""Makes SafeText of words that were redacted already."""

Paragraphs = tuple[tuple[Sentence, ...], ...]

_BY_PERSON = f"person@{'0' * 12}"


class NotAllowed(VouchsafeError):
    """This person may not do this; the message says who may."""


class StillHeld(VouchsafeError):
    """The rules that bind people hold the reply; the message gives their reasons."""


@dataclass(frozen=True, slots=True)
class Signing:
    """What a person is about to sign: the case as it stands now and the words."""

    head: CaseHead
    file: CaseFile
    circumstances: Circumstances
    user: User
    at: datetime
    today: date
    edited: SafeText | None
    """The reviewer's words after redaction; None where the draft stands as it is."""
    borrowed: tuple[Sentence, ...] = ()
    """Sentences of an earlier answer that the person wrote from: where they stayed, the reply says whence."""


@dataclass(frozen=True, slots=True)
class NeedsAnother:
    """Signed, but the pack asks for more signatures; so many are still missing."""

    reply: Approved[Reply]
    missing: int


def sign(signing: Signing, pack: Pack, decide: Decide, our_words: OurWords) -> Approved[Reply] | NeedsAnother:
    """The reply as this person signs it, approved once enough people signed the same words.

    Raises: NotAllowed, StillHeld.
    """
    with observed("review", signing.head.id) as seen:
        signed = _signed(signing, pack, decide, our_words)
        seen.outcome = word(signed)
    return signed


def _signed(signing: Signing, pack: Pack, decide: Decide, our_words: OurWords) -> Approved[Reply] | NeedsAnother:
    _may_sign(signing)
    reply = _reply(signing, pack, our_words)
    earlier = _earlier_signatures(signing, reply)
    if any(one.user == signing.user.id for one in earlier):
        raise NotAllowed("you have signed this reply already; another person signs next")
    signatures = (*earlier, Signature(signing.user.id, signing.at, signing.user.signature))
    edited = None if signing.edited is None else reply.text.value
    ruling = decide(signing.file, signatures, edited)
    missing = max(0, pack.signatures - len(signatures))
    approved = Approved(
        item=reply,
        workspace=signing.head.workspace,
        conversation=signing.head.conversation,
        case=signing.head.id,
        case_version=signing.head.version,
        ruling=ruling,
        signatures=signatures,
    )
    if missing:
        return NeedsAnother(approved, missing)
    if ruling.verdict is not Verdict.APPROVED:
        raise StillHeld("this reply cannot leave: " + "; ".join(ruling.reasons))
    return approved


def under(
    drafted: Drafted | Unanswerable, circumstances: Circumstances, tokens: tuple[Token, ...]
) -> Drafted | Unanswerable:
    """The chain with what holds for the conversation now, and with its tokens, which a case file does not keep."""
    grounded = drafted.grounded
    understood = grounded.understood
    redacted = replace(understood.redacted, circumstances=circumstances, tokens=tokens)
    return replace(drafted, grounded=replace(grounded, understood=replace(understood, redacted=redacted)))


def kept_share(before: Draft, after: Draft) -> float:
    """The share of the draft's sentences that the reviewer kept word for word, in [0, 1]."""
    substance = [s for s in before.sentences if s.origin is not Origin.PHRASE]
    kept = {s.text.value for s in after.sentences}
    return sum(s.text.value in kept for s in substance) / len(substance) if substance else 0.0


def _may_sign(signing: Signing) -> None:
    user, findings = signing.user, signing.file.drafted.grounded.understood.findings
    if not user.may(Permission.APPROVE_REPLIES):
        raise NotAllowed("your role does not sign replies; hand the case to a queue that does")
    sticky = signing.circumstances.sticky
    clinical = findings.clinical.flag or findings.crisis.flag or sticky.clinical or sticky.crisis
    if clinical and not user.is_clinician(signing.today):
        raise NotAllowed("only a clinician with a valid licence signs a reply here; hand the case to a clinical queue")
    if signing.circumstances.person_holds not in {None, user.id}:
        raise NotAllowed("another person holds this conversation; ask them, or take it over")


def _reply(signing: Signing, pack: Pack, our_words: OurWords) -> Reply:
    drafted = signing.file.drafted
    draft = drafted.draft if isinstance(drafted, Drafted) and signing.file.draft_visible else None
    if signing.edited is None:
        if draft is None:
            raise NotAllowed("there is no draft to sign; write the reply")
        return _as_machine(draft, signing, our_words)
    return _as_edited(signing.edited, draft, signing, pack, our_words)


def _as_machine(draft: Draft, signing: Signing, our_words: OurWords) -> Reply:
    return Reply(
        text=our_words(draft.text),
        author=Author.MACHINE,
        signed_as="",
        language=draft.language,
        citations=draft.citations,
        draft=draft,
        intent=_intent(signing),
    )


def _as_edited(edited: SafeText, draft: Draft | None, signing: Signing, pack: Pack, our_words: OurWords) -> Reply:
    """The reviewer's words: kept sentences keep what supports them, the rest is the person's own."""
    known = {s.text.value: s for s in (*signing.borrowed, *(draft.sentences if draft else ()))}
    paragraphs = tuple(
        tuple(known.get(one) or Sentence(our_words(one), Origin.PERSON) for one in sentences(block))
        for block in edited.value.split("\n\n")
        if block.strip()
    )
    language = draft.language if draft else signing.file.drafted.grounded.understood.findings.language
    phrases = pack.phrases_in(language)
    by_machine = any(s.origin not in {Origin.PERSON, Origin.PHRASE} for p in paragraphs for s in p)
    if by_machine:
        paragraphs = _with(paragraphs, [phrases.disclosure, phrases.human_path], our_words)
    else:
        said = {phrases.disclosure}
        paragraphs = tuple(tuple(s for s in p if s.text.value not in said) for p in paragraphs)
        paragraphs = _with(paragraphs, [phrases.person_signature.format(title=signing.user.signature)], our_words)
    after = Draft(
        paragraphs=tuple(p for p in paragraphs if p),
        language=phrases.language,
        drafter=draft.drafter if draft and by_machine else _BY_PERSON,
        confidence=draft.confidence if draft else 0.0,
    )
    return Reply(
        text=our_words(after.text),
        author=Author.MACHINE if by_machine else Author.PERSON,
        signed_as="" if by_machine else signing.user.signature,
        language=phrases.language,
        citations=after.citations,
        draft=after,
        intent=_intent(signing),
    )


def _with(paragraphs: Paragraphs, wanted: list[str], our_words: OurWords) -> Paragraphs:
    """Add approved phrases that are not there yet, as a last paragraph."""
    said = " ".join(s.text.value for p in paragraphs for s in p)
    missing = tuple(Sentence(our_words(one), Origin.PHRASE) for one in wanted if one not in said)
    return (*paragraphs, missing) if missing else paragraphs


def _earlier_signatures(signing: Signing, reply: Reply) -> tuple[Signature, ...]:
    """Signatures under the very same words; an edit voids those under others."""
    before = signing.file.reply
    if before is None or before.item.text != reply.text:
        return ()
    return before.signatures


def _intent(signing: Signing) -> str | None:
    return signing.file.drafted.grounded.understood.findings.intent.name
