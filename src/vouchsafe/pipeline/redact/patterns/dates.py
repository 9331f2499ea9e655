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
    r"st\.?\spatrick'?s\sday|good\sfriday|black\sfriday|juneteenth|mlk\sday|yom\skippur|ramadan|diwali|hanukkah|"
    r"chanukah|ash\swednesday|palm\ssunday|maundy\sthursday|passover|rosh\shashanah|purim|"
    r"eid(?:\sal[\s\-]\w{4,5})?|nowruz|"
    r"(?:lunar|chinese)\snew\syear|mardi\sgras|cinco\sde\smayo|boxing\sday|columbus\sday|presidents?'?\sday|"
    r"groundhog\sday|kwanzaa|all\ssaints'?(?:\sday)?|all\ssouls'?\sday|day\sof\sthe\sdead|epiphany|pentecost|"
    r"indigenous\speoples'?\sday|canada\sday|(?:the\s)?(?:4th|fourth)\sof\sjuly|cyber\smonday|super\sbowl\ssunday)"
)
_OPENING = re.compile(r"\b(?:open|opened|closed?|closing|hours|holidays?|availab\w+|abierto|cerrado)\b", re.IGNORECASE)
_SENTENCE_END = ".!?\n"
_AFTER_DAY = (
    r"(?=\s{0,3}(?:[.,;:!?)\"'/&+-]|$|\n)|\s(?:at|and|or|to|for|of\s(?:this|next|last|the\smonth)|but|n|w|i|im|"
    r"it|its|is|"
    r"was|will|wil|if|so|bc|because|when|pm|am|thru|through|til|till|until|in|on|by|with|my|your|his|her|our|"
    r"not|no|cant|"
    r"can|can't|do|does|did|we|you|u|he|she|they|please|pls|plz|the|that|this|which|has|had|have|instead|around|after|"
    r"before|from|get|got|he's|she's|i'm|it's|still|as|would|should|cuz|since|then|again|were|are|r|morning|afternoon|"
    r"evening|between|where|who|how|what|why|up|out|n't|2|4|@)\b)"
)
"""What may follow "the 19th": its sentence goes on, where "the 3rd floor" goes on with a noun."""
_OLD = r"(?:9\d|1[01]\d)"
_NOT_OLD = (
    r"(?![\d/:]|[.,]\d|\s?(?:%|percent|mg|mcg|ml|lbs?|pounds|kg|degrees|bpm|over|f\b|minutes|mins?|hours|days|weeks|"
    r"months|dollars|bucks|units|calories|inches|miles|times|feet|-\s?\d))"
)


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
        rf"(?<![\d.\w]){_WEEKDAY}\d{{1,2}}{_TH}(?:\sday)?[\s\-./]{{1,2}}(?:of\s|"
        rf"de\s)?{MONTH}\b\.?(?:[\s\-./,]{{1,2}}(?:de\s|of\s)?'?(?:\d{{4}}|\d{{2}})(?!\d|:))?",
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
        "day-of-month",
        rf"(?<!on\s)\bthe\s(\d{{1,2}}\s?(?:st|nd|rd|th)){_AFTER_DAY}",
        score=0.75,
        group=1,
        rank=Rank.KEYED,
    ),
    _date(
        "days-of-month",
        r"\b(?:the|on|from|between|vom|am)\s(\d{1,2}(?:st|nd|rd|th|\.)\s?(?:-|to|and|or|through|thru|until|"
        r"bis|und|&)\s?"
        r"(?:the\s)?\d{1,2}(?:(?:st|nd|rd|th)\b|\.(?!\d)))",
        score=0.8,
        group=1,
        rank=Rank.KEYED,
    ),
    _date("year-first", rf"\b(?:19|20)\d{{2}},?\s{MONTH}\.?\s(?:the\s)?\d{{1,2}}{_TH}(?!\d|:)", score=0.95),
    _date("year-first-month", rf"\b(?:19|20)\d{{2}}[\s\-/](?!may\b|march\b){MONTH}\b", score=0.8, rank=Rank.BARE),
    _date("year-hyphen-month", r"(?<![\w\-/.])(?:19|20)\d{2}-(?:0[1-9]|1[0-2])(?![\w\-/])", score=0.7, rank=Rank.SHAPE),
    _date("month-and-year", rf"\b{MONTH}\sof\s(?:19|20)\d{{2}}\b", score=0.9),
    _date("joined-month-day", rf"(?<![a-z]){MONTH}\d{{1,2}}(?![\w%])", score=0.85),
    _date("spaced-year", r"(?<![\d.])\d\.\d\.\d\.\d\s?-\s?[A-Za-z]{3,9}\s?-\s?\d{1,2}(?!\d)", score=0.8),
    _date(
        "three-numbers",
        r"(?<![\d.,/$\-])(?:0?[1-9]|1[0-2])\s(?:0?[1-9]|[12]\d|3[01])\s(?:(?:19|20)\d{2}|[3-9]\d|0\d)"
        r"(?![\d%/:\-]|[.,]\d|\s\d|\s?(?:mg|ml|mcg|units|am|pm|days|weeks)\b)",
        score=0.6,
        rank=Rank.BARE,
    ),
    _date(
        "hyphen",
        r"(?<![\w/.$\-])(?:0?[1-9]|1[0-2])-(?:1[3-9]|2\d|3[01])(?![\w/%\-]|\.\d|\s?(?:years?|yrs?|hours?|hrs?|"
        r"days?|weeks?|"
        r"months?|minutes?|mins?|times|mg|ml|lbs?|people|percent|pounds|visits|sessions|units|miles|dollars)\b)",
        score=0.6,
        rank=Rank.BARE,
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
        r")?:?\s(\d{1,2}[/\-]\d{1,2}|(?<!from\s)(?<!to\s)(?<!by\s)\d{1,2}\.\d{1,2})"
        r"(?![\d/%]|\.\d|\s?(?:of|tablets?|pills?|mg|ml|hours?|"
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
            rf"[Uu]ntil|[Tt]il|[Tt]ill|[Tt]hrough|[Tt]hru|[Bb]ack\sin|[Oo]f|[Ff]rom)[\s\-]){_CAPITAL_MONTH})\b(?![\w'])"
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
        r"(?<![\d.$])(?:9\d|1[0-2]\d)(?:[\s\-]{0,2}(?:years?|yrs?|y)"
        r"(?:[\s\-]{0,2}(?:old|odl|o|young|of\sage)\b|\b(?!\s?(?:ago|from|in|to|with|warranty|since|later)))|"
        r"\s?(?:yo|y/o|y\.o\.)(?!\w))",
        score=0.95,
    ),
    _date(
        "age-over-89-sex",
        r"(?<![\w.$/\-])(?:9\d|1[01]\d)\s?(?:yo|y/o)?\s?(?:[MF]|male|female|woman|man|lady)\b",
        score=0.85,
    ),
    _date(
        "age-over-89-aside",
        r"\b(?i:mother|father|mom|dad|mum|grand\w{2,6}|gran|nana|aunt|uncle|husband|wife|patient|sister|"
        r"brother|neighbor|he|she)"
        r"(?:\s[A-Z]\w{1,15})?,\s(9\d|1[01]\d),",
        score=0.85,
        group=1,
        rank=Rank.KEYED,
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
        "age-over-89-person",
        rf"\b(?:(?:he|she|they|i|who|dad|mom|mum|mother|father|gran\w{{0,5}}|nana|papa|pop|he'?s|she'?s|i'?m|im|"
        rf"who'?s|uncle|"
        rf"aunt|wife|husband|mama)(?:'s)?\s(?:is\s|am\s|was\s|being\s|turns\s|turned\s|just\s|now\s|almost\s|"
        rf"about\s|nearly\s|"
        rf"only\s|at\s){{0,3}}|\b(?:wo)?man\sof\s|\blady\sof\s|\bat\sage\s)({_OLD}){_NOT_OLD}",
        score=0.85,
        group=1,
        rank=Rank.KEYED,
    ),
    _date(
        "age-over-89-words",
        r"\b(?:ninety(?:[\s\-](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one|"
        r"a)\shundred(?:\sand)?(?:\s\w{3,6})?)"
        r"[\s\-](?:years?|yrs?)[\s\-]old\b",
        score=0.9,
    ),
)
