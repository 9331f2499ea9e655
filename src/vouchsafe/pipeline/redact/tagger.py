"""A trained tagger: what each word of a message is, from the word itself and the words around it.

A linear-chain CRF (crfsuite) over features that do not lean on capitals: whether a word is plain English, which lists
of names it stands in, its ending, its neighbours, and the key word before it. `data/redact/tagger.json` holds the hash
of the model, its threshold and what it was trained on; a model that differs is refused. Trained by
`training/redaction/tagger/train.py`, source by source left out.
"""

import hashlib
import json
import re
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Hit, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon, unaccented, word_set

LABELS = {
    "NAME": Label.NAME,
    "LOCATION": Label.LOCATION,
    "DATE": Label.DATE,
    "PHONE": Label.PHONE,
    "EMAIL": Label.EMAIL,
    "URL": Label.URL,
    "ID": Label.UNIQUE_ID,
    "SSN": Label.SSN,
    "CREDENTIAL": Label.CREDENTIAL,
}
"""The tagger's classes; two more, O and OTHER, identify nobody."""
NEUTRAL = ("O", "OTHER")
FEATURES_VERSION = "2"
"""Grows with each change of `features`; a model trained on others is refused."""

_TOKEN = re.compile(r"[^\W\d_]+|\d+|\n|[^\w\s]|_")
_MAX_TOKENS = 4000
"""Longer texts are tagged in pieces."""
_KEYS = word_set(
    "mrn id number no num ssn social dob birth born birthday phone cell call text fax email mail address street lives "
    "live account acct card policy member group claim case ticket ref reference confirmation license plate vin serial "
    "user username login password pw pin code name named spouse husband wife son daughter mom mother dad father "
    "brother sister dr doctor nurse mr mrs ms patient from to cc at on in near signed sincerely thanks regards "
    "hospital clinic zip apt unit called ask for by with is"
)
_MONTHS = word_set(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec"
)
_DAYS = word_set("monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun")
_NUMBERS = word_set(
    "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred double triple first "
    "second third fourth fifth sixth seventh eighth ninth tenth dash dot"
)
_TITLES = word_set("mr mrs ms miss dr doctor nurse prof sir madam rev father sister aunt uncle grandma grandpa mister")
_KIN = word_set(
    "husband wife son daughter mom mother dad father brother sister grandson granddaughter grandmother grandfather "
    "nephew niece cousin partner fiance boyfriend girlfriend friend neighbor kid baby roommate caregiver mama papa"
)
_STREETS = word_set(
    "street st avenue ave road rd lane ln drive dr court ct boulevard blvd way place pl terrace ter circle cir highway "
    "hwy parkway pkwy trail loop square sq apt apartment unit suite ste floor box route"
)
_PLACES = word_set(
    "hospital clinic center centre medical health care home school elementary high college university church county "
    "city town village nursing pharmacy urgent rehab surgery dental pediatrics memorial regional general"
)


class TaggerUnfit(VouchsafeError):
    """The shipped tagger is altered, or was trained for other features."""


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters or digits, a line break or a sign; half-open range of the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tagged:
    """A token's class and how probable it is that it identifies somebody, in [0, 1]."""

    token: Token
    label: str
    probability: float


class Tagging:
    """What the tagger says of one text."""

    def __init__(self, hits: tuple[Hit, ...], tagged: Sequence[Tagged]) -> None:
        self.hits = hits
        self._starts = [one.token.start for one in tagged]
        self._probabilities = [one.probability for one in tagged]

    def probability(self, start: int, end: int) -> float:
        """How probable it is, in [0, 1], that some token in a half-open range identifies somebody."""
        first = max(0, bisect_right(self._starts, start) - 1)
        return max(self._probabilities[first : bisect_left(self._starts, end)], default=0.0)


