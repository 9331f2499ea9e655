"""The verdict on one sentence of a draft, from the texts it cites."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vouchsafe.domain.sentences import sentences
from vouchsafe.domain.words import words
from vouchsafe.pipeline.draft.support import rules
from vouchsafe.pipeline.draft.support.evidence import Evidence, nearest
from vouchsafe.pipeline.draft.support.pleasantries import asked, substance
from vouchsafe.pipeline.draft.support.score import Model, features, shipped
from vouchsafe.ports.embedder import Embedder

_SPACE = re.compile(r"\s+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "–": "-", "—": "-"})

_MOST_TRIED = 4


@dataclass(frozen=True, slots=True)
class Support:
    """The verdict on one sentence. `score` in [0, 1], at least 0.5 where supported; `reasons` speak against it."""

    supported: bool
    score: float
    reasons: tuple[str, ...]


def check(sentence: str, sources: Sequence[str], embedder: Embedder, model: Model | None = None) -> Support:
    """Judge one sentence against the texts it cites.

    1. Whole sentences of one source, white space and quotes aside, are always supported.
    2. Pleasantries and questions back are set aside; where nothing else is said, nothing is supported.
    3. Each statement that is left is held against the sentence of the sources that has most of it. Any objection of
       `rules` to any of them makes the whole unsupported.
    4. The score tells better from worse on each side of 0.5.
    """
    if not words(sentence):
        return Support(supported=False, score=0.0, reasons=("the sentence holds no words",))
    if any(is_verbatim(sentence, source) for source in sources):  # 1
        return Support(supported=True, score=1.0, reasons=())
    said = sentences_of(sources)
    if not said:
        return Support(supported=False, score=0.0, reasons=("there is no source",))
    held = statements(sentence, said)  # 2
    if not held:
        return Support(supported=False, score=0.0, reasons=("nothing in the sentence could rest on a source",))
    reasons = objections(held)  # 3
    found = features(sentence, held, said, embedder, asks=bool(asked(sentence)), states=bool(substance(sentence)))
    score = (model or shipped()).score(found)
    return Support(supported=not reasons, score=score / 2 if reasons else 0.5 + score / 2, reasons=reasons)  # 4


def sentences_of(sources: Sequence[str]) -> list[str]:
    """The sentences of all sources, in order."""
    return [one for source in sources for line in source.splitlines() for one in sentences(line)]


def statements(sentence: str, said: Sequence[str]) -> list[Evidence]:
    """What a text states, each statement beside the sentence of the sources that has most of it.

    A text that only asks is held to the words of its questions. Where several sentences have as much of a statement,
    the one that least speaks against it is taken: to be said once is enough.
    """
    parts = substance(sentence) or asked(sentence)
    return [min(nearest(part, said)[:_MOST_TRIED], key=lambda one: len(rules.objections(one))) for part in parts]


def objections(held: Sequence[Evidence]) -> tuple[str, ...]:
    """What speaks against any of the statements, each reason once."""
    return tuple(dict.fromkeys(says for evidence in held for says in rules.objections(evidence)))


def is_verbatim(sentence: str, source: str) -> bool:
    """Whether the sentence is one or more whole sentences of the source, one after another.

    A part of a sentence is not enough: "Pay at the desk." stands in "Do not pay at the desk.".
    """
    wanted = _plain(sentence)
    said = [_plain(s) for line in source.splitlines() for s in sentences(line)]
    for first in range(len(said)):
        run = ""
        for one in said[first:]:
            run = f"{run} {one}" if run else one
            if run.rstrip(".:;") == wanted.rstrip(".:;"):
                return True
            if len(run) > len(wanted) + 1:
                break
    return False


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text.translate(_QUOTES)).strip().removeprefix("- ").casefold()
