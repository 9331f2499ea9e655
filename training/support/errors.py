"""Sentences with one error of a known kind, made by rule from sentences that are right.

What is right comes from two hands: sentences of the pages themselves, and paraphrases written by people
(`paraphrases.jsonl`), each also turned by rule (a phrase moved to the front, other words for a few). The lists here are
this file's own and are not those of the check. Every case that is made must be unsupported.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vouchsafe.domain.sentences import sentences
from vouchsafe.domain.words import words


@dataclass(frozen=True, slots=True)
class Case:
    """A wrong sentence, what it should say, and the texts it claims to rest on."""

    kind: str
    text: str
    right: str
    sources: tuple[str, ...]


Change = Callable[[str, random.Random], str | None]
_SWAPS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "swaps.yaml").read_text(encoding="utf-8"))


def _swapped(kind: str) -> Change:
    """A change that replaces one occurrence of one side of a pair of `swaps.yaml` by the other side."""
    row = _SWAPS[kind]
    pairs = [tuple(pair.split(" | ")) for pair in row["pairs"]]
    every = [*pairs, *((b, a) for a, b in pairs)] if row["both_ways"] else pairs

    def change(text: str, rng: random.Random) -> str | None:
        found = [
            (match, new)
            for old, new in every
            for match in re.finditer(rf"(?<![\w-]){re.escape(old)}(?![\w-])", text, re.IGNORECASE)
        ]
        if not found:
            return None
        match, new = rng.choice(found)
        written: str = new[:1].upper() + new[1:] if match.group()[:1].isupper() else new
        return text[: match.start()] + written + text[match.end() :]

    return change


def _number(text: str, rng: random.Random) -> str | None:
    found = list(re.finditer(r"(?<![\w./:-])\d{1,4}(?:\.\d+)?(?![\w/:-]|\.\d)", text))
    if not found:
        return None
    match = rng.choice(found)
    value = float(match.group())
    new = rng.choice([v for v in (value + 1, value - 1, value * 2, value + 10, value * 10) if v > 0 and v != value])
    return text[: match.start()] + f"{new:g}" + text[match.end() :]


_WRITTEN = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "twelve",
    "fifteen",
    "twenty",
    "thirty",
]


def _written(text: str, rng: random.Random) -> str | None:
    found = list(re.finditer(r"\b(?:" + "|".join(_WRITTEN[1:]) + r")\b", text, re.IGNORECASE))
    if not found:
        return None
    match = rng.choice(found)
    new = rng.choice([w for w in _WRITTEN[1:] if w != match.group().lower()])
    return text[: match.start()] + new + text[match.end() :]


def _to_written(text: str, rng: random.Random) -> str | None:
    """Another number, and as a word: "within 3 days" becomes "within five days"."""
    found = list(re.finditer(r"(?<![\w./:$-])(?:[2-9]|10|12|15|20|30)(?= \w)(?! [ap]\.m\.)(?![\w/:-]|\.\d)", text))
    if not found:
        return None
    match = rng.choice(found)
    names = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten",
             12: "twelve", 15: "fifteen", 20: "twenty", 30: "thirty"}  # fmt: skip
    new = rng.choice([w for n, w in names.items() if n != int(match.group())])
    return text[: match.start()] + new + text[match.end() :]


def _clock(text: str, rng: random.Random) -> str | None:
    found = list(re.finditer(r"\b(\d{1,2}):(\d\d)(?!\d)", text))
    if not found:
        return None
    match = rng.choice(found)
    hour, minute = int(match[1]), int(match[2])
    others = [(hour % 12 + 1, minute), (hour, (minute + 30) % 60)]
    # "20:00 p.m." and "8:00 p.m." would be the same.
    if not re.match(r"\s?[ap]\.?\s?m", text[match.end() :]):
        others.append(((hour + 12) % 24, minute))
    new_hour, new_minute = rng.choice(others)
    return f"{text[: match.start()]}{new_hour}:{new_minute:02d}{text[match.end() :]}"


def _digits(text: str, rng: random.Random) -> str | None:
    """One digit of a telephone number."""
    found = [m for m in re.finditer(r"\d(?=\D*$|[\d-]*\b)", text) if re.search(r"\d{3}-\d{4}", text)]
    phone = re.search(r"\d{3}-\d{4}", text)
    if not found or not phone:
        return None
    place = rng.randrange(phone.start(), phone.end())
    if not text[place].isdigit():
        place += 1
    return text[:place] + str((int(text[place]) + rng.randrange(1, 9)) % 10) + text[place + 1 :]


def _address(text: str, rng: random.Random) -> str | None:
    match = re.search(r"https?://([\w.-]+)(/[\w/-]+)?", text)
    if not match:
        return None
    if match[2] and rng.random() < 0.5:
        return text[: match.start(2)] + rng.choice(["/refund", "/help", "/staff", "/reset2"]) + text[match.end(2) :]
    return text[: match.start(1)] + match[1].replace(".", "-", 1) + text[match.end(1) :]


_AUX = r"\b(can|is|are|was|were|will|may|must|should|has to|have to|does|do|puede|pueden|es|está|son|están)\b"


def _denied(text: str, rng: random.Random) -> str | None:
    found = [m for m in re.finditer(_AUX, text) if not re.match(r"\s*(?:not|n't|never)", text[m.end() :])]
    if not found:
        return None
    match = rng.choice(found)
    if match[1] in ("puede", "pueden", "es", "está", "son", "están"):
        return text[: match.start()] + "no " + text[match.start() :]
    new = {"can": "cannot", "has to": "does not have to", "have to": "do not have to"}.get(match[1], f"{match[1]} not")
    return text[: match.start()] + new + text[match.end() :]


def _affirmed(text: str, rng: random.Random) -> str | None:
    options = [
        (r"\bcannot\b", "can"),
        (r"\bcan't\b", "can"),
        (r"\b(is|are|was|were|will|may|must|should|does|do) not ", r"\1 "),
        (r"\b(is|are|do|does)n't ", r"\1 "),
        (r"\bnever\b", "always"),
        (r"\bNo (\w+) (is|are)\b", r"A \1 \2"),
        (r"\bno (\w+) (is|are)\b", r"a \1 \2"),
        (r"\bwithout\b", "with"),
        (r"\b[Nn]obody\b", "Everybody"),
        (r"\bnunca\b", "siempre"),
        (r"\bNunca\b", "Siempre"),
        (r"\bno (puede|pueden|es|se|cuesta|cuestan)\b", r"\1"),
    ]
    fitting = [(old, new) for old, new in options if re.search(old, text)]
    if not fitting:
        return None
    old, new = rng.choice(fitting)
    return re.sub(old, new, text, count=1)


def _limit_dropped(text: str, rng: random.Random) -> str | None:
    """Without its "except ...", "unless ...", "only ..." or "if ..."."""
    options = [
        r",? (?:except|unless|(?:if|when)(?! you do it)|only if|as long as|salvo|excepto|si) [^,.;]{8,}(?=[.;,])",
        r"^(?:Except|Unless|If|When|Excepto|Salvo|Si) [^,.;]{6,}, ",
        r"\bonly ",
        r"\b(?:solo|Solo) ",
        r" only(?=[.,])",
        r"\bat (?:least|most) ",
        r"\bup to ",
        r"\bal menos |\bcomo máximo ",
    ]
    fitting = [old for old in options if re.search(old, text)]
    if not fitting:
        return None
    short = re.sub(rng.choice(fitting), "", text, count=1).strip()
    said = words(short)
    # "That counts as ..." says of nothing named what was limited before; no check of one sentence can tell.
    return short[:1].upper() + short[1:] if len(said) >= 3 and said[0] not in _PRONOUNS else None


def _limit_added(text: str, rng: random.Random) -> str | None:
    added: str = rng.choice(_SWAPS["limit added"])
    return f"{text.rstrip('.')} {added}."


def _opinion(text: str, rng: random.Random) -> str | None:
    added: str = rng.choice(_SWAPS["opinion"])
    return f"{text.rstrip('.')}, {added}."


def _exchanged(text: str, rng: random.Random) -> str | None:
    """Two numbers or two times of the sentence in each other's place."""
    for pattern in (
        r"\b\d{1,2}:\d\d\b",
        r"\$\d+(?:\.\d+)?",
        r"(?<![\w./:$-])\d{1,3}(?![\w/:-]|\.\d)",
        rf"\b(?:{_DAYS})s?\b",
    ):
        found = list(re.finditer(pattern, text))
        if len({m.group() for m in found}) < 2:
            continue
        one, other = rng.sample(found, 2)
        if one.start() > other.start():
            one, other = other, one
        if one.group() == other.group() or re.fullmatch(r",? (?:and|or|y|o) |, ", text[one.end() : other.start()]):
            continue
        return text[: one.start()] + other.group() + text[one.end() : other.start()] + one.group() + text[other.end() :]
    return None


