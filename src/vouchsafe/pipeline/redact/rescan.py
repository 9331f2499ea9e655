"""The second scan: other code and other detectors, over text that is already redacted. Any hit blocks the call.

A fuse, not a proof: it caught 8 % of the messages that still leaked and stopped 1 % of the clean ones
(notes/redaction.md, section 2). It shares no code and no list with the first scan, so that one bug blinds only one.
"""

from collections.abc import Iterator, Sequence

from vouchsafe.domain.identifier import IdentifierSpan, KnownContact, Label
from vouchsafe.domain.text import SafeText, Span

_SEPARATORS = frozenset(" .-/()\t,_:+#")
_LONGEST_GAP = 3
_LONG_RUN = 7
"""Digits: the shortest phone number, and longer than any dose, price or year."""
_SHORTEST_KNOWN = 5
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "jr", "sr"})


def rescan(text: SafeText, known: Sequence[KnownContact] = ()) -> tuple[IdentifierSpan, ...]:
    """Identifiers that are still in a redacted text; empty lets the call go on.

    Fails closed: where the scan itself fails the whole text is one hit.
    """
    try:
        return tuple(_scan(text.value, known))
    except Exception:  # noqa: BLE001 - fail closed: a scan that could not finish found everything
        return (IdentifierSpan(Span(0, len(text.value)), Label.OTHER, 1.0, "rescan/failed"),)


def _scan(text: str, known: Sequence[KnownContact]) -> Iterator[IdentifierSpan]:
    bare = _without_tokens(text)
    runs = list(_digit_runs(bare))
    for start, end, digits in runs:
        if len(digits) >= _LONG_RUN and not _is_years(bare[start:end]):
            yield _hit(start, end, Label.UNIQUE_ID, "rescan/digits")
    yield from _known_numbers(runs, known)
    for start, end in _words(bare):
        yield from _word(bare[start:end], start, end)
    yield from _known_words(bare, known)


def _without_tokens(text: str) -> str:
    """The text with spaces in the place of tokens, same length. A scanner, unlike the first scan's pattern."""
    out, at = list(text), 0
    while (start := text.find("[", at)) >= 0:
        end = text.find("]", start, start + 40)
        name, _, number = text[start + 1 : end].rpartition("_") if end > 0 else ("", "", "")
        if number.isdigit() and name in Label.__members__:
            out[start : end + 1] = " \n" + " " * (end - start - 1)
            at = end
        at = max(at, start + 1)
    return "".join(out)


def _digit_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Runs of digits with at most three separators between two of them."""
    digits: list[int] = []
    for at, one in enumerate(text):
        if one.isdigit():
            if digits and (at - digits[-1] > _LONGEST_GAP + 1 or not set(text[digits[-1] + 1 : at]) <= _SEPARATORS):
                yield digits[0], digits[-1] + 1, "".join(text[place] for place in digits)
                digits = []
            digits.append(at)
    if digits:
        yield digits[0], digits[-1] + 1, "".join(text[place] for place in digits)


def _is_years(run: str) -> bool:
    """Whether a run is years or amounts only ("2019, 2020", "1,200,000")."""
    pieces = run.replace(",", " ").replace("-", " ").replace("/", " ").split()
    years = all(len(one) == 4 and one[:2] in {"19", "20"} for one in pieces)
    grouped = run.replace(",", "").isdigit() and all(len(one) == 3 for one in run.split(",")[1:]) and "," in run
    return years or grouped


def _known_numbers(runs: Sequence[tuple[int, int, str]], known: Sequence[KnownContact]) -> Iterator[IdentifierSpan]:
    numbers = {
        "".join(filter(str.isdigit, value))[-10:] for one in known for value in (*one.phones, *one.ids, *one.dates)
    }
    for start, end, digits in runs:
        if any(len(number) >= _SHORTEST_KNOWN and number in digits for number in numbers):
            yield _hit(start, end, Label.UNIQUE_ID, "rescan/known")


def _words(text: str) -> Iterator[tuple[int, int]]:
    start = -1
    for at, one in enumerate(text + " "):
        if one.isspace():
            if start >= 0:
                yield start, at
            start = -1
        elif start < 0:
            start = at


def _word(word: str, start: int, end: int) -> Iterator[IdentifierSpan]:
    at = word.find("@")
    if 0 < at < len(word) - 1 and word[at - 1].isalnum() and word[at + 1].isalnum():
        yield _hit(start, end, Label.EMAIL, "rescan/address")
    letters = sum(one.isalpha() for one in word)
    digits = sum(one.isdigit() for one in word)
    if letters >= 1 and digits >= 5:
        yield _hit(start, end, Label.UNIQUE_ID, "rescan/mixed")


def _known_words(text: str, known: Sequence[KnownContact]) -> Iterator[IdentifierSpan]:
    """Full names and addresses of the record, letter for letter; first names alone would stop too much."""
    lower = text.lower()
    for one in known:
        for value, label in (*((n, Label.NAME) for n in one.names), *((m, Label.EMAIL) for m in one.emails)):
            words = [word for word in value.lower().split() if word.strip(".") not in _TITLES]
            wanted = " ".join(words)
            place = lower.find(wanted) if len(words) > 1 or label is Label.EMAIL else -1
            if wanted and place >= 0:
                yield _hit(place, place + len(wanted), label, "rescan/known")


def _hit(start: int, end: int, label: Label, by: str) -> IdentifierSpan:
    return IdentifierSpan(Span(start, end), label, 1.0, by)
