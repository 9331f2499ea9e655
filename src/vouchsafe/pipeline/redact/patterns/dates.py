"""Dates finer than a year, ages over 89 (45 CFR 164.514(b)(2)(i)(C)). Weekdays, clock times and lone years stay."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Rank
from vouchsafe.pipeline.redact.patterns.pattern import Pattern

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary|r)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|"
    r"noviembre|diciembre)"
)
_CAPITAL_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|March|April|May|June|July|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)"
)
_ORDINAL_WORD = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|"
    r"fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|"
    r"twenty[\s\-](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirty[\s\-]first)"
)
_CARDINAL = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|(?:twenty|thirty)(?:[\s\-](?:one|two|three|four|five|six|seven|eight|nine))?)"
)
_YEAR_WORDS = (
    r"(?:(?:nineteen|twenty|two\sthousand)(?:\sand)?(?:[\s\-](?:hundred|oh|o|one|two|"
    r"three|four|five|six|seven|eight|nine|"
    r"ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety)\b){1,3})"
)
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?\s{1,2}(?:the\s)?)?"
_TH = r"(?:\s?(?:st|nd|rd|th))?"
_YEAR = rf"(?:,?\s{{0,2}}(?:of\s)?(?:'?\d{{2}}(?!\d)(?!\s?(?:am|pm|:))|(?:18|19|20)\d{{2}}|{_YEAR_WORDS}))?"
_HOLIDAY = (
    r"(?:thanksgiving|christmas(?:\seve|\sday)?|x-?mas|new\syear'?s?(?:\seve|\sday)?|"
    r"easter(?:\ssunday|\smonday)?|halloween|"
    r"labor\sday|memorial\sday|independence\sday|valentine'?s?\sday|mother'?s\sday|father'?s\sday|veterans\sday|"
    r"st\.?\spatrick'?s\sday|good\sfriday|black\sfriday|juneteenth|mlk\sday|yom\skippur|ramadan|diwali|hanukkah)"
)
_OPENING = re.compile(r"\b(?:open|opened|closed?|closing|hours|holidays?|availab\w+|abierto|cerrado)\b", re.IGNORECASE)
_SENTENCE_END = ".!?\n"


def _holiday_of_a_person(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A holiday, unless its sentence asks for opening hours, where it belongs to nobody."""
    start = max(text.rfind(mark, max(0, match.start() - 200), match.start()) for mark in _SENTENCE_END) + 1
    ends = [at for mark in _SENTENCE_END if (at := text.find(mark, match.end(), match.end() + 200)) >= 0]
    sentence = text[start : min(ends, default=match.end() + 200)]
    return None if _OPENING.search(sentence) else match.span()


def _date(name: str, expression: str, *, score: float, group: int = 0, rank: Rank = Rank.SHAPE) -> Pattern:
    regex = re.compile(expression, re.IGNORECASE)
    return Pattern(f"date/{name}", 1, Label.DATE, rank, score, regex, group=group)


