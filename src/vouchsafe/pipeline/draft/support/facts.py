"""Numbers, amounts, times, dates, telephone numbers and addresses, written in one way so that they can be compared.

"$5", "5 dollars" and "five dollars" are one fact; so are "16:30" and "4:30 p.m.", or "24 hours" and "one day".
"""

import re
from collections.abc import Callable
from typing import NamedTuple

MARK = "§"
"""Stands around a fact in rewritten text: `§money:500§`."""

_ONES = [
    "zero",
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
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_UNO = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciseis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
]
_DIEZ = {"treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90}
_WORDS = (
    {word: number for number, word in enumerate(_ONES)}
    | {word: 20 + 10 * number for number, word in enumerate(_TENS)}
    | {word: number for number, word in enumerate(_UNO)}
    | _DIEZ
    | {"cien": 100, "dozen": 12, "docena": 12}
)
_MONTHS = {
    word: number
    for row in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, word in enumerate(row.split(), 1)
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_UNIT = (
    r"seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|"
    r"segundos?|minutos?|horas?|dias?|semanas?|meses|mes|anos?"
)
_MINUTES = {"min": 1, "hou": 60, "hrs": 60, "hr": 60, "hor": 60, "day": 1440, "dia": 1440, "wee": 10080, "sem": 10080}
_MONTHS_IN = {"mon": 1, "mes": 1, "yea": 12, "ano": 12}
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_CURRENCY = {"$": "usd", "€": "eur", "£": "gbp"}


class Fact(NamedTuple):
    """One fact: its kind and its value in that kind's unit."""

    kind: str
    value: str


def fact_of(token: str) -> Fact | None:
    """The fact that a token of rewritten text stands for; None for a word."""
    if not token.startswith(MARK):
        return None
    kind, _, value = token.strip(MARK).partition(":")
    return Fact(kind, value)


def rewritten(text: str) -> str:
    """Folded text with each fact replaced by its mark; what is written after it stays as it was."""
    text = _numerals(text)
    for pattern, write in _RULES:
        text = pattern.sub(_outside_marks(write), text)
    return text


def _outside_marks(write: "Callable[[re.Match[str]], str]") -> "Callable[[re.Match[str]], str]":
    """Leaves alone what an earlier rule has written: a match that begins inside a mark is given back unchanged."""

    def replaced(found: re.Match[str]) -> str:
        before = found.string[: found.start()].count(MARK)
        return found.group() if before % 2 else write(found)

    return replaced


def _mark(kind: str, value: object) -> str:
    return f" {MARK}{kind}:{value}{MARK} "


def _plain(number: str) -> str:
    value = float(number.replace(",", ""))
    return str(int(value)) if value == int(value) else repr(value)


_WORD = "|".join(sorted(_WORDS.keys() - {"one", "uno", "once"}, key=len, reverse=True))
_COMPOUND = re.compile(rf"\b({'|'.join(_TENS)})[\s-]({'|'.join(_ONES[1:10])})\b")
_Y = re.compile(rf"\b({'|'.join(_DIEZ)}) y ({'|'.join(_UNO[1:10])})\b")
_HUNDRED = re.compile(rf"\b(?:(a|one|{_WORD}|\d+) )hundred(?: and)?\b")
_SINGLE = re.compile(rf"(?<![\w$§:/.-])({_WORD})\b(?!\s*§)")
_ONE = re.compile(
    rf"\b(?:one|una?|uno)(?=[\s-](?:full |working |business |single )?(?:{_UNIT}|dollars?|cents?|percent)\b)"
)
_HALF = re.compile(r"\b(?:half an hour|half-hour|half hour|media hora)\b")


def _numerals(text: str) -> str:
    """Written-out numbers as digits. "One" stays a word unless a unit follows: it mostly is no number."""
    text = _HALF.sub("30 minutes", text)
    text = _COMPOUND.sub(lambda m: str(_WORDS[m[1]] + _WORDS[m[2]]), text)
    text = _Y.sub(lambda m: str(_WORDS[m[1]] + _WORDS[m[2]]), text)
    text = _HUNDRED.sub(lambda m: str(100 * _times(m[1])), text)
    text = _SINGLE.sub(lambda m: str(_WORDS[m[1]]), text)
    return _ONE.sub("1", text)


def _times(word: str) -> int:
    if word.isdigit():
        return int(word)
    return 1 if word in ("a", "one") else _WORDS[word]


def _url(found: re.Match[str]) -> str:
    text = found.group().rstrip(".,;:!?)\"'")
    rest = found.group()[len(text) :]
    plain = re.sub(r"^(?:https?://)?(?:www\.)?", "", text).rstrip("/")
    return _mark("url", plain) + rest


def _telephone(found: re.Match[str]) -> str:
    return _mark("tel", re.sub(r"\D", "", found.group())[-10:])


def _iso(found: re.Match[str]) -> str:
    return _mark("date", f"{int(found[2])}-{int(found[3])}-{found[1]}")


def _slashed(found: re.Match[str]) -> str:
    return _mark("date", f"{int(found[1])}-{int(found[2])}" + (f"-{found[3]}" if found[3] else ""))


def _dated(found: re.Match[str]) -> str:
    groups = found.groupdict()
    year = f"-{groups['year']}" if groups.get("year") else ""
    return _mark("date", f"{_MONTHS[groups['month']]}-{int(groups['day'])}{year}")


def _clock(found: re.Match[str]) -> str:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = (found["half"] or "").replace(".", "").replace(" ", "")
    late = half.startswith("p") or half in ("intheafternoon", "intheevening", "delatarde", "delanoche")
    if half and hour == 12:
        hour = 12 if late else 0
    elif late and hour < 12:
        hour += 12
    return _mark("time", f"{hour}:{minute:02d}")


def _money(found: re.Match[str]) -> str:
    sign = found["sign"] or found["after"]
    cents = round(float(found["amount"].replace(",", "")) * 100)
    if sign.startswith("cent"):
        cents //= 100
    kind = _CURRENCY.get(sign, "eur" if sign.startswith("eur") else "usd")
    return _mark("money", f"{cents}{kind}")


def _percent(found: re.Match[str]) -> str:
    return _mark("percent", _plain(found[1]))


def _range(found: re.Match[str]) -> str:
    return f"{found[1]} {found[4]}{found[5]} {found[2]} {found[3]} {found[4]}{found[5]}"


def _duration(found: re.Match[str]) -> str:
    number, unit = float(found["number"].replace(",", "")), found["unit"][:3]
    working = found["working"] or found["habil"]
    if working and unit in ("day", "dia"):
        return _mark("workday", _plain(found["number"]))
    if unit in _MONTHS_IN:
        return _mark("months", f"{number * _MONTHS_IN[unit]:g}")
    if unit in ("sec", "seg"):
        return _mark("seconds", f"{number:g}")
    return _mark("minutes", f"{number * _MINUTES[unit]:g}")


def _code(found: re.Match[str]) -> str:
    return _mark("code", found.group())


def _big(found: re.Match[str]) -> str:
    times = {"t": 1_000, "m": 1_000_000, "b": 1_000_000_000}[found[2][0]]
    return _mark("number", f"{float(found[1].replace(',', '')) * times:.0f}")


def _count(found: re.Match[str]) -> str:
    return _mark("number", _plain(found.group()))


_HALF_OF_DAY = (
    r"(?:\s?(?P<half>a\.?\s?m\b\.?|p\.?\s?m\b\.?|in the (?:morning|afternoon|evening)|de la (?:manana|tarde|noche)))"
)
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(
        r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w-]+(?:\.[\w-]+)*\.(?:example"
        r"|com|org|gov|net|edu|health)\b(?:/\S*)?"
    ), _url),
    (re.compile(r"\[[a-z][a-z_]*_\d+\]"), lambda m: _mark("token", m.group().strip("[]"))),
    (re.compile(r"(?<![\w.])(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]\d{4}\b"), _telephone),
    (re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b"), _iso),
    (re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\b"), _slashed),
    (re.compile(
        rf"\b(?P<month>{_MONTH})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s(?P<year>"
        rf"(?:19|20)\d\d)\b)?"
    ), _dated),
    (re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s|de\s)?(?P<month>{_MONTH})\b(?:,?\s"
        rf"(?:de[l]?\s)?(?P<year>(?:19|20)\d\d)\b)?"
    ), _dated),
    (re.compile(rf"\b(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?:{_HALF_OF_DAY})?"), _clock),
    (re.compile(rf"\b(?P<hour>\d{{1,2}})(?:\.(?P<minute>\d{{2}}))?{_HALF_OF_DAY}"), _clock),
    (re.compile(r"\b(?P<hour>\d{1,2})(?P<minute>)(?P<half>)\s?o'?clock\b"), _clock),
    (re.compile(r"\b(?:noon|mediodia)\b"), lambda _: _mark("time", "12:00")),
    (re.compile(r"\b(?:midnight|medianoche)\b"), lambda _: _mark("time", "0:00")),
    (re.compile(rf"(?P<sign>[$€£])\s?(?P<amount>{_NUMBER})(?P<after>)"), _money),
    (re.compile(
        rf"\b(?P<sign>)(?P<amount>{_NUMBER})\s(?P<after>dollars?|usd|euros?|cents?|dolares|dolar"
        rf"|centavos?)\b"
    ), _money),
    (re.compile(rf"\b({_NUMBER})\s?(?:%|percent\b|per cent\b|por ciento\b)"), _percent),
    (re.compile(
        rf"\b({_NUMBER})\s?(to|or|and|a|o|y|-)\s?({_NUMBER})[\s-]((?:working "
        rf"|business )?)({_UNIT})\b"
    ), _range),
    (re.compile(
        rf"\b(?P<number>{_NUMBER})[\s-](?:full |whole |single |calendar )?(?P<working>working "
        rf"|business )?(?P<unit>{_UNIT})\b(?:\s(?P<habil>habil(?:es)?|laborables?))?"
    ), _duration),
    (re.compile(rf"\b({_NUMBER})\s(thousand|million|billion|millones|mil)\b"), _big),
    (re.compile(r"\b[a-z]+-?\d[\w-]*|\b\d+[a-z]\w*|\b\d+(?:-\d+)+\b"), _code),
    (re.compile(_NUMBER), _count),
)  # fmt: skip
