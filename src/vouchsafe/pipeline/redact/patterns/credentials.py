"""Passwords, codes and keys: not among the 18 identifiers, but never for a model, an index or a log."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import EXTENSION, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
from vouchsafe.pipeline.redact.patterns.pattern import Pattern, Trim

_KEY = (
    r"(?:pass\s?-?words?|pass(?=\s?[=:]|\sis\s)|passwd|pswd|psw|p/w|(?:wi-?fi|network|wpa2?)\s(?:key|pass|pw|"
    r"code)|token(?=\s?[=:])|secret(?=\s?[=:])|pwd|pw|pass\s?-?code|pass\s?-?phrase|pass\s?-?key|"
    r"pin(?:\s(?:code|number|no))?|otp|"
    r"one[\s\-]time\s(?:code|password|passcode)|(?:verification|security|access|confirmation|auth(?:entication)?|login|"
    r"recovery|backup|activation|2fa|mfa|sms|door|gate|unlock)\scodes?|cvv2?|cvc|api[\s_\-]?key|secret(?:[\s_\-]?key)?|"
    r"access[\s_\-]?(?:key|token)|private\skey|(?:host|recovery|product|licen[sc]e|meeting)\s(?:key|code|pin)|"
    r"participant\s(?:code|pin)|bearer|auth[\s_\-]?token|"
    r"temp(?:orary)?\s(?:password|pw)|contraseña|clave|"
    r"(?:security|secret)\s(?:answer|word|question\sanswer)|maiden\sname)"
)
_FILE = re.compile(rf"\.{EXTENSION}$", re.IGNORECASE)
_STATE = word_set(
    "not incorrect wrong expired expiring reset required needed invalid correct the a "
    "an being been still locked too no "
    "working about going very good bad strong weak blank empty unknown forgotten lost "
    "gone missing changed old new same "
    "my your our his her their on in for with that what to so just only now never always already different set sent "
    "accepted rejected denied case stored shared compromised secure safe unable and or but if when it this unique "
    "somewhere outdated also longer out up"
)


def _secret(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The word after "password is", unless it says how the password fares."""
    start, end = match.span("value")
    # Quotes and the sentence around a password are not part of it; other signs may be. A line break that a calendar or
    # a log writes as backslash and n ends it.
    broken = text.find("\\n", start, end)
    end = broken if broken > start else end
    end = start + len(text[start:end].rstrip("'\",;.)’"))
    word = text[start:end].strip(".,!?'\"").lower()
    joint = match.group("joint").strip().lower()
    if joint[-1:] in {":", "=", ">"}:
        return start, end
    telling = not word.isalpha() or (word not in _STATE and not word.endswith(("ed", "ing")))
    if joint in {"is", "was", "were", "are", "'s"} or joint.endswith(" is"):
        return (start, end) if telling else None
    # "password to X", "password Summer2024": only what does not read as a word.
    reads_as_word = word.isalpha() and (lexicon().is_word(word) or word in _STATE)
    return None if reads_as_word else (start, end)


_AFTER_FILE = re.compile(rf"[\w\-().]{{0,40}}\.{EXTENSION}(?!\w)", re.IGNORECASE)
_PIECE = re.compile(r"[A-Za-z]+|\d+")


