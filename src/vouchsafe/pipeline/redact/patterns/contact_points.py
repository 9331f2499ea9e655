"""E-mail addresses, phone and fax numbers, handles."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import EXTENSION, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
from vouchsafe.pipeline.redact.patterns.pattern import Pattern

_AT = r"\s?(?:\(at\)|\[at\]|\{at\}|<at>|\bat\b|@)\s?"
_DOT = r"\s?(?:\(dot\)|\[dot\]|\{dot\}|\bdot\b)\s?"
_PHONE_KEY = (
    r"(?:phone|tel|telephone|cell|mobile|landline|call(?: me| us| him| her| them| back)?|text(?: me| us)?|whatsapp|sms|"
    r"reach(?:ed|able)?(?: me| us| him| her)?|ring(?: me)?|contact|pager|voicemail|hotline|ph|mob|callback)"
)
_FILLER = (
    r"(?:[\s:=#(.\-]|\b(?:number|numbers|no|num|nr|is|was|on|at|under|via|me|us|home|"
    r"work|cell|direct|new|the|my|his|her)\b){1,10}"
)

_LEAD_WORDS = word_set("it's its is email e-mail address to at uh um my the her his our me or and that's with i")


_NAMES_A_FILE = re.compile(rf"\.(?!zip$){EXTENSION}$", re.IGNORECASE)
"""Not "zip", where addresses end too."""


def _not_a_file(_text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """An address, unless its end is that of a file: "look at bloodwork.png", "wheezing_at_night.mov"."""
    return None if _NAMES_A_FILE.search(match.group()) else match.span()


def _with_a_host(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """What stands around an "@", unless it is one short word with a sign for a letter: "sm@ll", "b!rthd@y"."""
    found = match.group()
    if "." not in found and found.replace("@", "a").isalpha() and lexicon().is_word(found.replace("@", "a").lower()):
        return None
    return _not_a_file(text, match)


def _from_unexplained(match: re.Match[str]) -> tuple[int, int]:
    """An address from its first word that is no part of the sentence before it."""
    start, end = match.span(1) if match.group(1) else match.span(2)
    for word in re.finditer(r"\S+", match.group(0)[start - match.start() :]):
        if word.group().lower().strip("(),") not in _LEAD_WORDS:
            return start + word.start(), end
    return start, end


PATTERNS = (
    Pattern(
        "contact/email",
        2,
        Label.EMAIL,
        Rank.SHAPE,
        0.99,
        # No knowledge of top-level domains: a mistyped one still identifies.
        re.compile(
            r"(?<![^\s<>()\[\]{},;:\"'@|=])[^\s<>()\[\]{},;:\"'@|=]{1,1000}@[^\s<>()\[\]{},;:\"'@|=]{1,255}"
            # A comma struck for a full stop: "mary@post,com".
            r"(?:,(?:com|net|org|edu|gov|example|co|us|uk|de|mx|ca|info|io)\b)?"
        ),
        trim=_with_a_host,
    ),
    Pattern(
        "contact/email-spelled",
        1,
        Label.EMAIL,
        Rank.SHAPE,
        0.9,
        re.compile(
            rf"(?<![\w+\-])[\w+\-]{{1,40}}(?:(?:{_DOT}|\.|\s?underscore\s?|\s?dash\s?)[\w+\-]{{1,40}}){{0,3}}{_AT}"
            rf"[\w\-]{{1,40}}(?:(?:{_DOT}|\.)[a-z]{{2,12}}){{1,3}}\b",
            re.IGNORECASE,
        ),
        trim=_not_a_file,
    ),
    Pattern(
        "contact/email-said",
        1,
        Label.EMAIL,
        Rank.SHAPE,
        0.85,
        # Dictated in several words: "it's big bird 62 at yodel mail dot example".
        re.compile(
            r"\b(?:it's|its|is|e-?mail|address|to|at)[\s:]{1,2}((?:\(?[\w.\-]{1,20}\)?\s){1,4}?\(?[\w.+\-]{1,40}\)?@"
            r"(?:[\w\-]{1,30}\s)?[\w\-]{1,40}(?:\.[a-z]{2,12}){1,3}\b)|"
            r"(?<![\w@])([\w.+\-]{1,40}@[\w\-]{1,30}\s[\w\-]{1,40}\.[a-z]{2,12})\b",
            re.IGNORECASE,
        ),
        trim=lambda _text, match: _from_unexplained(match),
    ),
    Pattern(
        "contact/email-known-host",
        1,
        Label.EMAIL,
        Rank.SHAPE,
        0.85,
        re.compile(
            r"\b[\w.+\-]{2,40}\s(?:(?:at|@)\s?|(?=\w{3,12}\s?\.\s?com\b))(?:ymail|gmail|yahoo|hotmail|outlook|"
            r"icloud|aol|protonmail|msn|comcast)"
            r"(?:\s?(?:dot|\.)?\s?(?:com|net|org))?\b",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        "contact/handle",
        1,
        Label.UNIQUE_ID,
        Rank.SHAPE,
        0.8,
        re.compile(r"(?<![\w.@])@[A-Za-z][\w.]{2,30}"),
    ),
    Pattern(
        "contact/fax-keyed",
        1,
        Label.FAX,
        Rank.KEYED,
        0.97,
        re.compile(
            rf"\b(?:fax|facsimile)(?:ed)?(?:\s(?:it|this|them|that|me|"
            rf"us))?(?:\s?to)?\b{_FILLER}(\+?[\d(][\d\s().\-/]{{3,22}}\d)",
            re.IGNORECASE,
        ),
        group=1,
        needs_digit=True,
    ),
    Pattern(
        "contact/phone-keyed",
        1,
        Label.PHONE,
        Rank.KEYED,
        0.97,
        re.compile(
            rf"\b{_PHONE_KEY}\b{_FILLER}(\+?\(?\d(?:[\d().\-/]|[ \t](?=[\d(\-])){{3,22}}\d"
            r"(?:,?\s?(?:ext|extension|x)\.?\s?\d{1,6})?)",
            re.IGNORECASE,
        ),
        group=1,
        needs_digit=True,
    ),
    Pattern(
        "contact/phone-international",
        1,
        Label.PHONE,
        Rank.SHAPE,
        0.97,
        re.compile(r"\+\s?\d(?:[ \t().\-/]{0,3}\d){5,15}(?:,?\s?(?:ext|extension|x)\.?\s?\d{1,6})?", re.IGNORECASE),
        needs_digit=True,
    ),
    Pattern(
        "contact/phone-national",
        2,
        Label.PHONE,
        Rank.SHAPE,
        0.95,
        re.compile(
            r"(?<![\w.])(?:(?:00)?1[ .\-/]{0,2})?(?:[(\[]\d{2,5}[)\]][ .\-/]{0,2}|\d{3}[ .\-/]{1,3})"
            r"\d{3}[ .\-/]{0,3}\d{4}(?!\d)"
            r"(?:,?\s?(?:ext|extension|x)\.?\s?\d{1,6})?",
            re.IGNORECASE,
        ),
        needs_digit=True,
    ),
    Pattern(
        "contact/phone-plain",
        1,
        Label.PHONE,
        Rank.SHAPE,
        0.8,
        re.compile(r"(?<![\w.\-#])1?[2-9]\d{9}(?![\w\-])"),
        needs_digit=True,
    ),
    Pattern(
        "contact/phone-local",
        1,
        Label.PHONE,
        Rank.SHAPE,
        0.9,
        re.compile(
            r"(?<![\w$€£.,/\-])\d{3}[-. ]\d{4}(?![\w/]|[-.,]\d)(?:,?\s?(?:ext|extension|x)\.?\s?\d{1,6})?",
            re.IGNORECASE,
        ),
        needs_digit=True,
    ),
    Pattern(
        "contact/phone-inside",
        1,
        Label.PHONE,
        Rank.KEYED,
        0.8,
        # A number within the house: "try 4-2217".
        re.compile(
            r"\b(?:try|dial|ring|page|call|x|reach\s(?:me|us)(?:\sat|\son)?|desk(?:\sphone)?|at|"
            r"pager)\s(\d-\d{4})(?![\w\-/])|"
            r"\b(?:pager|beeper|vocera|desk\sphone|spectralink)(?:\s(?:is|number|no\.?|#|id|at|"
            r"on)){0,2}[\s:#]{1,2}(\d{3,6})(?![\w%\-/])",
            re.IGNORECASE,
        ),
        trim=lambda _text, match: match.span(1) if match.group(1) else match.span(2),
        needs_digit=True,
    ),
    Pattern(
        "contact/extension",
        1,
        Label.PHONE,
        Rank.KEYED,
        0.8,
        re.compile(r"\b(?:ext|extension)(?:\.|\snumber|\sno\.?|\sis|:|#|\s){1,3}#?\s?(\d{2,6})\b", re.IGNORECASE),
        group=1,
        needs_digit=True,
    ),
)
