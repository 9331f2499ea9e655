"""What detectors look at: the fresh messages cut into units, courtesies told apart from what is asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vouchsafe.domain.sentences import sentence_spans
from vouchsafe.domain.text import Span
from vouchsafe.domain.words import FUNCTION_WORDS, without_tokens
from vouchsafe.domain.words import words as words_of
from vouchsafe.pipeline.detect.normalise import Canonical, canonical, plain

MAX_CHARACTERS = 20_000
"""Longer messages are looked at in part and go to a person."""
MAX_SENTENCES = 60
SENTENCE_WORDS = 4
"""Shorter sentences say too little alone ("Ada Example"); they count within the message."""
_RULE_CHARACTERS = 200_000
_WINDOW_WORDS = 120
"""About what the encoder reads at once (192 tokens); longer texts are scored in windows, never cut silently."""
_OVERLAP_WORDS = 20
_THREAD_TURNS = 2

_SOMEBODY = r"(?:there|all|team|everyone|every ?body|folks|sir|madam|doctor|dr|nurse|staff|a name|again)"
_SO_MUCH = (
    r"(?:,? (?:so|very|again|in advance|a lot|a bunch|a million|much|a name|"
    r"for (?:your|the|all your) (?:help|time|assistance|patience|reply|attention|support)))"
)
_COURTESIES = (
    rf"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings)(?:[ ,]{{1,2}}{_SOMEBODY}){{0,3}}",
    r"to whom it may concern",
    rf"(?:many |much )?(?:thanks|thank you|thx|ty|tia|appreciated|much appreciated){_SO_MUCH}{{0,4}}",
    r"(?:(?:kind|kindest|best|warm|warmest) )?(?:regards|wishes)(?:,? a name)?",
    r"(?:best|sincerely|yours|cheers|respectfully|cordially)(?: (?:yours|truly|sincerely))?(?:,? a name)?",
    r"have a (?:nice|good|great|lovely|blessed|wonderful) (?:day|weekend|evening|afternoon|one|week)",
    r"sent from my \w{1,12}(?: \w{1,12})?",
    r"(?:hola|buenos d[ií]as|buenas (?:tardes|noches)|buenas)(?:,? a name)?",
    r"(?:muchas |mil )?gracias(?: (?:por (?:su|la) ayuda|de antemano))?",
    r"(?:saludos(?: cordiales)?|un saludo|atentamente)(?:,? a name)?",
    r"please|por favor|a name|ok|okay",
)
_COURTESY = re.compile(rf"(?:{'|'.join(_COURTESIES)})[\s.,!:;)-]{{0,6}}", re.IGNORECASE)
"""Whole sentences that say nothing. A closed list: whatever else stands in a sentence ("please help me, I am bleeding")
makes it count."""
_GREETING = re.compile(
    r"(?:hi|hello|hey|hola|good (?:morning|afternoon|evening)|buenos d[ií]as|buenas tardes)"
    r"(?: (?:there|all|team|it|you))?[,!. ]+",
    re.IGNORECASE,
)
_WORD = re.compile(r"\S+")
_REFERRING = FUNCTION_WORDS["en"] | {"ask", "help", "possible", "next", "ok", "okay", "please"}
_QUOTED_LINE = re.compile(r"^[ \t]{0,3}>.*$", re.MULTILINE)
_ATTRIBUTION = re.compile(r"^.{0,200}\b(?:wrote|escribi[oó]|schrieb|a écrit) ?: *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as the encoder reads it, and where it stands in message number `message`."""

    text: str
    message: int
    span: Span
    asks: bool


