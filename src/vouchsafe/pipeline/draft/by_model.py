"""A draft by a language model: numbered passages in, sentences with indexes out, every one of them checked here.

The model is believed in nothing. Indexes are resolved among the passages of this one prompt; it never sees or writes a
document's name or version. A sentence that stands word for word in a passage it cites is a quotation; any other is the
model's wording, which the support check judges and which a person has to send. Words that could carry something else
than an answer (links, markup, other alphabets, amounts that no cited passage has) leave the whole draft unused.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from vouchsafe.domain.agreement import DataClass
from vouchsafe.domain.draft import Citation, Draft, Origin, Sentence
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.passage import Audience, Passage, Scope
from vouchsafe.domain.prompt import Prompt, Template
from vouchsafe.domain.sentences import sentence_spans
from vouchsafe.domain.states import Drafted, Grounded
from vouchsafe.domain.text import Rescanned, SafeText, Span
from vouchsafe.domain.words import folded, stems, without_tokens
from vouchsafe.governance.routing import Question
from vouchsafe.pipeline.draft.stage import OurWords, framed, in_paragraphs
from vouchsafe.pipeline.language import UNKNOWN, language_of
from vouchsafe.ports.model import Stop

MOST_PASSAGES = 5
MOST_PASSAGE_CHARACTERS = 12_000
MAX_TOKENS = 700
"""Of an answer: eight plain sentences with room to spare."""
MOST_CHARACTERS = 4_000
MOST_SENTENCES = 20
_NO_ANSWER = "no answer"


class Verdict(Protocol):
    """What the support check says of a sentence: whether the sources hold it, and what speaks against it."""

    @property
    def supported(self) -> bool:
        """Whether they do."""
        ...

    @property
    def reasons(self) -> tuple[str, ...]:
        """Plain sentences; empty where they do."""
        ...


Check = Callable[[str, Sequence[str]], Verdict]
"""The support check: a sentence and the texts it cites."""

_INDEXES = r"\[\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*\]"
_BEFORE_STOP = re.compile(rf"\s*((?:{_INDEXES}\s*)+)([.!?]+)")
_MARKED = re.compile(rf"(.*?)((?:\s*{_INDEXES})+|$)", re.DOTALL)
_MARKS = re.compile(rf"\n|(?:{_INDEXES}\s*)++(?:[.!?]++\s*+(?:{_INDEXES}\s*)*+)?")
"""A line's end, or a whole run of indexes with the stop among them: possessive, so that no run is read twice."""
_GOES_ON = frozenset("[.!?*_`")
"""What may still belong to the run before it."""
_NUMBER = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")
_MARKUP = re.compile(
    r"</?[a-z!]|\]\s*\(|```|!\[|^\s{0,3}#{1,6}\s|^\s*\||&#?\w{2,8};|\{\{|\{%", re.IGNORECASE | re.MULTILINE
)
_TOKEN = re.compile(r"\[[A-Z][A-Z_]*_\d+\]")
_EMPHASIS = re.compile(r"\*\*|__|(?<!`)`(?!`)")
_BULLET = re.compile(r"^[ \t]*[*•‣·–][ \t]+", re.MULTILINE)
_ADDRESSES = re.compile(
    r"""
      \b[a-z][a-z0-9+.-]{1,20}:/?/?[^\s\d]\S*                 # a scheme: https://..., mailto:..., javascript:...
    | \bwww\.\S+
    | \S+@\S+
    | \b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}\b(?:/\S*)?    # a bare domain
    | (?<!\w)\+?\d(?:[\s().\-/]{0,3}\d){6,}(?!\w)              # a telephone or another long number
    """,
    re.IGNORECASE | re.VERBOSE,
)
_AMOUNTS = re.compile(
    r"[$€£¥]\s?\d[\d.,]*"
    r"|\b\d[\d.,]*\s?(?:%|percent\b|dollars?\b|cents?\b|euros?\b|usd\b|eur\b|d[oó]lares\b|por ciento\b)",
    re.IGNORECASE,
)


