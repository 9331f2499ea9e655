"""Everything a ruling rests on, in one value that can be stored as JSON and judged again years later.

Words stand here as plain text, after redaction; whoever stores a `GateInput` seals it.
"""

from dataclasses import dataclass, replace

from vouchsafe.domain.draft import Citation, Draft, Origin, WhyNot
from vouchsafe.domain.finding import Findings
from vouchsafe.domain.ids import UserId
from vouchsafe.domain.message import Author, Readable
from vouchsafe.domain.pack import HoldRow, Intent, Mode, Pack, Phrases, Remedy, Routes, least
from vouchsafe.domain.passage import Passage
from vouchsafe.domain.states import Circumstances, Drafted, Person, Redacted, Unanswerable, Understood
from vouchsafe.domain.text import Span


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, and whether the person was a licensed clinician on that day (R178)."""

    user: UserId
    clinician: bool


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """A passage that the contact may read and the draft may lean on."""

    name: str
    text: str
    approved_for_auto: bool
    intent: str | None

    def says(self, span: Span) -> str:
        """The words at a span of the passage; empty where it points past the end."""
        return self.text[span.start : span.end]


@dataclass(frozen=True, slots=True, repr=False)
class GateSentence:
    """One sentence of what would leave."""

    text: str
    origin: Origin
    citation: Citation | None
    supported: bool


@dataclass(frozen=True, slots=True)
class PackFacts:
    """What the rules read of the pack in force."""

    ref: str
    audience: str
    languages: tuple[str, ...]
    routes: Routes
    holds: tuple[HoldRow, ...]
    remedies: tuple[Remedy, ...]
    phrases: Phrases
    """In the language of the draft, else in that of the message."""
    auto_replies_per_day: int
    min_confidence: float
    signatures: int


@dataclass(frozen=True, slots=True, repr=False)
class GateInput:
    """The facts of one ruling. No clock, no network, no model: the same facts always give the same ruling.

    `words` holds one text for each unanswered message: subject, body and attachments read as text. `why` says why
    there is no draft; it and `sentences` exclude each other. `placeholders` are the conversation's tokens, sorted.
    `found` are values that the redactor recognised in the draft. `intent` comes without its examples.
    """

    author: Author
    words: tuple[str, ...]
    automatic: bool
    redaction_failed: bool
    attachments: tuple[Readable, ...]
    person: Person
    circumstances: Circumstances
    findings: Findings
    intent: Intent | None
    why: WhyNot | None
    sentences: tuple[GateSentence, ...]
    draft_language: str | None
    partial: bool
    """The drafter itself says that it answers only a part."""
    sources: tuple[Source, ...]
    confidence: float
    abstain: bool
    placeholders: tuple[str, ...]
    found: tuple[str, ...]
    signers: tuple[Signer, ...]
    pack: PackFacts
    problems: tuple[str, ...] = ()
    """What had to be mended in the unanswered messages, as closed words."""
    by_model: bool = False
    """A language model had a hand in the draft."""

    @property
    def mode(self) -> Mode:
        """How far the AI may go here: the desk's mode caps the intent's; an unknown intent is never automatic."""
        of_intent = self.intent.mode if self.intent else Mode.COPILOT
        return least(self.circumstances.desk_mode, of_intent)

    @property
    def draft_text(self) -> str:
        """What would leave, as one text."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def substance(self) -> tuple[GateSentence, ...]:
        """The sentences that say something: all but approved phrases."""
        return tuple(sentence for sentence in self.sentences if sentence.origin is not Origin.PHRASE)

    def source_of(self, sentence: GateSentence) -> Source | None:
        """The passage a sentence cites, if it is among those this contact may read."""
        if sentence.citation is None:
            return None
        return next((source for source in self.sources if source.name == sentence.citation.name), None)


