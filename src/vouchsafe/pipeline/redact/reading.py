"""A second reading of a text: dictated, spaced out, disguised and misspelt pieces as they would be written plainly.

"five five five oh one double four" reads 5550144, "R as in Robert, four one" reads R41, "mary (at) example dot org"
reads mary@example.org, "Septmeber 3rd" reads september 3rd. Patterns run over this reading as well as over the text
itself, and what they find is masked where it stands; a reading never takes anything away.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
from vouchsafe.pipeline.redact.misspelling import KEY_WORDS, key_word


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as read. Character `i` stands for the range `starts[i]`..`ends[i]` of the text it was read from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The range of the source that a non-empty range of the reading stands for."""
        return self.starts[start], self.ends[end - 1]


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


class _Kind(Enum):
    DIGIT = "a digit as a word"
    TEEN = "ten to nineteen as a word"
    TENS = "twenty to ninety as a word"
    POWER = "hundred, thousand"
    ORDINAL = "first to thirtieth as a word"
    LETTER = "a single letter, or a word that stands for one"
    NUMBER = "digits"
    MIXED = "digits and words for digits in one"
    TIMES = "double, triple"
    SIGN = "a sign as a word"
    PAUSE = "a sound between two digits"


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    kind: _Kind
    value: str


def _numbered(kind: _Kind, words: str, *, start: int = 0, step: int = 1) -> dict[str, tuple[_Kind, str]]:
    """Each word to what it says: the first to `start`, each following one to `step` more."""
    return {word: (kind, str(start + at * step)) for at, word in enumerate(words.split())}


def _lettered(words: str) -> dict[str, tuple[_Kind, str]]:
    """Each word to its first letter."""
    return {word: (_Kind.LETTER, word[0]) for word in words.split()}