_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_CHANGES: dict[str, Change] = {
    "number": _number,
    "written number": _written,
    "number written out": _to_written,
    "clock": _clock,
    "am and pm": _swapped("am and pm"),
    "unit": _swapped("unit"),
    "weekday or month": _swapped("weekday or month"),
    "telephone number": _digits,
    "address": _address,
    "denied": _denied,
    "affirmed": _affirmed,
    "prefix": _swapped("prefix"),
    "must and may": _swapped("must and may"),
    "scope": _swapped("scope"),
    "bound": _swapped("bound"),
    "opposite": _swapped("opposite"),
    "way": _swapped("way"),
    "who": _swapped("who"),
    "thing": _swapped("thing"),
    "name": _swapped("name"),
    "limit dropped": _limit_dropped,
    "limit added": _limit_added,
    "opinion": _opinion,
    "exchanged": _exchanged,
}
KINDS = (*_CHANGES, "other document", "two sources", "word of another page")


def made_from(right: Sequence[tuple[str, tuple[str, ...]]], seed: int, most: int) -> Iterator[Case]:
    """Wrong sentences, at most `most` of a kind; `right` are sentences with the texts that they rest on.

    What one of the texts says as it stands is left out, and so is what another right sentence says: there a change made
    another truth.
    """
    rng = random.Random(seed)
    truths = {_flat(text) for text, _ in right} | {_flat(text) for text in _ALSO_TRUE}
    for kind, change in _CHANGES.items():
        yield from _cases(kind, _of_change(change, right, rng), truths, rng, most)
    yield from _cases("other document", _others(right, rng), truths, rng, most)
    yield from _cases("two sources", _joined(right, rng), truths, rng, most)
    yield from _cases("word of another page", _foreign_words(right, rng), truths, rng, most)