class Unusable(StrEnum):
    """Why nothing of what a model wrote is used; closed words for the trail."""

    CUT_OFF = "cut_off"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    LONG = "long"
    UNPRINTABLE = "unprintable"
    MARKUP = "markup"
    ADDRESS = "address"
    AMOUNT = "amount"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing of the answer is used; the local draft stays."""

    why: Unusable


@dataclass(frozen=True, slots=True)
class _Said:
    """One sentence of the answer and the passages it cites, those that exist."""

    text: str
    cited: tuple[Passage, ...]


def question(
    state: Drafted,
    words: Rescanned,
    template: Template,
    scope: Scope,
    pack: Pack,
    *,
    lost: Container[tuple[str, str]] = (),
) -> Question | None:
    """What a model is asked for this case; None where no passage may be shown to it.

    Passages in the language of the local draft, best first, those of single questions too. The reader's scope is asked
    anew; the caller gives the one of today, and the documents that are `lost` since, by path and version.
    """
    passages = tuple(_shown(state.grounded, scope, state.draft.language, lost))
    if not passages:
        return None
    head = state.grounded.understood.redacted.head
    return Question(
        prompt=Prompt(template, words, passages, scope),
        data=_classes(passages, pack),
        max_tokens=MAX_TOKENS,
        case=head.id,
        conversation=head.conversation,
    )


def stopped(stop: Stop) -> Refused | None:
    """Why an answer that ended so is not read at all: it may break off in the middle, or is none."""
    if stop is Stop.END:
        return None
    return Refused(Unusable.CUT_OFF if stop is Stop.LENGTH else Unusable.DECLINED)


def written(text: SafeText, prompt: Prompt, local: Draft, check: Check, our_words: OurWords) -> Draft | Refused:
    """The draft in what a model wrote, every sentence judged; without greeting and closing, which `dressed` adds.

    `local` is the draft it stands in for: its language and confidence hold. Raises: ReservedWords.
    """
    if len(text.value) > MOST_CHARACTERS:
        return Refused(Unusable.LONG)
    sources = "\n".join(passage.text for passage in prompt.passages)
    answer = _tidied(text.value)
    if _TOKEN.findall(answer) != _TOKEN.findall(text.value):
        # Marks of emphasis stood so that a placeholder comes of taking them out.
        return Refused(Unusable.MARKUP)
    why = _unusable(answer, sources, local.language)
    if why:
        return Refused(why)
    said = list(_said(answer, prompt.passages))
    if not said:
        return Refused(Unusable.NO_ANSWER)
    if len(said) > MOST_SENTENCES:
        return Refused(Unusable.LONG)
    for one in said:
        stray = _stray(one)
        if stray:
            return Refused(stray)
    sentences = [_judged(one, check, our_words) for one in said]
    return replace(local, paragraphs=tuple(in_paragraphs(sentences)), prompt=prompt.template.ref)


def complete(so_far: str) -> str:
    """The part of an answer that is being written whose sentences and their indexes are all there; it may be empty.

    The sentences in it are the first ones of the whole answer, whatever else the model writes.
    """
    end = 0
    for run in _MARKS.finditer(so_far):
        after = so_far[run.end() : run.end() + 1]
        if after and after not in _GOES_ON:
            end = run.end()
        elif "\n" in run.group():
            # Whatever follows on a line of its own is about that line.
            end = run.start() + run.group().rindex("\n") + 1
    return so_far[:end]


def remembering(check: Check) -> Check:
    """The check, asked once for the same sentence and sources; for one answer that is read again as it grows."""
    known: dict[tuple[str, tuple[str, ...]], Verdict] = {}

    def ask(sentence: str, sources: Sequence[str]) -> Verdict:
        key = sentence, tuple(sources)
        if key not in known:
            known[key] = check(sentence, sources)
        return known[key]

    return ask


def supported(draft: Draft) -> int:
    """How many sentences a source holds."""
    return sum(one.supported and one.citation is not None for one in draft.sentences)


def dressed(draft: Draft, pack: Pack, our_words: OurWords) -> Draft:
    """The draft between the approved phrases, with the titles of what it cites."""
    first: dict[str, Citation] = {}
    for citation in draft.citations:
        first.setdefault(citation.title, citation)
    titles = [
        Sentence(our_words(f"{title}{',' if n + 1 < len(first) else '.'}"), Origin.TEMPLATE, citation)
        for n, (title, citation) in enumerate(first.items())
    ]
    phrases = pack.phrases_in(draft.language)
    left_open = draft.unanswered if draft.partial else None
    paragraphs = framed(draft.paragraphs, tuple(titles), phrases, our_words, left_open=left_open)
    return replace(draft, paragraphs=paragraphs)


def _shown(state: Grounded, scope: Scope, language: str, lost: Container[tuple[str, str]]) -> Iterator[Passage]:
    seen: set[str] = set()
    left = MOST_PASSAGE_CHARACTERS
    for passage in state.passages:
        words = f"{passage.heading}\n{passage.text}"
        fits = (
            passage.name not in seen
            and passage.document.language[:2].lower() == language
            and scope.may_read(passage.document)
            and (passage.document.path, passage.document.version) not in lost
            # What imitates a token could pull a value out of a vault.
            and without_tokens(words) == words
            and len(words) <= left
        )
        if fits and len(seen) < MOST_PASSAGES:
            seen.add(passage.name)
            left -= len(words)
            yield passage


def _classes(passages: Sequence[Passage], pack: Pack) -> frozenset[DataClass]:
    """Redacted words always; those of employees where the desk is theirs, or a page is for them."""
    outside = {Audience.PUBLIC.value, Audience.PATIENT.value}
    internal = any(not passage.document.audience & outside for passage in passages)
    of_staff = pack.audience not in outside or internal
    return frozenset({DataClass.REDACTED, DataClass.STAFF} if of_staff else {DataClass.REDACTED})


def _tidied(text: str) -> str:
    """The text composed, with plain spaces, line ends and list marks, and without marks of emphasis."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    return _BULLET.sub("- ", _EMPHASIS.sub("", text)).strip()


