"""Where sentences begin and end, in English and Spanish, and which of them qualify the one before."""

import re

from vouchsafe.domain.text import Span
from vouchsafe.domain.words import listed

# Titles and the like: a full stop after one of these never ends a sentence.
_NEVER_ENDS = listed(
    "dr dra mr mrs ms mx prof rev hon sra srta srtas sras sres vs eg ie e.g i.e cf approx dept fig ud uds vd vds "
    "tel ext inc núm num pág pag art"
)
# These end a sentence only where the next word is one that sentences begin with ("on Main St. The clinic ...").
_MAY_END = listed("st ave blvd rd hwy ste apt jr sr bldg co corp ltd av avda dpto")
# A full stop after these is part of a number's name ("No. 5"), and the end of a sentence elsewhere ("No. We cannot").
_BEFORE_NUMBER = frozenset({"no", "nos", "nr", "p", "pp", "rm"})
_STARTERS = listed(
    "a after all an and any as at because before bring but by call can children do does each enter every for free "
    "from have he help how however i if in is it its call check fax go no not note on once only open or our parking "
    "patients please press send she since some staff take tell the their then there these they this those to turn "
    "use visit visitors walk we what when where which while who why with you your el la los las un una para por si "
    "no usted llame nuestro nuestra puede debe también cuando como en es este esta"
)
_DAYS_AND_MONTHS = listed(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december est edt cst cdt mst mdt pst pdt et ct mt pt"
)
_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’»)\]]*(?=\s|$)")
_LAST_WORD = re.compile(r"[\"'“‘«(\[]*((?:[^\W\d_]\.)+[^\W\d_]|[^\W\d_]+)$")
_NEXT_WORD = re.compile(r"\s*[\"'“‘«(\[¿¡]*([^\W_]*)")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*•‣·–]|\d{1,3}[.)]|[a-z][.)])[ \t]+")
_HEADING = re.compile(r"#{1,6}[ \t]")
_SHORT_LINE = 45
"""A line under this many characters was not broken because the margin was reached."""
_QUALIFIES = re.compile(
    r"(?:[-*•][ \t]+)?\(?(?:please note|note|notes|except|exception|exceptions|unless|however|but|important|only|"
    r"this does not apply|this doesn[’']t apply|these do not apply|otherwise|nota|excepto|excepción|salvo|"
    r"a menos que|sin embargo|pero|importante|esto no se aplica)\b",
    re.IGNORECASE,
)


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Where each sentence stands, in order, without surrounding white space.

    A list item, a heading line (`# ...`) and a table row are sentences of their own. A line break inside running text
    (a wrapped mail) does not end a sentence. Abbreviations, initials, decimals and times such as "8:00 a.m." do not
    end one either. White space alone gives no sentence.
    """
    return tuple(span for start, end in _blocks(text) for span in _in_block(text, start, end))


def sentences(text: str) -> tuple[str, ...]:
    """The sentences themselves, in order."""
    return tuple(text[span.start : span.end] for span in sentence_spans(text))


def qualifies_previous(sentence: str) -> bool:
    """Whether a sentence limits the one before it ("Except on holidays."), so that neither may be quoted alone."""
    return _QUALIFIES.match(sentence.lstrip()) is not None


def _blocks(text: str) -> list[tuple[int, int]]:
    """Ranges of text that no sentence crosses."""
    blocks: list[tuple[int, int]] = []
    position = 0
    previous = ""
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        words = line.strip()
        if words and blocks and _continues(previous, words, line):
            blocks[-1] = (blocks[-1][0], position)
        elif words:
            blocks.append((start, position))
        previous = words
    return blocks


def _continues(previous: str, words: str, line: str) -> bool:
    """Whether a line goes on with the sentence of the line before."""
    if not previous or _HEADING.match(previous) or _starts_anew(words, line):
        return False
    if previous[-1] in ".!?:;…":
        return False
    return len(previous) >= _SHORT_LINE or words[0].islower()


def _starts_anew(words: str, line: str) -> bool:
    return bool(_LIST_ITEM.match(line) or _HEADING.match(words) or words.startswith("|"))


def _in_block(text: str, start: int, end: int) -> list[Span]:
    found: list[Span] = []
    marker = _LIST_ITEM.match(text, start, end)
    begin = start
    for mark in _END.finditer(text, marker.end() if marker else start, end):
        if mark.end() < end and _ends_sentence(text, mark.start(), mark.end(), end):
            _append(found, text, begin, mark.end())
            begin = mark.end()
    _append(found, text, begin, end)
    return found


def _append(found: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    trimmed = piece.strip()
    if trimmed:
        first = start + len(piece) - len(piece.lstrip())
        found.append(Span(first, first + len(trimmed)))


def _ends_sentence(text: str, mark: int, after: int, end: int) -> bool:
    following = _NEXT_WORD.match(text, after, end)
    word = following.group(1) if following else ""
    if word and word[0].islower():
        return False
    if text[mark] != ".":
        return True
    before = _LAST_WORD.search(text, max(0, mark - 24), mark)
    return _full_stop_ends(before.group(1) if before else "", word)


def _full_stop_ends(before: str, word: str) -> bool:
    """Whether a full stop between these two words ends a sentence; `word` does not begin with a small letter."""
    last, starter = before.lower(), word.lower() in _STARTERS
    if last in _NEVER_ENDS:
        return False
    if last in _BEFORE_NUMBER:
        return not word[:1].isdigit()
    if last in ("a.m", "p.m", "am", "pm"):
        return word.lower() not in _DAYS_AND_MONTHS
    is_initial = len(before) == 1 and before.isupper()
    if last in _MAY_END or is_initial or "." in before:
        return starter or not word
    return True
