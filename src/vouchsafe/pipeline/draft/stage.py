"""The stage: a grounded case gets a draft of verbatim sentences, or the reason why there is none."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from vouchsafe.domain.draft import Citation, Draft, Origin, Sentence, WhyNot
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.finding import Vulnerability
from vouchsafe.domain.pack import Mode, Pack, Phrases
from vouchsafe.domain.passage import Hits, Passage
from vouchsafe.domain.states import Drafted, Grounded, Unanswerable
from vouchsafe.domain.text import SafeText, Span, joined, part_of
from vouchsafe.domain.words import without_tokens
from vouchsafe.pipeline.draft.extractive import best_hit, chosen_spans

DRAFTER = "extractive-1"
_REPEATABLE = re.compile(r"[^\n.!?<>\[\]{}]{3,160}")
"""Words of a message that a reply may repeat: one question without a mark that could be read as more than words."""

OurWords = Callable[[str], SafeText]


class TokenInSource(VouchsafeError):
    """A passage imitates a token of redaction and could pull a value out of a vault when the reply is sent."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} holds words in the form of a token, such as [NAME_1]; reword it")


def run(state: Grounded, pack: Pack, mode: Mode, our_words: OurWords) -> Drafted | Unanswerable:
    """Write the answer that the passages found give, in the language of the message.

    A draft is written beside most risks too, as a help for the person who answers; the gate holds it. Where somebody
    may be in danger there is none: nobody should be tempted to send it.
    """
    why = why_not(state, mode) or _no_source(state, pack)
    if why:
        return Unanswerable(state, why)
    try:
        draft = _write(state, pack, our_words)
    except VouchsafeError:
        return Unanswerable(state, WhyNot.DRAFTER_FAILED)
    return Drafted(state, draft) if draft else Unanswerable(state, _nothing_fits(state, pack))


def why_not(state: Grounded, mode: Mode) -> WhyNot | None:
    """Why no draft may be written, whatever was found; None where one may."""
    redacted, findings = state.understood.redacted, state.understood.findings
    sticky = redacted.circumstances.sticky
    in_danger = (
        findings.crisis.flag
        or findings.emergent
        or findings.threat.flag
        or findings.has(Vulnerability.SAFEGUARDING)
        or sticky.crisis
        or sticky.safeguarding
    )
    if redacted.automatic:
        return WhyNot.AUTOMATIC_MESSAGE
    if not any(turn.text.value.strip() or turn.subject.value.strip() for turn in redacted.fresh):
        return WhyNot.NO_TEXT
    if redacted.circumstances.person_holds is not None or redacted.circumstances.person_joined:
        return WhyNot.HELD_BY_PERSON
    if mode is Mode.OFF:
        return WhyNot.MODE_OFF
    return WhyNot.AT_RISK if in_danger else None


def language_of(state: Grounded, pack: Pack) -> str:
    """The first subtag of the message's language; the pack's own where it could not be told."""
    said = state.understood.findings.language
    return pack.languages[0] if said == "und" else said.partition("-")[0].lower()


def _no_source(state: Grounded, pack: Pack) -> WhyNot | None:
    if state.hits.abstain or not state.hits.hits:
        return WhyNot.NO_SOURCE
    return None if language_of(state, pack) in pack.languages else WhyNot.LANGUAGE


def _nothing_fits(state: Grounded, pack: Pack) -> WhyNot:
    """Why nothing that was found may be quoted: another language, or approved answers to other questions alone."""
    language = language_of(state, pack)
    of_language = any(hit.passage.document.language[:2].lower() == language for hit in state.hits.hits)
    return WhyNot.NO_SOURCE if of_language else WhyNot.LANGUAGE


@dataclass(frozen=True, slots=True)
class _Answer:
    """The sentences for one question."""

    passage: Passage
    sentences: tuple[Sentence, ...]


def _write(state: Grounded, pack: Pack, our_words: OurWords) -> Draft | None:
    language = language_of(state, pack)
    asked = [(part.query.value, part.hits) for part in state.parts]
    intent = state.understood.findings.intent.name
    answered = [(question, hits) for question, hits in asked if _answerable(question, hits, language, intent)]
    unanswered = tuple(
        part.query for part in state.parts if not _answerable(part.query.value, part.hits, language, intent)
    )
    if not answered:
        # No part alone has a source, yet the message as a whole has one.
        answered = [(state.query.value, state.hits)]
    answers = list(_answers(answered, language, intent, our_words))
    if not answers:
        return None
    partial = bool(unanswered) or len(answers) < len(answered)
    phrases = pack.phrases_in(language)
    bare = pack.intent(intent)
    named = not (bare and bare.self_service_only)
    left_open = unanswered if partial else None
    paragraphs = _framed(answers, phrases, our_words, left_open=left_open, named=named)
    confidences = [hits.confidence for _, hits in asked] if partial and asked else [state.hits.confidence]
    drafter = f"{DRAFTER}@{pack.digest[:16]}"
    return Draft(paragraphs, language, drafter, min(confidences), partial=partial, unanswered=unanswered)


