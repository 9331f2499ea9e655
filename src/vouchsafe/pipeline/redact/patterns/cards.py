"""Payment cards and bank accounts by their shape, with or without a valid check digit."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Rank
from vouchsafe.pipeline.redact.patterns.pattern import Pattern

PATTERNS = (
    Pattern(
        "card/number",
        1,
        Label.ACCOUNT,
        Rank.SHAPE,
        0.95,
        re.compile(r"(?<![\w\-.])\d(?:[ \-.]?\d){12,18}(?![\w\-])"),
        needs_digit=True,
    ),
    Pattern(
        "card/part-masked",
        2,
        Label.ACCOUNT,
        Rank.SHAPE,
        0.95,
        re.compile(
            r"(?<![\w*•])(?:[A-Z]{0,2}\d{0,4}[ \-]?)?(?:[xX*•]{2,6}[ \-]?){1,4}[*•]?\d{2,6}(?:[ ]\d{2,4})?(?!\w)"
        ),
        needs_digit=True,
    ),
    Pattern(
        "card/ending",
        2,
        Label.ACCOUNT,
        Rank.KEYED,
        0.95,
        re.compile(
            r"\b(?:ending|ends|end|endin|endng)\s(?:(?:in|with|on|"
            r"w/)\s?)?(?:the\sdigits)?:?\s{0,2}[*x•]{0,6}(\d{2,6})\b|"
            r"\b(?:last|first|middle)\s(?:two|2|three|3|four|4|five|5|six|6)(?:\sdigits)?(?:\s(?:social|ssn|ss|"
            r"card|acct|account|phone|soc)\b)?(?:\s(?:are|is|of\s(?:the\s|my\s|his\s|her\s|"
            r"our\s)?\w{2,10}(?:\snumber)?(?:\sare|"
            r"\sis)?))?\s?:?\s?(\d{2,6})\b",
            re.IGNORECASE,
        ),
        trim=lambda _text, match: match.span(1) if match.group(1) else match.span(2),
        needs_digit=True,
    ),
    Pattern(
        "card/iban",
        1,
        Label.ACCOUNT,
        Rank.SHAPE,
        0.97,
        re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]{4}){2,7}(?:[ \-]?[A-Za-z0-9]{1,3})?\b(?<=[\d\-A-Z])"),
        needs_digit=True,
    ),
    Pattern(
        "card/expiry",
        2,
        Label.DATE,
        Rank.KEYED,
        0.9,
        re.compile(
            r"\b(?:exp(?:iry|ires?|ired|iration)?(?:\sdate)?|valid\s(?:thru|until|to)|discard\safter|use\sby)"
            r"[\s.:]{1,3}(?:is\s|on\s)?(\d{1,2}\s?[/\-]\s?\d{2,4}|\d{4}(?!\d)|\d{6}(?!\d))",
            re.IGNORECASE,
        ),
        group=1,
        needs_digit=True,
    ),
)