_SAID = {
    **_numbered(_Kind.DIGIT, "zero one two three four five six seven eight nine"),
    **_numbered(_Kind.DIGIT, "cero uno dos tres cuatro cinco seis siete ocho nueve"),
    **_numbered(_Kind.DIGIT, "oh nought", step=0),
    **_numbered(_Kind.DIGIT, "niner", start=9),
    **_numbered(
        _Kind.TEEN,
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        start=10,
    ),
    **_numbered(_Kind.TENS, "twenty thirty forty fifty sixty seventy eighty ninety", start=20, step=10),
    **_numbered(_Kind.POWER, "hundred thousand", start=100, step=900),
    **_numbered(
        _Kind.ORDINAL,
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
        start=1,
    ),
    **_numbered(_Kind.ORDINAL, "thirtieth", start=30),
    **_numbered(_Kind.TIMES, "double triple quadruple", start=2),
    # Source: the spelling alphabet of ICAO, with the usual variants.
    **_lettered(
        "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar "
        "papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
    ),
}
"""Words of numbers and codes, each with its kind and what plain writing has for it."""
_SIGNS = {
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "dot": ".",
    "d0t": ".",
    "point": ".",
    "slash": "/",
    "underscore": "_",
    "colon": ":",
    "space": "",
    "then": " ",
}
_PAUSES = frozenset({"uh", "um", "er", "erm", "ah", "hmm", "capital", "uppercase", "lowercase", "letter"})
_LOOKS_LIKE = str.maketrans("OoQlI|S", "0001115")
_MONTHS = word_set(
    "january february march april may june july august september october november december jan feb mar apr jun jul "
    "aug sep sept oct nov dec"
)

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_AS_IN = re.compile(
    r"(?<![^\W_'])(?P<letter>[A-Za-z]),?[ ](?:(?:as[ ]in|is[ ]for)[ ](?P<any>[A-Za-z]{2,12})|"
    r"(?:for|like|is)[ ](?P<same>[A-Za-z]{2,12}))(?![^\W_])"
)
_JOINT = re.compile(r"[ \t]{0,2}[,\-_/.:&()+*?]{0,2}[ \t]{0,2}[()]?")
_ENDS_SENTENCE = re.compile(r"[.?][ \t]")
"""At the start of what stands between two words; a full stop with a space on both sides is a sign."""
_MIXED = re.compile(
    r"(?=[a-z]{0,6}\d|\d{1,12}[a-z])(?:\d|zero|one|two|three|four|five|six|seven|eight|nine){2,24}"
    r"|(?:(?:zero|one|two|three|four|five|six|seven|eight|nine)){2,24}",
    re.IGNORECASE,
)
_DIGIT_WORD = re.compile(r"zero|one|two|three|four|five|six|seven|eight|nine", re.IGNORECASE)
_DISGUISED_DIGITS = re.compile(r"(?=[OoQlIS|]{0,8}\d)[0-9OoQlIS|]{2,20}|[Oo]{1,3}", re.ASCII)
_SAID_AT = re.compile(
    r"(?<=[\w)])[,]?[ \t]{0,2}(?:[(\[{<](?:at|a|@)[)\]}>]|(?<=[ \t,])at\b|[*\-_.]at[*\-_.]|@)[ \t]{0,2}"
    r"(?=[\w\-]{1,40}(?:[ ][\w\-]{1,20})?[ \t]{0,2}"
    r"(?:[.](?:[ \t]{0,2}(?:com|net|org|edu|gov|example|us|uk|io)\b|[a-z]{2,12}\b)|"
    r"[(\[{<*_\-.]?(?<![^\W_])(?:dot|d0t|punto)(?![^\W_])[)\]}>]?|[(\[{<][.][)\]}>]))|"
    r"(?-i:(?<=[a-z0-9])AT(?=[a-z0-9]{2,30}DOT[a-z]))",
    re.IGNORECASE,
)
_SAID_DOT = re.compile(
    r"(?<=[\w)])[ \t]{0,2}(?:[(\[{<](?:dot|d0t|\.)[)\]}>]|[*\-_.](?:dot|d0t)[*\-_.]|"
    r"\b(?:dot|d0t)\b|(?<=[ \t])[.](?=[ \t])|(?-i:(?<=[a-z0-9])DOT(?=[a-z]{2,6}\b)))[ \t]{0,2}(?=\w)",
    re.IGNORECASE,
)
_SPACED_SIGN = re.compile(r"(?<=[\dxX*])[ \t]{1,2}([:/.\-])[ \t]{1,2}(?=[\dxX*OolI])|(?<=[0-9a-f])[ ]:[ ](?=[0-9a-f])")
_ASIDE = re.compile(
    r"[ ,]{1,2}(?:all[ ])?(?:one[ ]word|lower[ ]?case|small[ ]letters|together|no[ ]spaces)(?=,?[ ]at\b)", re.IGNORECASE
)
"""What is said about an address while it is dictated."""
_ODD_SIGN = re.compile(r"(?<=\d)[*~|_](?=\d)")
"""A sign that nobody writes in a number, put there to hide it."""
_LEET = re.compile(
    r"(?<![\w@!$])(?=[a-z]{0,12}[0134578@!$][a-z@!$\d]{0,12}[a-z])[a-z@$][a-z@!$0134578]{2,14}(?![\w@!$])",
    re.IGNORECASE,
)
_LEET_LETTERS = str.maketrans("0134578@!$", "oleastbais")
_HIDDEN_SCHEME = re.compile(r"\bhxxp(?=s?://)", re.IGNORECASE)
_SHORTEST_REPAIR = 4


def read(text: str) -> Reading | None:
    """The text as read; None where that is the text itself."""
    edits = _apart([*_spoken(text), *_signs(text), *_slips(text)])
    return _applied(text, edits) if edits else None