class Tagger:
    """Loads the model when first asked. Safe to share between threads. Raises: TaggerUnfit."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    @property
    def ref(self) -> str:
        """`tagger@digest` of the model and its threshold."""
        return f"tagger@{_loaded(self._folder).digest[:16]}"

    def hits(self, text: str) -> Iterator[Hit]:
        """Runs of tokens of one class that identify somebody with at least the model's threshold."""
        yield from self.read(text).hits

    def read(self, text: str) -> "Tagging":
        """The hits, and how probable every other token is."""
        tagged = self.tag(text)
        return Tagging(tuple(_runs(text, tagged, _loaded(self._folder).threshold)), tagged)

    def tag(self, text: str) -> list[Tagged]:
        """Every token of the text with its most probable identifying class."""
        loaded = _loaded(self._folder)
        every = tokens(text)
        found: list[Tagged] = []
        for start in range(0, len(every), _MAX_TOKENS):
            piece = every[start : start + _MAX_TOKENS]
            with self._lock:
                loaded.tagger.set(features(piece))
                found += [_judged(loaded, at, one) for at, one in enumerate(piece)]
        return found


@dataclass(frozen=True, slots=True)
class _Loaded:
    tagger: Any  # crfsuite ships no types
    model: bytes
    """Kept because crfsuite reads the model where it stands."""
    labels: tuple[str, ...]
    threshold: float
    digest: str


@cache
def _loaded(folder: Path | None) -> _Loaded:
    from pycrfsuite import Tagger as Crf

    place = folder if folder is not None else resources.files("vouchsafe").joinpath("data/redact")
    about_bytes = place.joinpath("tagger.json").read_bytes()
    model = place.joinpath("tagger.crfsuite").read_bytes()
    about = json.loads(about_bytes)
    if hashlib.sha256(model).hexdigest() != about["model_sha256"]:
        raise TaggerUnfit("data/redact/tagger.crfsuite is not the file that tagger.json names; train the tagger again")
    if about["features"] != FEATURES_VERSION or about["lists"] != lexicon().digest:
        raise TaggerUnfit("the tagger was trained for other features or word lists; train it again")
    crf = Crf()
    crf.open_inmemory(model)
    digest = hashlib.sha256(about_bytes + model).hexdigest()
    return _Loaded(crf, model, tuple(crf.labels()), float(about["threshold"]), digest)


def _judged(loaded: _Loaded, at: int, token: Token) -> Tagged:
    quiet = sum(loaded.tagger.marginal(label, at) for label in NEUTRAL if label in loaded.labels)
    if quiet > 0.97:
        return Tagged(token, "O", 1.0 - quiet)
    shares = {label: loaded.tagger.marginal(label, at) for label in loaded.labels if label not in NEUTRAL}
    return Tagged(token, max(shares, key=lambda label: shares[label]), 1.0 - quiet)


def _runs(text: str, tagged: Sequence[Tagged], threshold: float) -> Iterator[Hit]:
    run: list[Tagged] = []
    for one in [*tagged, None]:
        sure = one is not None and one.probability >= threshold
        if run and not (sure and one is not None and one.label == run[-1].label and _near(text, run[-1], one)):
            yield _hit(run)
            run = []
        if sure and one is not None and one.token.text != "\n":
            run.append(one)


def _near(text: str, before: Tagged, after: Tagged) -> bool:
    """Whether nothing but a space lies between two tokens."""
    return text[before.token.end : after.token.start] in {"", " "}


def _hit(run: Sequence[Tagged]) -> Hit:
    score = round(sum(one.probability for one in run) / len(run), 3)
    label = LABELS[run[0].label]
    return Hit(run[0].token.start, run[-1].token.end, label, Rank.TAGGED, score, f"tagger/{run[0].label.lower()}")


