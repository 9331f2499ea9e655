"""Names and places by a model, with what the model needs: capitals where a message has none, and a memory."""

import hashlib
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator

from vouchsafe.domain.identifier import Label, Profile
from vouchsafe.pipeline.redact.hit import Hit, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.ports.ner import Named, NamedKind, NameFinder

_REMEMBERED = 2048
"""Texts whose names are remembered: a conversation is redacted anew with each message, its old turns unchanged."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_FEW_CAPITALS = 0.02
"""Share of capital letters under which a text counts as written without them."""
_LABELS = {NamedKind.PERSON: Label.NAME, NamedKind.PLACE: Label.LOCATION, NamedKind.ORGANISATION: Label.OTHER}


class NamesByModel:
    """Asks a `NameFinder`, remembers by a keyed hash of the text, and keeps no text."""

    def __init__(self, finder: NameFinder) -> None:
        self._finder = finder
        self._key = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._memory: OrderedDict[bytes, tuple[Named, ...]] = OrderedDict()

    def find(self, text: str, profile: Profile) -> Iterator[Hit]:
        """Persons and places; organisations too in the strict profile, where they count as places (hospitals)."""
        for named in self._ask(with_capitals(text)):
            if named.kind is NamedKind.ORGANISATION and profile is not Profile.STRICT:
                continue
            span = named.span
            yield Hit(span.start, span.end, _LABELS[named.kind], Rank.MODEL, 0.85, f"ner/{named.kind.value}")

    def _ask(self, text: str) -> tuple[Named, ...]:
        if not any(one.isalpha() for one in text):
            return ()
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
        with self._lock:
            held = self._memory.get(key)
            if held is not None:
                self._memory.move_to_end(key)
                return held
        names = self._finder.find(text.replace("_", " "))
        with self._lock:
            self._memory[key] = names
            if len(self._memory) > _REMEMBERED:
                self._memory.popitem(last=False)
        return names


def with_capitals(text: str) -> str:
    """A text that was written without capitals, or all in capitals, as if names had them; same length.

    Words that are not everyday English get a capital, since the model looks for names by their capitals.
    """
    letters = sum(one.isalpha() for one in text)
    capitals = sum(one.isupper() for one in text)
    if letters < 2 or _FEW_CAPITALS <= capitals / letters <= 0.8:
        return text
    return _WORD.sub(_capital, text)


def _capital(word: re.Match[str]) -> str:
    lower = word.group().lower()
    if len(lower) != len(word.group()):
        return word.group()
    known = lexicon()
    if known.is_word(lower) or lower in known.medical or len(lower) < 3:
        return lower if word.start() else lower[:1].upper() + lower[1:]
    return lower[:1].upper() + lower[1:]
