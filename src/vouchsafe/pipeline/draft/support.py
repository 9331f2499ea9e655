"""Whether sources support a sentence: a verbatim sentence always, other wording only where nothing speaks against it.

An embedding cannot see a changed number, a lost "not" or days that became weeks; words can. So rules look for what may
not differ, and a score over coverage and cosine says how much of the rest is there. It is a check of wording, not of
truth: it may hold a draft, it never makes one fit to leave by itself.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from vouchsafe.domain.sentences import sentences
from vouchsafe.domain.words import FUNCTION_WORDS, listed, stem, words
from vouchsafe.ports.embedder import Embedder

FEATURES = (
    "coverage",
    "best_coverage",
    "pair_coverage",
    "cosine",
    "numbers",
    "names",
    "polarity",
    "modality",
    "first_person",
)
"""Order of the features: four shares in [0, 1] (cosine clipped at 0), then 1.0 where something speaks against."""
_NEAR_COPY = 0.7
"""From this likeness of words on (difflib's ratio), a sentence is a copy, and every word that differs counts."""

_FLOOR = 0.6
"""At least this share of the words must stand in one sentence of the sources, however near the meaning seems."""

_NEGATIONS = listed(
    "not no never none nor neither nothing nobody without cannot cant wont dont doesnt didnt isnt arent wasnt werent "
    "shouldnt couldnt wouldnt hasnt havent unable except unless sin nunca ningun ninguna nadie nada tampoco jamas"
)
_STRONG = listed(
    "must required requires require shall need needs mandatory only always debe deben necesita obligatorio"
)
_WEAK = listed("may might can could optional should sometimes possibly puede pueden podria opcional")
_FIRST_PERSON = listed("i i'm i've i'll i'd me my mine myself yo mi mio")
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}
_UNITS = listed(
    "second minute hour day night week month quarter year dollar cent euro percent mile block page copy copies visit "
    "visits floor people person am pm business working calendar minuto hora dia semana mes ano dolar pagina"
)
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![\"“(])\b[A-ZÁÉÍÓÚÑ][\w'’-]+")
_SPACE = re.compile(r"\s+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "–": "-", "—": "-"})


@dataclass(frozen=True, slots=True)
class Support:
    """The verdict on one sentence. `score` in [0, 1], at least 0.5 where supported; `reasons` speak against it."""

    supported: bool
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model over `FEATURES`, fitted by `training/retrieval/measure.py fit`; 0.5 is its threshold."""

    weights: tuple[float, ...]
    intercept: float

    def score(self, features: Sequence[float]) -> float:
        """In [0, 1], higher means better supported."""
        total = self.intercept + sum(w * x for w, x in zip(self.weights, features, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))


@lru_cache(maxsize=1)
def shipped() -> Model:
    """The model in `data/draft/support.json`. Raises: ValueError where it was fitted for other features."""
    loaded = json.loads(files("vouchsafe.data").joinpath("draft", "support.json").read_bytes())
    if tuple(loaded["features"]) != FEATURES:
        raise ValueError("the support model was fitted for other features; run training/retrieval/measure.py fit again")
    return Model(tuple(float(w) for w in loaded["weights"]), float(loaded["intercept"]))


def check(sentence: str, sources: Sequence[str], embedder: Embedder, model: Model | None = None) -> Support:
    """Judge one sentence against the texts it cites.

    1. Whole sentences of one source, white space and quotes aside, are always supported.
    2. Numbers, units, names, negation and modality must be those of the sources, and of a near copy every word.
    3. Most words must stand in one sentence of the sources, and the score over coverage and cosine must reach 0.5.
    """
    if not words(sentence):
        return Support(supported=False, score=0.0, reasons=("the sentence holds no words",))
    if any(is_verbatim(sentence, source) for source in sources):
        return Support(supported=True, score=1.0, reasons=())
    said = [s for source in sources for line in source.splitlines() for s in sentences(line)]
    if not said:
        return Support(supported=False, score=0.0, reasons=("there is no source",))
    reasons = objections(sentence, said)
    score = (model or shipped()).score(features(sentence, said, embedder))
    if reasons:
        # What a rule objects to is never supported; among those, the score still tells better from worse.
        score *= 0.5
    elif score < 0.5 or _coverage(sentence, _nearest(sentence, said)) < _FLOOR:
        score = min(score, 0.49)
    else:
        return Support(supported=True, score=score, reasons=())
    if _coverage(sentence, _nearest(sentence, said)) < _FLOOR or not reasons:
        reasons = ("too little of the sentence is in one sentence of the sources", *reasons)
    return Support(supported=False, score=score, reasons=reasons)


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


def objections(sentence: str, said: Sequence[str]) -> tuple[str, ...]:
    """What speaks against a sentence that is not verbatim, as plain sentences; `said` are the sources' sentences."""
    best = _nearest(sentence, said)
    text = " ".join(said)
    found = [
        ("a number is not in the sources", not _numbers(sentence) <= _numbers(text)),
        ("a number has another unit than in the sources", not _with_units(sentence) <= _with_units(text)),
        ("a name is not in the sources", bool(_new_names(sentence, text))),
        ("what is said yes or no to differs from the sources", _negated(sentence) != _negated(best)),
        ("what must be and what may be differs from the sources", _modality(sentence, best)),
        ("a word differs from the sentence it copies", _altered_copy(sentence, said)),
    ]
    return tuple(says for says, fires in found if fires)


def features(sentence: str, said: Sequence[str], embedder: Embedder) -> tuple[float, ...]:
    """The features of a sentence in the order of `FEATURES`; `said` are the sources' sentences."""
    text, best = " ".join(said), _nearest(sentence, said)
    vectors = embedder.embed([sentence, *said])
    cosine = max(0.0, float((vectors[1:] @ vectors[0]).max()))
    return (
        _coverage(sentence, text),
        _coverage(sentence, best),
        _pair_coverage(sentence, text),
        cosine,
        float(not _numbers(sentence) <= _numbers(text)),
        float(bool(_new_names(sentence, text))),
        float(_negated(sentence) != _negated(best)),
        float(_modality(sentence, best)),
        # What somebody says about themselves stands in no source.
        float(bool(_FIRST_PERSON & set(words(sentence)))),
    )


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text.translate(_QUOTES)).strip().removeprefix("- ").casefold()