_Made = tuple[str, str, tuple[str, ...]]


def _cases(kind: str, made: Iterator[_Made], truths: set[str], rng: random.Random, most: int) -> Iterator[Case]:
    found = {}
    for wrong, text, sources in made:
        told = _flat(" ".join(sources))
        if _flat(wrong) != _flat(text) and _flat(wrong) not in truths and _flat(wrong).rstrip(".") not in told:
            found[wrong] = Case(kind, wrong, text, sources)
    every = list(found.values())
    yield from every if len(every) <= most else rng.sample(every, most)


def _of_change(change: Change, right: Sequence[tuple[str, tuple[str, ...]]], rng: random.Random) -> Iterator[_Made]:
    for text, sources in right:
        for turned in {text, _fronted(text), _reworded(text, rng)}:
            for _ in range(2):
                wrong = change(turned, rng)
                if wrong:
                    yield wrong, text, sources


def _others(right: Sequence[tuple[str, tuple[str, ...]]], rng: random.Random) -> Iterator[_Made]:
    for text, sources in right:
        other, others = rng.choice(right)
        if others != sources:
            yield other, text, sources


def _joined(right: Sequence[tuple[str, tuple[str, ...]]], rng: random.Random) -> Iterator[_Made]:
    """What one sentence speaks of, with what another says: both sources are cited."""
    verb = re.compile(r" (?=(?:is|are|can|may|must|has|have|costs?|takes?|opens?|closes?|works?|lasts?) )")
    able = [(verb.split(text, maxsplit=1), sources) for text, sources in right if verb.search(text)]
    for parts, sources in able:
        others, other_sources = rng.choice(able)
        subject = words(parts[0])
        if others[0] != parts[0] and len(subject) <= 8 and not _PRONOUNS & set(subject):
            yield f"{parts[0]} {others[1]}", " ".join(parts), (*sources, *other_sources)


