"""Names and places by a model, with what the model needs: capitals where a message has none, and a memory."""

import re
from collections.abc import Iterator, Sequence

from vouchsafe.domain.identifier import Label, Profile
from vouchsafe.pipeline.language import UNKNOWN, language_of
from vouchsafe.pipeline.redact.hit import Covered, Hit, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.pipeline.redact.memory import Memory
from vouchsafe.pipeline.redact.misspelling import is_misspelt
from vouchsafe.pipeline.redact.tagger import Tagging
from vouchsafe.ports.ner import Named, NamedKind, NameFinder

_REMEMBERED = 2048
"""Texts whose names are remembered: a conversation is redacted anew with each message, its old turns unchanged."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_GAP = re.compile(r"(?<=[a-z]{3}[.!?])\s{1,9}|\n{1,9}")
"""Ends a sentence; an abbreviation such as "Dr." does not."""
_SHOUTED = re.compile(r"\b[A-Z]{2,20}(?:[ ,'\-]{1,2}[A-Z]{1,20}){4,200}\b")
"""Five words in capitals and more: the model would take them for one name."""
_FEW_CAPITALS = 0.02
"""Share of capital letters under which a text counts as written without them."""
_MODEL_LANGUAGE = "en"
_JOINING = frozenset(
    {"de", "del", "la", "las", "los", "el", "y", "e", "da", "das", "do", "dos", "di", "van", "von", "der"}
)
_LEAST_SMALL, _LEAST_LISTED, _LEAST_CAPITAL = 0.05, 0.01, 0.004
"""Under which probability the tagger rules a word out: in small letters and in no list of names or towns, in small
letters and listed, with a capital and not listed. A listed word with a capital is never ruled out.

Chosen on training/redaction/unseen.jsonl, where three quarters of what the model masked without need was under them and
no name, and on the outside sources with taggers that had not seen them."""
_LABELS = {NamedKind.PERSON: Label.NAME, NamedKind.PLACE: Label.LOCATION, NamedKind.ORGANISATION: Label.OTHER}


class NamesByModel:
    """Asks a `NameFinder`, remembers by a keyed hash of the text, and keeps no text."""

    def __init__(self, finder: NameFinder) -> None:
        self._finder = finder
        self._memory: Memory[tuple[Named, ...]] = Memory(_REMEMBERED)

    def find(
        self, text: str, profile: Profile, found: Sequence[Hit] = (), tagging: Tagging | None = None
    ) -> Iterator[Hit]:
        """Persons and places; organisations too in the strict profile.

        In the standard profile only sentences are read that hold a word which is neither everyday nor `found` by a
        specific pass, and which the tagger, where there is one, does not rule out: in the others the keep-list would
        undo whatever the model says, and this model takes most misspelt words for names.
        """
        spelled = with_capitals(text)
        foreign = is_foreign(text)
        explained = _Explained(text, spelled, found, None if foreign else tagging)
        everything = [(0, len(text))]
        for start, end in everything if profile is Profile.STRICT else doubtful(spelled, explained):
            for named in self._ask(spelled[start:end]):
                if named.kind is NamedKind.ORGANISATION and profile is not Profile.STRICT:
                    continue
                place = (start + named.span.start, start + named.span.end)
                if profile is not Profile.STRICT and explained.rules_out(*place):
                    continue
                for one in names_within(text, *place) if foreign else (place,):
                    yield Hit(*one, _LABELS[named.kind], Rank.MODEL, 0.85, f"ner/{named.kind.value}")

    def _ask(self, text: str) -> tuple[Named, ...]:
        if not any(one.isalpha() for one in text):
            return ()
        return self._memory.of(text, lambda words: self._finder.find(words.replace("_", " ")))


def is_foreign(text: str) -> bool:
    """Whether a text is surely in another language than the models have learned."""
    return language_of(text, None) not in {_MODEL_LANGUAGE, UNKNOWN}


def names_within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The runs of words written as names are, small joining words inside them too.

    An English model takes whole clauses of other languages for one name; masking them would take away what the writer
    asks. A single capital that only begins a sentence is no name.
    """
    run: list[re.Match[str]] = []
    for word in [*_WORD.finditer(text, start, end), None]:
        if word is not None and (word.group()[0].isupper() or (run and word.group() in _JOINING)):
            run.append(word)
            continue
        while run and run[-1].group() in _JOINING:
            run.pop()
        if len(run) > 1 or (run and not _begins_sentence(text, run[0].start())):
            yield run[0].start(), run[-1].end()
        run = []