def tokens(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    return [Token(found.group(), *found.span()) for found in _TOKEN.finditer(text)]


def features(every: Sequence[Token]) -> list[list[str]]:
    """The features of each token, as crfsuite takes them."""
    lower = [one.text.lower() for one in every]
    plain = [_plain(word) for word in lower]
    kinds = [_kind(word) for word in lower]
    groups = [_group(word) for word in lower]
    shapes = [_shape(one.text) for one in every]
    no_capitals = not any(one.text[0].isupper() for one in every)
    found: list[list[str]] = []
    key, since = "-", 9
    for at, word in enumerate(lower):
        row = [
            "b",
            f"k={kinds[at]}",
            f"s={shapes[at]}",
            f"ks={kinds[at]}{shapes[at]}",
            f"g={groups[at]}",
            f"key={key}",
            f"key={key}|{kinds[at]}{shapes[at][:1]}",
        ]
        if word.isalpha():
            row += [f"w={word}", f"p3={word[:3]}", f"e2={word[-2:]}", f"e3={word[-3:]}", f"n={min(len(word), 8)}"]
        if no_capitals:
            row.append(f"low={kinds[at]}")
        for step in (-2, -1, 1, 2):
            other = at + step
            if 0 <= other < len(every):
                row += [f"w{step}={plain[other]}", f"k{step}={kinds[other]}{shapes[other]}"]
                row.append(f"g{step}={groups[other]}")
            else:
                row.append(f"w{step}=#")
        before = plain[at - 1] if at else "#"
        after = plain[at + 1] if at + 1 < len(every) else "#"
        before2 = plain[at - 2] if at > 1 else "#"
        row += [
            f"w-1k={before}|{kinds[at]}",
            f"g-1g={groups[at - 1] if at else '#'}|{groups[at]}",
            f"w-1g={before}|{groups[at]}",
            f"gw1={groups[at]}|{after}",
            f"kw1={kinds[at]}|{after}",
            f"w-2-1={before2}|{before}",
            f"w-2-1k={before2}|{before}|{kinds[at][:1]}",
            f"w-1w1={before}|{after}",
            f"kkk={kinds[at - 1] if at else '#'}|{kinds[at]}|{kinds[at + 1] if at + 1 < len(every) else '#'}",
            f"sss={shapes[at - 1] if at else '#'}|{shapes[at]}|{shapes[at + 1] if at + 1 < len(every) else '#'}",
        ]
        found.append(row)
        since += 1
        if word in _KEYS:
            key, since = word, 0
        elif since > 6 or word == "\n":
            key = "-"
    return found


def _group(word: str) -> int:
    """The group of like use; of a word in none, -1."""
    return lexicon().groups.get(unaccented(word), -1)


def _plain(word: str) -> str:
    return "0" * min(len(word), 6) if word.isdigit() else word


def _shape(word: str) -> str:
    if word.isdigit():
        return "0" * min(len(word), 6)
    if not word.isalpha():
        return word if len(word) == 1 else "?"
    if word.islower() or word.lower() == word.upper():
        return "x"
    if word.isupper():
        return "X" if len(word) > 1 else "I"
    return "Xx" if word[0].isupper() and word[1:].islower() else "xX"


def _kind(word: str) -> str:
    """What lists say of a lower-case word: a letter for plain or unknown, then one for each list it stands in."""
    if not word.isalpha():
        return "0" if word.isdigit() else "."
    known = lexicon()
    plain = "p" if word in known.plain or known.is_word(word) else ("m" if word in known.medical else "u")
    marks = (
        ("f", word in known.first_names or word in known.world_first),
        ("l", word in known.surnames or word in known.world_last),
        ("n", word in known.nicknames),
        ("a", word in known.ambiguous),
        ("t", word in known.cities or word in known.place_words),
        ("e", word in known.eponyms),
        ("M", word in _MONTHS),
        ("D", word in _DAYS),
        ("N", word in _NUMBERS),
        ("T", word in _TITLES),
        ("K", word in _KIN),
        ("S", word in _STREETS),
        ("P", word in _PLACES),
    )
    return plain + "".join(mark for mark, holds in marks if holds)
