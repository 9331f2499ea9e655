"""What a person wrote this time, and what their mail program quoted below or between.

mail-parser-reply was tried and given up: it hands back the words above the first header only, so an answer written
below the quote was lost, its Spanish header needs two blanks before the verb, and its patterns take time that grows
with the square of a line. Here doubt always counts as new text: a detector reads it, and no word disappears.
"""

import re

_VERBS = (
    r"wrote|writes|escribi[oó]|a écrit|schrieb|ha scritto|escreveu|schreef|skrev|napsal(?:\(a\))?|napisał(?:\(a\))?"
    r"|写道|님이 작성|書きました"
)
_WROTE = re.compile(rf"^[^\n]{{4,600}}?(?:{_VERBS})[^\n]{{0,200}}[:：]\s*$", re.IGNORECASE)
_STAMP = re.compile(r"\S@\S|\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d\d\b")
"""An address, a time of day or a year: what a program writes above a quote, and a person seldom does."""

_KEYS = (
    "from|sent|to|subject|date|cc|reply-to"
    "|de|enviado(?: el)?|para|asunto|fecha|envoyé|à|objet|von|gesendet|an|betreff|datum"
    "|da|inviato|a|oggetto|data|assunto|van|verzonden|aan|onderwerp"
)
_KEY_LINE = re.compile(rf"^[* ]*(?:{_KEYS})[* ]*:[* ]*\S", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"^-{2,} ?(?:original message|forwarded message|mensaje original|mensaje reenviado|message d'origine"
    r"|ursprüngliche nachricht|messaggio originale|mensagem original) ?-{2,}$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^_{20,}$")
_FEWEST_KEY_LINES = 3
_LONGEST_HEADER_LINES = 3
_LONGEST_HEADER_LINE = 400


def split_quoted(text: str, *, is_reply: bool) -> tuple[str, str]:
    """New words and quoted words, each in the order they stood.

    `is_reply`: the mail answers another one. Only then do lines that start with ">" count as quoted on their own;
    elsewhere a person may have typed the sign. Where nothing would be left, as in a mail that was only forwarded,
    everything counts as new.
    """
    lines = text.split("\n")
    fresh: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        end, rest = _quote_at(lines, at, is_reply=is_reply)
        if end == at:
            fresh.append(lines[at])
            at += 1
            continue
        if rest and not _has_words(fresh):
            fresh.extend(lines[at:])
            break
        stop = len(lines) if rest else end
        quoted.extend(lines[at:stop])
        at = stop
    new_text = _tidy(fresh)
    if not new_text:
        return _tidy(lines), ""
    return new_text, _tidy(quoted)


def _quote_at(lines: list[str], at: int, *, is_reply: bool) -> tuple[int, bool]:
    """Where a quote that begins at line `at` ends, and whether all that follows belongs to it; `at` for none."""
    line = lines[at].strip()
    if not line or len(line) > _LONGEST_HEADER_LINE:
        return at, False
    if line.startswith(">"):
        return (_end_of_marked(lines, at), False) if is_reply else (at, False)
    after = _end_of_wrote(lines, at)
    if after > at:
        first = _next_words(lines, after)
        if first < len(lines) and lines[first].lstrip().startswith(">"):
            return _end_of_marked(lines, first), False
        return after, True
    if _SEPARATOR.match(line) or (_RULE.match(line) and _is_key_block(lines, _next_words(lines, at + 1))):
        return at + 1, True
    return (at + 1, True) if _is_key_block(lines, at) else (at, False)


def _end_of_marked(lines: list[str], at: int) -> int:
    """The line after a run of ">" lines; blank lines inside the run belong to it."""
    end = at
    while end < len(lines):
        following = _next_words(lines, end)
        if following == len(lines) or not lines[following].lstrip().startswith(">"):
            return end
        end = following + 1
    return end


def _end_of_wrote(lines: list[str], at: int) -> int:
    """The line after "On ... wrote:", which programs wrap over up to three lines; `at` where there is none."""
    joined = ""
    for end in range(at, min(at + _LONGEST_HEADER_LINES, len(lines))):
        part = lines[end].strip()
        if not part or len(part) > _LONGEST_HEADER_LINE:
            return at
        joined = f"{joined} {part}".strip()
        if part.endswith((":", "：")):
            return end + 1 if _WROTE.match(joined) and _STAMP.search(joined) else at
    return at


def _is_key_block(lines: list[str], at: int) -> bool:
    """Whether lines such as From, Sent, To, Subject stand here: at least three, one with an address or time."""
    end = at
    while end < len(lines) and len(lines[end]) < _LONGEST_HEADER_LINE and _KEY_LINE.match(lines[end].strip()):
        end += 1
    return end - at >= _FEWEST_KEY_LINES and any(_STAMP.search(line) for line in lines[at:end])


def _next_words(lines: list[str], at: int) -> int:
    """The next line with words in it, or the number of lines."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _has_words(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _tidy(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")