_ALSO_TRUE = ("The Northgate clinic is closed on Sundays.", "On Sundays, the Northgate clinic is closed.")
"""What some change makes of one sentence, and another sentence of the same page says."""
_PRONOUNS = {"you", "we", "it", "they", "he", "she", "this", "that", "there", "usted", "which", "who", "when", "if"}


def _foreign_words(right: Sequence[tuple[str, tuple[str, ...]]], rng: random.Random) -> Iterator[_Made]:
    """One longer word replaced by a longer word of another page that the own page does not have."""
    longer = [sorted({w for w in words(" ".join(sources)) if len(w) > 4 and w.isalpha()}) for _, sources in right]
    for number, (text, sources) in enumerate(right):
        own = set(words(" ".join(sources)))
        new = [
            w
            for w in longer[rng.randrange(len(longer))]
            if w not in own and w not in _EMPTY and not any(w[:4] == o[:4] for o in own)
        ]
        old = list(re.finditer(r"\b[a-z]{5,}\b", text))
        if new and old and number >= 0:
            place = rng.choice(old)
            yield text[: place.start()] + rng.choice(new) + text[place.end() :], text, sources


def _fronted(text: str) -> str:
    """The sentence with its last prepositional phrase first, where it has one that can be moved."""
    match = re.search(
        r"^(?P<rest>.{12,}?) "
        r"(?P<phrase>(?:within|on|at|from|in|after|before|during|for|en|de|durante) [^,;:]{4,50})\.$",
        text,
    )
    if not match or "," in match["rest"]:
        return text
    rest, phrase = match["rest"], match["phrase"]
    first = rest.split()[0]
    start = rest if first.isupper() or not first.istitle() or first in _KEEP else rest[0].lower() + rest[1:]
    return f"{phrase[0].upper()}{phrase[1:]}, {start}."


_EMPTY = {
    "which",
    "where",
    "there",
    "these",
    "those",
    "their",
    "about",
    "would",
    "could",
    "being",
    "other",
    "whether",
    "your",
    "unless",
    "please",
    "while",
    "guest",
    "pueden",
    "puede",
}
_KEEP = {"Northgate", "Linden", "Dune", "Harbor", "Bus", "I"}
_OTHER_WORDS = tuple(tuple(pair.split(" | ")) for pair in _SWAPS["other words"]["pairs"])


def _reworded(text: str, rng: random.Random) -> str:
    """The sentence with up to two words said in another way."""
    fitting = [(old, new) for old, new in _OTHER_WORDS if old in text]
    for old, new in rng.sample(fitting, min(2, len(fitting))):
        text = text.replace(old, new, 1)
    return text


def _flat(text: str) -> str:
    return " ".join(words(text))


def of_pages(pages: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The sentences of pages, each with its page as the source. Headings and questions state nothing."""
    found = []
    for page in pages:
        for line in page.splitlines():
            if not line.startswith("#"):
                found += [(one.removeprefix("- "), (page,)) for one in sentences(line) if len(words(one)) >= 5]
    return [(text, sources) for text, sources in found if not text.endswith(("?", ":"))]
