"""What detectors look at: the fresh messages cut into units, courtesies told apart from what is asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vouchsafe.domain.sentences import sentence_spans
from vouchsafe.domain.text import Span
from vouchsafe.pipeline.detect.normalise import Canonical, canonical, plain

MAX_CHARACTERS = 20_000
"""Longer messages are looked at in part and go to a person."""
MAX_SENTENCES = 60
_RULE_CHARACTERS = 200_000
_WINDOW_WORDS = 120
"""About what the encoder reads at once (192 tokens); longer texts are scored in windows, never cut silently."""
_OVERLAP_WORDS = 20
_THREAD_TURNS = 2

_COURTESY = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|thanks?|thank you|thx|many thanks|best|regards|"
    r"kind regards|best regards|warm regards|sincerely|cheers|yours|please|sent from my|to whom it may concern|"
    r"hola|buenos|buenas|gracias|muchas gracias|saludos|un saludo|atentamente)\b[^?]{0,40}$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:hi|hello|hey|hola|good (?:morning|afternoon|evening)|buenos d[ií]as|buenas tardes)"
    r"(?: (?:there|all|team|it|you))?[,!. ]+",
    re.IGNORECASE,
)
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
class Reading:
    """The units of a case. Plain texts are for the encoder, canonical ones for rules."""

    messages: tuple[Canonical, ...]
    earlier: tuple[Canonical, ...]
    """The last two turns of the contact before, oldest first."""
    windows: tuple[str, ...]
    """All fresh words, in windows that the encoder reads whole."""
    thread: str
    """The last earlier turns and the fresh words; empty where there was no earlier turn."""
    sentences: tuple[Sentence, ...]
    core: str
    """Fresh words without courtesies: what intents are compared with."""
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
    meant = [one for one in sentences if not _is_courtesy(one.text)]
    return Reading(
        messages=tuple(canonical(text[:_RULE_CHARACTERS]) for text in own),
        earlier=tuple(canonical(text) for text in before),
        windows=_windows(whole),
        thread=_last_words(plain("\n".join([*before, *limited]))) if before else "",
        sentences=tuple(sentences[:MAX_SENTENCES]),
        core=_GREETING.sub("", " ".join(one.text for one in meant[:MAX_SENTENCES]), count=1),
        hidden=tuple(text for text in (*hidden, *quoted) if text.strip()),
        empty=not any(character.isalnum() for character in whole),
        huge=sum(map(len, own)) > MAX_CHARACTERS or len(sentences) > MAX_SENTENCES,
    )


def meant(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences that say or ask something."""
    return tuple(one for one in sentences if not _is_courtesy(one.text))


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


def _is_courtesy(words: str) -> bool:
    """A greeting, thanks or a signature: nothing in it is asked for."""
    few = len(words.split()) <= 3
    return bool(_COURTESY.match(words)) or (few and not words.endswith("?") and words.istitle()) or words == "a name"


def _windows(text: str) -> tuple[str, ...]:
    words = text.split()
    if len(words) <= _WINDOW_WORDS:
        return (text,)
    starts = range(0, len(words) - _OVERLAP_WORDS, _WINDOW_WORDS - _OVERLAP_WORDS)
    return tuple(" ".join(words[start : start + _WINDOW_WORDS]) for start in starts)


def _last_words(text: str) -> str:
    return " ".join(text.split()[-_WINDOW_WORDS:])