@dataclass(frozen=True, slots=True)
class Window:
    """A text that the network reads whole, and where its sentences stand in it.

    `parts` holds the number of a sentence in `Reading.sentences`, and start and end of what the window has of it.
    """

    text: str
    parts: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The units of a case. Plain texts are for encoder and network, canonical ones for rules."""

    messages: tuple[Canonical, ...]
    earlier: tuple[Canonical, ...]
    """The last two turns of the contact before, oldest first."""
    windows: tuple[Window, ...]
    """All fresh words but greetings and thanks."""
    thread: str
    """The last earlier turns and the fresh words; empty where there was no earlier turn."""
    sentences: tuple[Sentence, ...]
    core: str
    """The same without what may be a signature: what intents are compared with. Mostly the one window, word for word,
    so that one vector serves both."""
    hidden: tuple[str, ...]
    empty: bool
    huge: bool


def read(fresh: Sequence[str], earlier: Sequence[str], hidden: Sequence[str]) -> Reading:
    """Cut a case into units. Quoted lines under an attribution are read as hidden text, not as the writer's words."""
    own = [_without_quotes(text) for text in fresh]
    quoted = [text for text, kept in zip(fresh, own, strict=True) if text != kept]
    limited = [text[:MAX_CHARACTERS] for text in own]
    whole = plain("\n".join(limited))
    before = [text[:MAX_CHARACTERS] for text in earlier[-_THREAD_TURNS:] if text.strip()]
    sentences = [one for number, text in enumerate(limited) for one in _sentences(number, text)]
    said = [(number, one.text) for number, one in enumerate(sentences) if not _is_courtesy(one.text)]
    meant = [one.text for one in sentences[:MAX_SENTENCES] if not _is_courtesy(one.text) and not _is_name(one.text)]
    return Reading(
        messages=tuple(canonical(text[:_RULE_CHARACTERS]) for text in own),
        earlier=tuple(canonical(text) for text in before),
        windows=_windows(said) if said else windows_of(whole),
        thread=_last_words(plain("\n".join([*before, *limited]))) if before else "",
        sentences=tuple(sentences[:MAX_SENTENCES]),
        core=_joined(meant),
        hidden=tuple(text for text in (*hidden, *quoted) if text.strip()),
        empty=not any(character.isalnum() for character in whole),
        huge=sum(map(len, own)) > MAX_CHARACTERS or len(sentences) > MAX_SENTENCES,
    )


def meant(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences that say or ask something of themselves."""
    return tuple(
        one
        for one in sentences
        if not _is_courtesy(one.text)
        and not _is_name(one.text)
        and (one.asks or len(one.text.split()) >= SENTENCE_WORDS)
    )


def names_something(question: str) -> bool:
    """Whether a question says what it is about, unlike "What do I do?" and "Where can I ask?"."""
    return any(word not in _REFERRING for word in words_of(without_tokens(question)))


def without_greeting(text: str) -> str:
    """A sentence without a greeting before it ("Hi, how do I ...")."""
    return _GREETING.sub("", text, count=1)


def _without_quotes(text: str) -> str:
    """The text with quoted lines blanked out, of the same length, where an attribution line says they are quotes."""
    attribution = _ATTRIBUTION.search(text)
    if attribution is None:
        return text
    head, tail = text[: attribution.end()], text[attribution.end() :]
    return head + _QUOTED_LINE.sub(lambda line: " " * len(line.group()), tail)


def _sentences(number: int, text: str) -> list[Sentence]:
    found = []
    for span in sentence_spans(text):
        words = plain(text[span.start : span.end])
        if words:
            found.append(Sentence(words, number, span, asks=words.endswith("?")))
    return found


def _joined(texts: Sequence[str]) -> str:
    return without_greeting(" ".join(texts))


def _is_courtesy(words: str) -> bool:
    """A greeting or thanks and nothing else."""
    return _COURTESY.fullmatch(words) is not None


def _is_name(words: str) -> bool:
    """What may be a signature: it is not compared with intents, but heads read it ("Chest Pain" looks the same)."""
    return len(words.split()) <= 3 and not words.endswith("?") and words.istitle()


def windows_of(text: str) -> tuple[Window, ...]:
    """A text in windows, without its sentences."""
    return tuple(Window(text[start:end]) for start, end in _cuts(text))


def _windows(said: Sequence[tuple[int, str]]) -> tuple[Window, ...]:
    """What was said, in windows with their sentences. `said` holds numbers and words of sentences."""
    everything = " ".join(words for _, words in said)
    text = without_greeting(everything)
    at = len(text) - len(everything)
    places = []
    for number, words in said:
        places.append((number, at, at + len(words)))
        at += len(words) + 1
    return tuple(
        Window(
            text[start:end],
            tuple(
                (number, max(first, start) - start, min(last, end) - start)
                for number, first, last in places
                if number < MAX_SENTENCES and max(first, start) < min(last, end)
            ),
        )
        for start, end in _cuts(text)
    )


def _cuts(text: str) -> list[tuple[int, int]]:
    """Where windows start and end."""
    words = list(_WORD.finditer(text))
    if len(words) <= _WINDOW_WORDS:
        return [(0, len(text))]
    starts = range(0, len(words) - _OVERLAP_WORDS, _WINDOW_WORDS - _OVERLAP_WORDS)
    return [(words[start].start(), words[min(start + _WINDOW_WORDS, len(words)) - 1].end()) for start in starts]


def _last_words(text: str) -> str:
    return " ".join(text.split()[-_WINDOW_WORDS:])