def gate_input(
    state: Drafted | Unanswerable,
    pack: Pack,
    *,
    found: tuple[str, ...] = (),
    signers: tuple[Signer, ...] = (),
    person_text: str | None = None,
) -> GateInput:
    """The facts of a drafted or unanswerable case.

    `person_text` is what a reviewer wants to send instead of the draft; the author is a person then, and also where
    somebody signed the draft as it is. `found` are the values that the redactor recognised in what would leave.
    """
    grounded = state.grounded
    facts = _from_message(grounded.understood, pack)
    with_hits = replace(
        facts,
        author=Author.PERSON if signers or person_text is not None else Author.MACHINE,
        sources=_sources(grounded.passages),
        confidence=grounded.hits.confidence,
        abstain=grounded.hits.abstain,
        found=found,
        signers=signers,
    )
    if person_text is not None:
        sentence = GateSentence(person_text, Origin.PERSON, None, supported=True)
        return replace(with_hits, sentences=(sentence,))
    if isinstance(state, Unanswerable):
        return replace(with_hits, why=state.why)
    draft = state.draft
    in_language = replace(facts.pack, phrases=pack.phrases_in(draft.language))
    return replace(
        with_hits,
        sentences=_sentences(draft),
        draft_language=draft.language,
        partial=draft.partial,
        confidence=min(grounded.hits.confidence, draft.confidence),
        pack=in_language,
        by_model=draft.prompt is not None,
    )


def message_input(understood: Understood, pack: Pack) -> GateInput:
    """The facts of the message alone, before any search or draft."""
    return _from_message(understood, pack)


def _from_message(understood: Understood, pack: Pack) -> GateInput:
    redacted, findings = understood.redacted, understood.findings
    intent = pack.intent(findings.intent.name)
    return GateInput(
        author=Author.MACHINE,
        words=_words(redacted),
        automatic=redacted.automatic,
        redaction_failed=redacted.failed,
        attachments=tuple(file.readable for turn in redacted.fresh for file in turn.attachments),
        person=redacted.person,
        circumstances=redacted.circumstances,
        findings=findings,
        intent=replace(intent, examples=(), counter_examples=()) if intent else None,
        why=None,
        sentences=(),
        draft_language=None,
        partial=False,
        sources=(),
        confidence=0.0,
        abstain=False,
        placeholders=tuple(sorted(token.placeholder for token in redacted.tokens)),
        found=(),
        signers=(),
        pack=_pack_facts(pack, findings.language),
        problems=redacted.problems,
    )


def _words(redacted: Redacted) -> tuple[str, ...]:
    def of_turn(parts: tuple[str, ...]) -> str:
        return "\n".join(part for part in parts if part)

    return tuple(
        of_turn(
            (
                turn.subject.value,
                turn.text.value,
                *(file.text.value for file in turn.attachments if file.text),
            )
        )
        for turn in redacted.fresh
    )


def _sources(found: tuple[Passage, ...]) -> tuple[Source, ...]:
    """Each passage once, of the search for the whole message and of those for its single questions."""
    passages = {passage.name: passage for passage in found}
    return tuple(
        Source(name, passage.text, passage.document.approved_for_auto, passage.document.intent)
        for name, passage in passages.items()
    )


def _sentences(draft: Draft) -> tuple[GateSentence, ...]:
    return tuple(GateSentence(s.text.value, s.origin, s.citation, s.supported) for s in draft.sentences)


def _pack_facts(pack: Pack, language: str) -> PackFacts:
    return PackFacts(
        ref=pack.ref,
        audience=pack.audience,
        languages=pack.languages,
        routes=pack.routes,
        holds=pack.holds,
        remedies=pack.remedies,
        phrases=pack.phrases_in(primary(language)),
        auto_replies_per_day=pack.auto_replies_per_day,
        min_confidence=pack.min_confidence,
        signatures=pack.signatures,
    )


def primary(language: str) -> str:
    """The first subtag of a BCP 47 tag: `es` of `es-MX`."""
    return language.partition("-")[0].lower()