def _content(text: str) -> list[str]:
    """Stems of the words that carry meaning; negations and modal words are looked at by themselves."""
    return [stem(word, "en") for word in words(text) if word not in FUNCTION_WORDS["en"]]


def _coverage(sentence: str, text: str) -> float:
    wanted = set(_content(sentence))
    return len(wanted & set(_content(text))) / len(wanted) if wanted else 0.0


def _pair_coverage(sentence: str, text: str) -> float:
    mine, theirs = _content(sentence), _content(text)
    pairs = set(pairwise(mine))
    return len(pairs & set(pairwise(theirs))) / len(pairs) if pairs else _coverage(sentence, text)


def _nearest(sentence: str, said: Sequence[str]) -> str:
    return max(said, key=lambda one: (_coverage(sentence, one), _likeness(sentence, one)))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, words(one), words(other), autojunk=False).ratio()


def _numbers(text: str) -> set[str]:
    found = [_NUMBER_WORDS.get(word, word) for word in words(text)]
    return {number.replace(",", "") for number in found if number[0].isdigit()}


def _with_units(text: str) -> set[tuple[str, str]]:
    found = [_NUMBER_WORDS.get(word, word) for word in words(text)]
    pairs = pairwise(found)
    units = {stem(unit, "en") for unit in _UNITS}
    return {(number, stem(unit, "en")) for number, unit in pairs if number[0].isdigit() and stem(unit, "en") in units}


def _new_names(sentence: str, text: str) -> set[str]:
    there = set(words(text))
    names = {part for name in _NAME.findall(sentence) for part in words(name)}
    return {name for name in names if name not in there and stem(name, "en") not in {stem(w, "en") for w in there}}


def _negated(text: str) -> bool:
    """An odd number of negations: two cancel out, as in "never without"."""
    return sum(word.replace("'", "") in _NEGATIONS for word in words(text)) % 2 == 1


def _modality(sentence: str, best: str) -> bool:
    """Whether one must where the other may."""
    mine, theirs = set(words(sentence)), set(words(best))
    stronger = bool(mine & _STRONG) and not theirs & _STRONG and bool(theirs & _WEAK)
    weaker = bool(mine & _WEAK) and not theirs & _WEAK and bool(theirs & _STRONG)
    return stronger or weaker


def _altered_copy(sentence: str, said: Sequence[str]) -> bool:
    """Whether the sentence copies one of the sources' but puts another word in the place of one that matters.

    Words left out or added are a matter of coverage and of the other rules.
    """
    mine = words(sentence)
    for one in said:
        theirs = words(one)
        matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
        if matcher.ratio() < _NEAR_COPY:
            continue
        if any(kind == "replace" and _differ(mine[a:b], theirs[c:d]) for kind, a, b, c, d in matcher.get_opcodes()):
            return True
    return False


def _differ(new: Sequence[str], old: Sequence[str]) -> bool:
    meant, said = ([stem(w, "en") for w in found if w not in _IDLE] for found in (new, old))
    return bool(meant) and bool(said) and meant != said


_IDLE = listed("a an the this that these those please also just you your we our it its is are be to of and so then")