PATTERNS = (
    _date(
        "birth-keyed",
        r"\b(?:d\.?o\.?b\.?|birth\s?-?date|date\sof\sbirth|born(?:\son)?|birth\s?day|bday|b-day|fecha\sde\snacimiento)"
        r"(?:[\s:=(.\-]|\b(?:is|was|on|the)\b){1,6}"
        rf"((?=[\w\s/.,'\-]{{0,24}}\d)(?:{MONTH}\.?[\s,]{{1,2}}\d{{1,2}}(?:,?\s\d{{2,4}})?|"
        rf"\d[\d/.,\-]{{0,11}}(?:\s[\d/.\-]{{1,4}}){{0,2}}))",
        score=0.98,
        group=1,
        rank=Rank.KEYED,
    ),
    _date(
        "month-day",
        rf"\b{_WEEKDAY}\b{MONTH}\.?[\s,\-]{{1,2}}(?:the\s)?\d{{1,2}}(?!\d|:|\s?(?:am|pm)\b){_TH}{_YEAR}",
        score=0.97,
    ),
    _date(
        "day-month",
        rf"(?<![\d.\w]){_WEEKDAY}\d{{1,2}}{_TH}[\s\-./]{{1,2}}(?:of\s|"
        rf"de\s)?{MONTH}\b\.?(?:[\s\-./,]{{1,2}}(?:de\s|of\s)?'?\d{{2,4}}(?!\d|:))?",
        score=0.97,
    ),
    _date("month-year", rf"\b{MONTH}\.?,?[\s\-/](?:of\s|de\s)?'?(?:(?:19|20)\d{{2}}|'\d{{2}})\b", score=0.95),
    _date(
        "month-day-range",
        rf"\b{MONTH}\.?\s\d{{1,2}}{_TH}\s?(?:-|to|through|until|and|or|/)"
        rf"\s?\d{{1,2}}{_TH}(?!\d|:|\s?(?:am|pm)\b){_YEAR}",
        score=0.95,
    ),
    _date("month-day-words", rf"\b{MONTH}\s(?:the\s)?(?:{_ORDINAL_WORD}|{_CARDINAL})\b{_YEAR}", score=0.9),
    _date("day-month-words", rf"\b(?:{_ORDINAL_WORD}|{_CARDINAL})\s(?:of\s)?{MONTH}\b{_YEAR}", score=0.9),
    _date("quarter", r"\bQ[1-4][\s\-/,]{1,2}(?:19|20)\d{2}\b", score=0.85),
    _date("iso", r"(?<!\d)(?:18|19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)", score=0.98),
    _date("numeric", r"(?<![\d/])\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?(?:\d{4}|\d{2})(?![\d/]|[-.]\d)", score=0.95),
    _date("month-slash-year", r"(?<![\d/.])(?:0?[1-9]|1[0-2])[/\-](?:19|20)\d{2}(?![\d/])", score=0.9),
    _date(
        "day-keyed",
        rf"\b(?:on|by|until|since|from|before|after|for|till|to|through)"
        rf"\sthe\s(\d{{1,2}}\s?(?:st|nd|rd|th)|{_ORDINAL_WORD})(?=\s*(?:[.,;!?)]|$|\bat\b|"
        rf"\band\b|\bor\b|\bto\b|\bfor\b|\bof\sthis\b|\bof\snext\b|\bof\slast\b|\bbut\b))",
        score=0.8,
        group=1,
        rank=Rank.KEYED,
    ),
    _date(
        "weekday-day",
        r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)"
        r"(?:day)?,?\s(?:the\s)?(\d{1,2}\s?(?:st|nd|rd|th))\b",
        score=0.9,
        group=1,
        rank=Rank.KEYED,
    ),
    _date(
        "day-weekday-slash",
        r"\b(?:on|by|until|since|from|before|after|dated?|due|appointment|appt|visit|surgery|"
        r"seen|scheduled|dos|admitted|discharged)(?:\s(?:on|for|of|is|was|date|to)"
        r")?:?\s(\d{1,2}[/\-.]\d{1,2})(?![\d/%]|\.\d|\s?(?:of|tablets?|pills?|mg|ml|hours?|"
        r"days?|times)\b)",
        score=0.85,
        group=1,
        rank=Rank.KEYED,
    ),
    _date(
        "slash", r"(?<![\d/.$])(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])(?![\d/%]|\.\d)", score=0.6, rank=Rank.BARE
    ),
    _date(
        "slash-day-first",
        r"(?<![\d/.$])(?:1[3-9]|2\d|3[01])/(?:0?[1-9]|1[0-2])(?![\d/%]|\.\d)",
        score=0.6,
        rank=Rank.BARE,
    ),
    Pattern(
        "date/month",
        1,
        Label.DATE,
        Rank.MODEL,
        0.7,
        re.compile(
            rf"\b(?:[Ii]n\s|[Ss]ince\s|[Bb]y\s|[Uu]ntil\s|[Dd]uring\s|[Ff]rom\s|[Oo]f\s|[Bb]efore\s|[Aa]fter\s)?"
            rf"((?:(?:[Ll]ast|[Nn]ext|[Tt]his|[Ee]arly|[Mm]id|[Ll]ate|[Ii]n|[Ss]ince|[Bb]y|"
            rf"[Uu]ntil|[Oo]f|[Ff]rom)[\s\-]){_CAPITAL_MONTH})\b(?![\w'])"
        ),
        group=1,
    ),
    Pattern(
        "date/holiday",
        1,
        Label.DATE,
        Rank.MODEL,
        0.7,
        re.compile(rf"\b{_HOLIDAY}(?:\s(?:19|20)\d{{2}})?\b", re.IGNORECASE),
        trim=_holiday_of_a_person,
    ),
    _date(
        "age-over-89",
        r"(?<![\d.$])(?:9\d|1[0-2]\d)(?:[\s\-]{0,2}(?:years?|yrs?|y)[\s\-]{0,2}(?:old|o)\b|\s?(?:yo|y/o|y\.o\.)(?!\w))",
        score=0.95,
    ),
    _date(
        "age-over-89-keyed",
        r"\b(?:age|aged|turns?|turned|turning)(?:\s(?:is|of)|:)?\s(9\d|1[0-2]\d)(?!\d|"
        r"[.,/]\d|\s?(?:mg|ml|%|days|months|weeks))",
        score=0.9,
        group=1,
        rank=Rank.KEYED,
    ),
    _date(
        "age-over-89-words",
        r"\b(?:ninety(?:[\s\-](?:one|two|three|four|five|six|seven|eight|nine))?|one\shundred(?:\sand)?(?:\s\w{3,6})?)"
        r"[\s\-](?:years?|yrs?)[\s\-]old\b",
        score=0.9,
    ),
)