def _apart(edits: list[_Edit]) -> list[_Edit]:
    """The edits in order, without those that begin inside an earlier one."""
    kept: list[_Edit] = []
    for edit in sorted(edits, key=lambda one: (one.start, -one.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def _applied(text: str, edits: Sequence[_Edit]) -> Reading:
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for edit in [*edits, _Edit(len(text), len(text), "")]:
        pieces.append(text[at : edit.start])
        starts += range(at, edit.start)
        ends += range(at + 1, edit.start + 1)
        pieces.append(edit.text)
        starts += [edit.start] * len(edit.text)
        ends += [edit.end] * len(edit.text)
        at = edit.end
    return Reading("".join(pieces), tuple(starts), tuple(ends))


def _signs(text: str) -> Iterator[_Edit]:
    """Signs of addresses that are written as words, in brackets or with spaces around them."""
    for expression, sign in ((_SAID_AT, "@"), (_SAID_DOT, "."), (_HIDDEN_SCHEME, "http")):
        for match in expression.finditer(text):
            if match.group() != sign:
                yield _Edit(*match.span(), sign)
    for match in _ASIDE.finditer(text):
        yield _Edit(*match.span(), "")
    for match in _ODD_SIGN.finditer(text):
        yield _Edit(*match.span(), "-")
    for match in _LEET.finditer(text):
        plain = match.group().lower().translate(_LEET_LETTERS)
        if plain in KEY_WORDS:
            yield _Edit(*match.span(), plain)
    for match in _SPACED_SIGN.finditer(text):
        yield _Edit(*match.span(), match.group().strip())


def _slips(text: str) -> Iterator[_Edit]:
    """Misspelt key words, and letters in the place of digits."""
    for word in _TOKEN.finditer(text):
        found = word.group()
        if found.isalpha():
            meant = key_word(found.lower()) if len(found) >= _SHORTEST_REPAIR else None
            if meant is not None:
                yield _Edit(*word.span(), meant.capitalize() if found[0].isupper() else meant)
        elif _DISGUISED_DIGITS.fullmatch(found) and not found.isdigit():
            yield _Edit(*word.span(), found.translate(_LOOKS_LIKE))


def _spoken(text: str) -> Iterator[_Edit]:
    """Numbers and codes that are said word by word, or written with spaces between all characters."""
    for run in _runs(text):
        trimmed = _trimmed(run)
        if _is_spoken(trimmed):
            yield from _written(text, trimmed)


def _runs(text: str) -> Iterator[list[_Unit]]:
    """Units that follow each other with nothing but a pause or a sign between them."""
    said = {match.start(): match for match in _AS_IN.finditer(text) if _stands_for_a_letter(match)}
    run: list[_Unit] = []
    end = 0
    for token in _TOKEN.finditer(text):
        if token.start() < end:
            continue
        match = said.get(token.start())
        unit = _Unit(*match.span(), _Kind.LETTER, match["letter"]) if match else _unit(token, run)
        if run and (unit is None or not _joins(text[run[-1].end : token.start()])):
            yield run
            run = []
        if unit is not None:
            run.append(unit)
            end = unit.end
    if run:
        yield run


def _stands_for_a_letter(match: re.Match[str]) -> bool:
    if match["any"]:
        return True
    return match["same"][0].lower() == match["letter"].lower()


def _joins(gap: str) -> bool:
    return _JOINT.fullmatch(gap) is not None and _ENDS_SENTENCE.match(gap) is None


def _unit(token: re.Match[str], before: list[_Unit]) -> _Unit | None:
    """What a token says, if it can be part of a number or code. `before` are the units of the run so far."""
    word, lower = token.group(), token.group().lower()
    said = _SAID.get(lower)
    if said is None and word.isdecimal():
        said = _Kind.NUMBER, word
    if said is None and before:
        said = _between(lower, before[-1])
    if said is None and lower in _PAUSES and (before or len(lower) > 4):
        said = _Kind.PAUSE, ""
    if said is None and len(word) == 1:
        said = _Kind.LETTER, word
    if said is None and _MIXED.fullmatch(word):
        said = _Kind.MIXED, _DIGIT_WORD.sub(lambda one: _SAID[one.group().lower()][1], word)
    return _Unit(*token.span(), *said) if said else None


def _between(word: str, last: _Unit) -> tuple[_Kind, str] | None:
    """What a word says only after another unit: a sign, "and" after "hundred", two letters O after a digit."""
    if word in _SIGNS:
        return _Kind.SIGN, _SIGNS[word]
    if word == "and" and last.kind is _Kind.POWER:
        return _Kind.PAUSE, ""
    if word in {"oo", "ooo"} and last.value.isdecimal():
        return _Kind.MIXED, "0" * len(word)
    return None


_JOINING = frozenset({_Kind.SIGN, _Kind.PAUSE})


def _trimmed(run: list[_Unit]) -> list[_Unit]:
    """A run without what only belongs to the sentence around it: signs at its ends, "a" and "I" as words."""
    start, end = 0, len(run)
    while start < end and (
        run[start].kind in _JOINING
        or (run[start].value in {"a", "i", "I", "A"} and not _is_letter(run, start + 1, end))
        or (run[start].kind is _Kind.DIGIT and run[start].value == "0" and start + 1 == end)
    ):
        start += 1
    while end > start and (
        run[end - 1].kind in _JOINING
        or run[end - 1].kind is _Kind.TIMES
        or (run[end - 1].value in {"a", "i", "I", "A"} and not _is_letter(run, end - 2, end))
    ):
        end -= 1
    return run[start:end]


def _is_letter(run: list[_Unit], at: int, end: int) -> bool:
    return 0 <= at < end and run[at].kind is _Kind.LETTER


def _is_spoken(run: list[_Unit]) -> bool:
    """Whether a run says something that plain writing would put differently."""
    if not run:
        return False
    if len(run) == 1:
        only = run[0]
        if only.kind is _Kind.ORDINAL:
            return int(only.value) > 2
        return only.kind in {_Kind.TEEN, _Kind.TENS, _Kind.MIXED} or (
            only.kind is _Kind.DIGIT and only.value not in {"0", "1"}
        )
    if any(one.kind not in {_Kind.NUMBER, _Kind.LETTER, *_JOINING} for one in run):
        return True
    if any(one.kind is _Kind.SIGN for one in run) and sum(one.kind is _Kind.NUMBER for one in run) > 1:
        return True
    singles = sum(one.kind is _Kind.LETTER or len(one.value) == 1 for one in run)
    return singles >= 3 or any(one.end - one.start > 1 and one.kind is _Kind.LETTER for one in run)


@dataclass(slots=True)
class _Chunk:
    """Neighbouring units that make one number ("twenty" "one"), or one unit."""

    start: int
    end: int
    text: str
    kind: _Kind


def _written(text: str, run: list[_Unit]) -> Iterator[_Edit]:
    """The edits that write a run plainly: one a chunk, one for what stands between two."""
    chunks = _chunks(text, _with_zeros(run))
    signs = [one for one in run if one.kind is _Kind.SIGN]
    gaps = {text[one.end : two.start] for one, two in pairwise(chunks)}
    spaced_out = len(gaps) == 1 and len(chunks) > 3 and max(len(one.text) for one in chunks) == 1
    after_month = _word_before(text, run[0].start) in _MONTHS
    for at, chunk in enumerate(chunks):
        if text[chunk.start : chunk.end] != chunk.text:
            yield _Edit(chunk.start, chunk.end, chunk.text)
        if at + 1 == len(chunks):
            break
        following = chunks[at + 1]
        day = after_month and at == 0 and _below(chunk.text, 32) and int(chunk.text) > 0
        joint = " " if day else _joint(text, signs, chunk, following)
        if spaced_out and joint == "-":
            # One sign between all characters tells nothing: "7 - K - X - 2".
            joint = ""
        if joint != text[chunk.end : following.start]:
            yield _Edit(chunk.end, following.start, joint)


def _with_zeros(run: list[_Unit]) -> list[_Unit]:
    """The run with the letter O read as zero where it stands between digits, or at an end beside one."""
    read: list[_Unit] = []
    for at, unit in enumerate(run):
        beside = [one for one in run[max(0, at - 1) : at + 2] if one is not unit and one.kind not in _JOINING]
        zero = unit.value in {"o", "O"} and unit.end - unit.start == 1
        is_zero = zero and beside and all(one.value.isdecimal() or one.value in {"o", "O"} for one in beside)
        read.append(replace(unit, kind=_Kind.DIGIT, value="0") if is_zero else unit)
    return read


def _chunks(text: str, run: list[_Unit]) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    times = 1
    power: int | None = None
    begins = 0
    for at, unit in enumerate(run):
        if unit.kind in _JOINING:
            continue
        if unit.kind is _Kind.TIMES:
            times, begins = int(unit.value), unit.start
            continue
        last = chunks[-1] if chunks else None
        plain = last is not None and not any(
            one.kind is _Kind.SIGN and last.end <= one.start < unit.start for one in run[max(0, at - 3) : at]
        )
        if last is not None and plain and unit.kind is _Kind.POWER and _below(last.text, 100):
            last.end, last.text, power = unit.end, str(int(last.text) * int(unit.value)), int(unit.value)
            continue
        if last is not None and plain and power is not None and _adds(unit, power):
            last.end, last.text = unit.end, str(int(last.text) + int(unit.value))
            power = 10 if unit.kind is _Kind.TENS else None
            continue
        if last is not None and plain and last.kind is _Kind.TENS and _follows_tens(text, last, unit):
            number = int(last.text) + int(unit.value)
            last.end, last.kind = unit.end, unit.kind
            last.text = _ordinal(number) if unit.kind is _Kind.ORDINAL else str(number)
            continue
        power = None
        value = _ordinal(int(unit.value)) if unit.kind is _Kind.ORDINAL else unit.value * times
        chunks.append(_Chunk(begins if times > 1 else unit.start, unit.end, value, unit.kind))
        times = 1
    return chunks


def _below(digits: str, limit: int) -> bool:
    """Whether a text is a number below `limit`, which has few digits. Python refuses to read thousands of them."""
    return digits.isdigit() and len(digits) < 9 and int(digits) < limit


def _adds(unit: _Unit, power: int) -> bool:
    """Whether a number continues "two thousand" or "three hundred"."""
    return unit.kind in {_Kind.DIGIT, _Kind.TEEN, _Kind.TENS} and 0 < int(unit.value) < power


def _follows_tens(text: str, tens: _Chunk, unit: _Unit) -> bool:
    """Whether "twenty" and this are one number: "twenty one", "twenty-first"."""
    if len(tens.text) != 2 or text[tens.end : unit.start].strip(" \t") not in {"", "-"}:
        return False
    return unit.kind in {_Kind.DIGIT, _Kind.ORDINAL} and 0 < int(unit.value) < 10


def _joint(text: str, signs: Sequence[_Unit], left: _Chunk, right: _Chunk) -> str:
    """What plain writing puts between two chunks; `signs` are those of the whole run, in order."""
    first, last = (bisect_left(signs, place, key=lambda one: one.start) for place in (left.end, right.start))
    if first < last:
        return "".join(one.value for one in signs[first:last])
    gap = text[left.end : right.start]
    if _Kind.ORDINAL in {left.kind, right.kind}:
        return " "
    if any(one.kind is _Kind.NUMBER and len(one.text) > 1 for one in (left, right)):
        return gap.strip(" \t,&()")[:1] or " "
    sign = gap.strip(" \t")
    if sign in {"/", ".", ":", "-"} and (sign != "-" or gap != "-"):
        return sign
    return ""


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _word_before(text: str, at: int) -> str:
    found = re.search(r"([^\W_]+)[.,]?[ \t]{1,2}(?:the[ ])?$", text[max(0, at - 24) : at])
    word = found.group(1).lower() if found else ""
    return key_word(word) or word if word and not lexicon().is_word(word) else word