def _begins_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(" \t\"'(¿¡\u00ab")
    return not before or before[-1] in ".?!:\n"


def doubtful(text: str, explained: "_Explained") -> list[tuple[int, int]]:
    """Runs of sentences that hold a word which nothing explains."""
    runs: list[tuple[int, int]] = []
    for start, end in _sentences(text):
        words = _WORD.finditer(text, start, end)
        if all(explained.holds(word, first=at == 0) for at, word in enumerate(words)):
            continue
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _GAP.finditer(text):
        yield start, gap.end()
        start = gap.end()
    yield start, len(text)


class _Explained:
    """Which words no model need look at. `tagging` None: the tagger rules nothing out."""

    def __init__(self, text: str, spelled: str, found: Sequence[Hit], tagging: Tagging | None) -> None:
        self._text, self._spelled, self._tagging = text, spelled, tagging
        self._covered = Covered((hit.start, hit.end) for hit in found if hit.rank < Rank.MODEL)

    def holds(self, word: re.Match[str], *, first: bool) -> bool:
        """Whether lists, a specific hit or the tagger explain a word.

        An everyday word with a capital inside a sentence may be a surname.
        """
        known, lower = lexicon(), word.group().lower()
        if len(lower) == 1 or (word.group()[0].islower() and (known.is_word(lower) or is_misspelt(lower))):
            return True
        if lower in known.medical or (first and known.is_word(lower) and lower not in known.ambiguous):
            return True
        return self._covered.holds(word.start(), word.end()) or self._is_ruled_out(word)

    def rules_out(self, start: int, end: int) -> bool:
        """Whether the tagger rules out every word of a place."""
        return self._tagging is not None and all(
            self._is_everyday(word.group().lower()) or self._is_ruled_out(word)
            for word in _WORD.finditer(self._spelled, start, end)
        )

    @staticmethod
    def _is_everyday(word: str) -> bool:
        return lexicon().is_word(word) and word not in lexicon().ambiguous

    def _is_ruled_out(self, word: re.Match[str]) -> bool:
        if self._tagging is None:
            return False
        lower, as_written = word.group().lower(), self._text[word.start()]
        # A misspelt English word keeps English letters.
        listed = _is_listed(lower) or not lower.isascii()
        if as_written.islower():
            least = _LEAST_LISTED if listed else _LEAST_SMALL
        else:
            least = 0.0 if listed else _LEAST_CAPITAL
        return self._tagging.probability(word.start(), word.end()) < least


def _is_listed(word: str) -> bool:
    known = lexicon()
    return (
        known.is_name(word)
        or word in known.ambiguous
        or word in known.world_first
        or word in known.world_last
        or word in known.cities
        or word in known.place_words
    )


def with_capitals(text: str) -> str:
    """A text that was written without capitals, or all or a clause in capitals, as if names had them; same length.

    Words that are not everyday English get a capital, since the model looks for names by their capitals.
    """
    letters = sum(one.isalpha() for one in text)
    capitals = sum(one.isupper() for one in text)
    if letters < 2 or _FEW_CAPITALS <= capitals / letters <= 0.8:
        return _SHOUTED.sub(lambda shouted: _WORD.sub(_capital, shouted.group()), text)
    return _WORD.sub(_capital, text)


def _capital(word: re.Match[str]) -> str:
    lower = word.group().lower()
    if len(lower) != len(word.group()):
        return word.group()
    known = lexicon()
    if known.is_word(lower) or lower in known.medical or len(lower) < 3 or is_misspelt(lower):
        return lower if word.start() else lower[:1].upper() + lower[1:]
    return lower[:1].upper() + lower[1:]
