"""The strict profile, for text that leaves the machine: a word that nothing explains is masked.

The idea is Philter's (notes/redaction.md, section 2, pass 7): mask what is not known to be safe, rather than what is
known to be unsafe.
"""

import re
from collections.abc import Iterator

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Hit, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.pipeline.redact.names_by_model import with_capitals

_WORD = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*")


def unexplained(text: str) -> Iterator[Hit]:
    """Capitalised words that no list explains; in a text without capitals, unknown words of any case."""
    for word in _WORD.finditer(with_capitals(text)):
        if word.group()[0].isupper() and len(word.group()) > 1 and not _is_explained(word.group().lower()):
            yield Hit(word.start(), word.end(), Label.OTHER, Rank.MODEL, 0.5, "strict/unexplained")


def _is_explained(word: str) -> bool:
    known = lexicon()
    pieces = [piece for piece in re.split(r"['\-]", word) if len(piece) > 1]
    return all(piece in known.medical or (known.is_word(piece) and piece not in known.ambiguous) for piece in pieces)
