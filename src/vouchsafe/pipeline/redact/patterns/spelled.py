"""Numbers and names as they are dictated: digit words, spelled letters."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Rank
from vouchsafe.pipeline.redact.patterns.pattern import Pattern

_DIGIT = (
    r"(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|cero|uno|dos|tres|cuatro|"
    r"cinco|seis|siete|ocho|nueve|\d)"
)
_SPOKEN = rf"(?:(?:double|triple)\s)?{_DIGIT}"
_PAUSE = r"(?:[\s,.\-]{1,3}(?:dash|hyphen|space|dot|point|slash|and|then|uh|um|area\scode)?[\s,.\-]{0,3})"
_AS_IN = r"(?:,?\s(?:as\sin|for|like|is\sfor)\s\w{2,12})"

PATTERNS = (
    Pattern(
        "spelled/digits",
        2,
        Label.PHONE,
        Rank.SHAPE,
        0.85,
        re.compile(rf"\b{_SPOKEN}(?:{_PAUSE}{_SPOKEN}){{4,40}}\b", re.IGNORECASE),
        trim=lambda _text, match: match.span() if re.search(r"[a-z]{2}", match.group(), re.IGNORECASE) else None,
    ),
    Pattern(
        "spelled/as-in",
        1,
        Label.NAME,
        Rank.SHAPE,
        0.9,
        re.compile(
            r"\b[A-Z],?\s(?:as\sin|for|like|is\sfor)\s\w{2,12}(?:[\s,.]{1,3}[A-Z],?\s(?:as\sin|"
            r"for|like|is\sfor)\s\w{2,12})+",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        "spelled/letters",
        2,
        Label.NAME,
        Rank.SHAPE,
        0.85,
        re.compile(
            rf"(?<![\w.])(?:double\s)?[A-Za-z]{_AS_IN}?"
            rf"(?:[\-. ,]{{1,2}}(?:(?:space|dash|hyphen|double|capital|then)\s)?"
            rf"[A-Za-z]{_AS_IN}?){{3,30}}(?![\w'])"
        ),
        trim=lambda _text, match: (
            match.span() if not re.fullmatch(r"(?:[A-Za-z]\.){2,}[A-Za-z]?", match.group()) else None
        ),
    ),
)