def _not_a_file(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """What looks like chance, unless it is, or begins, the name of a file, or is mostly words."""
    if _FILE.search(match.group()) or _AFTER_FILE.match(text, match.end()):
        return None
    pieces, known = _PIECE.findall(match.group()), lexicon()
    plain = sum(len(one) for one in pieces if len(one) > 3 and known.is_word(one.lower()))
    return None if 2 * plain > sum(len(one) for one in pieces) and len(pieces) > 3 else match.span()


def _code(
    name: str, expression: str, *, score: float = 0.97, group: int = 0, flags: int = 0, trim: Trim | None = None
) -> Pattern:
    regex = re.compile(expression, flags)
    return Pattern(f"credential/{name}", 2, Label.CREDENTIAL, Rank.SHAPE, score, regex, group=group, trim=trim)


PATTERNS = (
    Pattern(
        "credential/keyed",
        2,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.97,
        re.compile(
            rf"\b{_KEY}\b(?P<joint>\)?(?:\s(?:she|he|they|i|we|you)\s(?:uses?|has|have|sets?))?(?:\s(?:for|to|"
            rf"of|on)\s(?:\w{{1,20}}\s){{0,3}}?\w{{1,20}})?"
            r"(?:\s{0,3}(?::|=|-+>|=>)|\s(?:is|was|are|were|to|as)\b(?:\sset\sto\b|\snow\b|"
            r"\scurrently\b)?\s?:?|'s)\s{0,3})"
            r"[\"'`“(\[]?(?P<value>[^\s\"`“”]{2,128})",
            re.IGNORECASE,
        ),
        trim=_secret,
    ),
    Pattern(
        "credential/keyed-number",
        1,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.95,
        re.compile(
            rf"\b{_KEY}\b[\s#:(\-]{{1,4}}(?:number\s)?[\"'`]?((?=[^\s\"'`]{{0,60}}\d)"
            rf"(?:(?!\\n)[^\s\"'`,;)]){{3,128}})",
            re.IGNORECASE,
        ),
        group=1,
        needs_digit=True,
    ),
    Pattern(
        "credential/code-number",
        2,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.8,
        re.compile(
            r"(?<!icd )(?<!icd-10 )(?<!cpt )(?<!dx )(?<!diagnosis )(?<!procedure )(?<!billing )"
            r"(?<!error )(?<!zip )(?<!area )"
            r"(?<!hcpcs )(?<!loinc )(?<!drg )(?<!status )(?<!revenue )"
            r"\bcode(?:(?:\sis|\swas|:|\s=|\s#)\s?(\d{3,8})|\s(\d{4}|\d{6,8}|\d{3}-\d{3}))\b",
            re.IGNORECASE,
        ),
        trim=lambda _text, match: match.span(1) if match.group(1) else match.span(2),
        needs_digit=True,
    ),
    Pattern(
        "credential/quoted",
        1,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.9,
        re.compile(rf"\b{_KEY}(?:'s)?(?:\s[a-z']{{1,12}}){{0,4}}:?\s?[\"“]([^\"“”\n]{{2,60}})[\"”]", re.IGNORECASE),
        group=1,
    ),
    Pattern(
        "credential/after-words",
        1,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.9,
        # Words stand between the key word and the colon.
        re.compile(rf"\b{_KEY}(?:\s[a-z']{{1,12}}){{1,4}}:\s?[\"'“]?([^\s\"“”]{{3,128}})", re.IGNORECASE),
        group=1,
    ),
    Pattern(
        "credential/hyphens",
        1,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.85,
        re.compile(
            rf"\b{_KEY}\s([a-z]{{2,15}}(?:-[a-z\d]{{2,15}}){{2,5}}|\d{{2}}[ \-]\d{{2}}(?![\d\-/]))", re.IGNORECASE
        ),
        group=1,
    ),
    Pattern(
        "credential/beside-user",
        1,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.85,
        re.compile(
            r"\b(?:log-?in|user(?:name)?)\s(?:is\s)?[\w.\-@]{3,40}\s?[/|,]\s?((?=[^\s]{0,30}\d)[^\s,;|]{4,40})|"
            r"\b(?:log(?:ging|ged)?\sin|sign(?:ing|ed)?\sin)\swith\s((?=[^\s]{0,30}[\d!#$%^&*])[^\s,;|]{4,40})",
            re.IGNORECASE,
        ),
        trim=lambda _text, match: match.span(1) if match.group(1) else match.span(2),
    ),
    Pattern(
        "credential/code-later",
        1,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.8,
        # Words stand between, as in "enter the code we sent" and then the code.
        re.compile(
            r"(?<!zip )(?<!area )(?<!error )(?<!cpt )(?<!post )\b(?:code|cod|passcode|pin|otp|token)\b"
            r"(?:,|:)?(?:\s(?!and\b|or\b|on\b)[a-z']{1,10}){1,6}:?\s"
            r"(\d{3}[ \-]\d{3}|(?!19|20)\d{4}|\d{6,8})(?![\w%\-/]|[.,:]\d)|"
            r"\bcode(?:\s[a-z']{1,10}){0,4}\s(?:says|reads|shows|is|was)\s"
            r"(\d{3}[ \-]\d{3}|\d{6,8})(?![\w%\-/]|[.,:]\d)|"
            r"\bverification[:\s]{1,2}(\d{2,4}(?:[ \-]\d{2,4}){1,3})(?![\w%\-/])",
            re.IGNORECASE,
        ),
        trim=lambda _text, match: match.span(match.lastindex or 0),
        needs_digit=True,
    ),
    Pattern(
        "credential/door",
        1,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.85,
        re.compile(
            r"\b(?:buzz(?:er)?|keypad|lock\s?box|gate|door|garage|alarm|entry|callbox)(?:\s(?:code|number|is|"
            r"pin|star|pound|#|\*)){0,3}"
            r"[\s:#]{1,2}(\d{3,6}#?)(?![\w%]|[.,]\d|\s(?:hours|days|am|pm)\b)|"
            r"\b(?:on|off)\sthe\sback(?:\s(?:is|are|says|reads))?[\s:]{1,2}(\d{3,4})\b",
            re.IGNORECASE,
        ),
        trim=lambda _text, match: match.span(1) if match.group(1) else match.span(2),
        needs_digit=True,
    ),
    Pattern(
        "credential/beside-address",
        1,
        Label.CREDENTIAL,
        Rank.KEYED,
        0.9,
        re.compile(r"(?<=@)[^\s@/|,]{1,128}\s?[/|:]\s?((?=[^\s]{0,64}[\d!#$%^&*])[^\s]{4,64})"),
        group=1,
    ),
    _code(
        "strong-password",
        r"(?<![\w$@/.])(?=[^\s]{0,32}[a-z])(?=[^\s]{0,32}[A-Z])(?=[^\s]{0,32}\d)"
        r"(?=[^\s]{0,32}[!#$%^&*@?~])"
        r"[A-Za-z0-9][A-Za-z0-9!#$%^&*@?~_+=\-]{6,40}(?=[\s.,;:)\"']|$)",
        score=0.8,
        trim=_not_a_file,
    ),
    _code("cloud-key", r"\b(?:AKIA|ASIA|AGPA|AIDA)[A-Z0-9]{12,20}\b|\bAIza[\w\-]{30,40}"),
    _code(
        "vendor-key",
        r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9\-_]{12,200}|\b(?:ghp|gho|"
        r"ghu|ghs|ghr|github_pat|glpat|xox[abpors]|hf|shpat|npm|pypi)"
        r"[-_][A-Za-z0-9\-_]{10,255}",
    ),
    _code("json-web-token", r"\beyJ[A-Za-z0-9_\-]{8,4000}(?:\.[A-Za-z0-9_\-]{4,8000}){0,2}"),
    _code("private-key", r"-----BEGIN [A-Z ]{3,40}-----[A-Za-z0-9+/=\s]{0,8000}(?:-----END [A-Z ]{3,40}-----)?"),
    _code("hex-secret", r"(?<![\w])(?=[0-9a-fA-F]{0,60}\d)[0-9a-fA-F]{32,512}(?![\w])", score=0.9),
    _code(
        "random-secret",
        r"(?<![\w/+])(?=[A-Za-z/+_\-]{0,40}\d)(?=[^a-z\s]{0,40}[a-z])(?=[^A-Z\s]{0,40}[A-Z])"
        r"[A-Za-z0-9/+_\-]{32,4000}={0,2}(?![\w])",
        score=0.85,
        trim=_not_a_file,
    ),
    _code("connection", r"\b[a-z][a-z0-9+]{2,20}://[^\s:/@]{1,100}:[^\s/@]{1,200}@[^\s]{1,400}", flags=re.IGNORECASE),
)