def _answerable(question: str, hits: Hits, language: str, intent: str | None) -> bool:
    """Whether a search found something to quote in the language."""
    return not hits.abstain and best_hit(hits, language, intent, question) is not None


def _answers(
    asked: list[tuple[str, Hits]], language: str, intent: str | None, our_words: OurWords
) -> Iterator[_Answer]:
    for question, hits in asked:
        hit = best_hit(hits, language, intent, question)
        if hit is None:
            continue
        passage, document = hit.passage, hit.passage.document
        if without_tokens(passage.text) != passage.text:
            raise TokenInSource(passage.name)
        cited = [
            Citation(document.path, document.version, passage.number, span, document.title)
            for span in chosen_spans(passage, question)
        ]
        yield _Answer(
            passage,
            tuple(Sentence(our_words(passage.text[c.span.start : c.span.end]), Origin.VERBATIM, c) for c in cited),
        )


def _framed(
    answers: list[_Answer],
    phrases: Phrases,
    our_words: OurWords,
    *,
    left_open: Sequence[SafeText] | None,
    named: bool,
) -> tuple[tuple[Sentence, ...], ...]:
    """The answers between greeting and closing, each sentence quoted once; `named` adds the titles of the sources."""
    said: set[Citation | None] = set()
    body: list[tuple[Sentence, ...]] = []
    for answer in answers:
        fresh = [sentence for sentence in answer.sentences if sentence.citation not in said]
        said.update(sentence.citation for sentence in fresh)
        body.extend(in_paragraphs(fresh))
    titles = tuple(_titles(answers, our_words)) if named else ()
    return framed(body, titles, phrases, our_words, left_open=left_open)


def framed(
    body: Sequence[tuple[Sentence, ...]],
    titles: tuple[Sentence, ...],
    phrases: Phrases,
    our_words: OurWords,
    *,
    left_open: Sequence[SafeText] | None,
) -> tuple[tuple[Sentence, ...], ...]:
    """Paragraphs between the approved greeting and closing, with the disclosure of AI and the way to a person.

    `left_open`: the parts of the message that the draft does not answer; None where it answers the whole.
    """

    def phrase(text: str) -> Sentence:
        return Sentence(our_words(text), Origin.PHRASE)

    paragraphs: list[tuple[Sentence, ...]] = [(phrase(phrases.greeting),), *body]
    if left_open is not None:
        said = (quoted(part, phrases, our_words) for part in left_open)
        paragraphs.append((phrase(phrases.partial), *(one for one in said if one)))
    if titles:
        paragraphs.append((phrase(phrases.sources_lead), *titles))
    paragraphs.append((phrase(phrases.human_path), phrase(phrases.disclosure)))
    paragraphs.append((phrase(phrases.closing),))
    return tuple(paragraphs)


def quoted(part: SafeText, phrases: Phrases, our_words: OurWords) -> Sentence | None:
    """Says that a part of the message needs a person, in its writer's words; None where these are better not repeated.

    A part of several lines, sentences or hundreds of characters, or with a placeholder, is not repeated.
    """
    words = part.value.strip()
    within = Span(part.value.index(words), part.value.index(words) + len(words.rstrip("?¿!. ")))
    question = part_of(part, within)
    if without_tokens(words) != words or not _REPEATABLE.fullmatch(question.value):
        return None
    before, _, after = phrases.open_part.partition("{part}")
    return Sentence(joined(our_words(before), [question, our_words(after)], ""), Origin.PHRASE)


def in_paragraphs(sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, ...]]:
    """Running text together, each list item on its own."""
    running: list[Sentence] = []
    for sentence in sentences:
        if sentence.text.value.startswith("- "):
            if running:
                yield tuple(running)
            running = []
            yield (sentence,)
        else:
            running.append(sentence)
    if running:
        yield tuple(running)


def _titles(answers: list[_Answer], our_words: OurWords) -> Iterator[Sentence]:
    """Each cited document's title once, with the first citation of it."""
    first = {answer.passage.document.title: answer.sentences[0].citation for answer in reversed(answers)}
    titles = list(dict.fromkeys(answer.passage.document.title for answer in answers))
    for title in titles:
        end = "." if title == titles[-1] else ","
        yield Sentence(our_words(title + end), Origin.TEMPLATE, first[title])