def _unusable(answer: str, sources: str, language: str) -> Unusable | None:
    """What keeps the whole answer from being used, whatever it cites."""
    if not answer or answer.strip(" .\n").casefold() == _NO_ANSWER:
        return Unusable.NO_ANSWER
    if _MARKUP.search(answer):
        return Unusable.MARKUP
    known = set(unicodedata.normalize("NFC", sources))
    if any(c not in known and not _is_plain(c) for c in answer):
        return Unusable.UNPRINTABLE
    return None if language_of(answer, language) in {language, UNKNOWN} else Unusable.LANGUAGE


def _is_plain(c: str) -> bool:
    """A letter of the Latin alphabet, an ASCII digit, a space, a line end, punctuation or a sign of money."""
    kind = unicodedata.category(c)
    if kind[0] == "L":
        return unicodedata.name(c, "").startswith("LATIN ")
    if kind[0] == "N":
        return c.isascii()
    return c in "\n " or kind[0] == "P" or kind in {"Sc", "Sm"}


def _said(answer: str, passages: Sequence[Passage]) -> Iterator[_Said]:
    """The sentences of an answer in order. Indexes count for all sentences of their line that stand before them."""
    for line in answer.splitlines():
        moved = _BEFORE_STOP.sub(r"\2 \1", line)
        for words, marks in _MARKED.findall(moved):
            numbers = dict.fromkeys(int(number) for number in _NUMBER.findall(marks))
            cited = tuple(passages[n - 1] for n in numbers if 0 < n <= len(passages))
            for span in sentence_spans(words):
                text = words[span.start : span.end]
                if any(c.isalnum() for c in text):
                    yield _Said(text, cited)


def _stray(one: _Said) -> Unusable | None:
    """An address, a long number or an amount that no passage has which the sentence cites."""
    there = _flat("\n".join(passage.text for passage in one.cited))
    words = without_tokens(one.text)
    for pattern, why in ((_ADDRESSES, Unusable.ADDRESS), (_AMOUNTS, Unusable.AMOUNT)):
        for match in pattern.finditer(words):
            value = re.escape(_flat(match.group()).rstrip(".,;:!?)"))
            if not re.search(rf"(?<![\w.,]){value}(?![\w]|[.,]\w)", there):
                return why
    return None


def _judged(one: _Said, check: Check, our_words: OurWords) -> Sentence:
    """The sentence as a quotation where it is one, else as the model's wording with the support check's verdict."""
    for passage in one.cited:
        span = _verbatim(one.text, passage.text)
        if span:
            return Sentence(our_words(passage.text[span.start : span.end]), Origin.VERBATIM, _cite(passage, span))
    text = our_words(one.text)
    if not one.cited:
        return Sentence(text, Origin.MODEL, None, supported=False, reasons=("it names no passage",))
    verdict = check(one.text, [passage.text for passage in one.cited])
    passage, span = _best(one)
    return Sentence(text, Origin.MODEL, _cite(passage, span), verdict.supported, verdict.reasons)


def _verbatim(text: str, source: str) -> Span | None:
    """Where the text stands in the source as one or more whole sentences, white space and case aside."""
    wanted = _flat(text)
    spans = sentence_spans(source)
    for first in range(len(spans)):
        for last in range(first, len(spans)):
            run = Span(spans[first].start, spans[last].end)
            said = _flat(source[run.start : run.end])
            if said == wanted:
                return run
            if len(said) > len(wanted):
                break
    return None


def _best(one: _Said) -> tuple[Passage, Span]:
    """The sentence among the cited passages that shares most with this one: what a reader is shown as its support."""
    wanted = set(stems(without_tokens(one.text)))
    found = [
        (len(wanted & set(stems(passage.text[span.start : span.end]))), -n, passage, span)
        for n, passage in enumerate(one.cited)
        for span in sentence_spans(passage.text) or (Span(0, len(passage.text)),)
    ]
    best = max(found, key=lambda each: each[:2])
    return best[2], best[3]


def _cite(passage: Passage, span: Span) -> Citation:
    document = passage.document
    return Citation(document.path, document.version, passage.number, span, document.title)


def _flat(text: str) -> str:
    return _SPACE.sub(" ", folded(text)).strip()
