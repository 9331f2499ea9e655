"""Two readings of a text: plain words for the encoder, and one canonical spelling for rules, mapped to the source.

Redaction's tokens become plain words in both ("[NAME_1]" is read as "a name"), as in training.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from vouchsafe.domain.text import Span

TOKEN = re.compile(r"\[([A-Z][A-Z_]*)_\d+\]")

_TOKEN_WORDS = {
    "NAME": "a name",
    "LOCATION": "a place",
    "DATE": "a date",
    "PHONE": "a phone number",
    "FAX": "a fax number",
    "EMAIL": "an email address",
    "SSN": "a social security number",
    "MRN": "a record number",
    "HEALTH_PLAN_ID": "a member number",
    "ACCOUNT": "an account number",
    "LICENSE": "a license number",
    "VEHICLE": "a vehicle number",
    "DEVICE": "a device number",
    "URL": "a link",
    "IP": "a network address",
    "CREDENTIAL": "a password",
    "PHOTO": "a photo",
}
_OTHER_TOKEN = "a number"  # noqa: S105 - words for a redaction token

# Letters of other alphabets that look like Latin ones, undone only inside words that mix alphabets.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһքոսνοαρτκιβѵ", "aeopcyxijsdhqnuvoaptkibv")
_LATIN = re.compile(r"[a-z]")
_CHUNK = re.compile(r"[a-z0-9]+")
_INSIDE = re.compile(r"[a-z][013457]+[a-z]")
_FEW_DIGITS = re.compile(r"[a-z013457]{3,24}")
_DISGUISED = 3
_NAMES_WITH_DIGITS = frozenset({"a1c", "hba1c", "h1n1", "h3n2", "h5n1", "t3t4"})
"""Of tests and viruses."""
_FOREIGN = re.compile(r"[Ͱ-ϿЀ-ӿ԰-֏]")

_PIECE = re.compile(r"\[[A-Z][A-Z_]*_\d+\]|[^\W_]+(?:['’ʼ][^\W_]+)*|\s+|.", re.DOTALL)

# What people type for what they mean. Keys without apostrophes; "don't" is looked up as "dont".
_SHORT_FORMS = {
    "u": "you", "ur": "your", "pls": "please", "plz": "please", "thx": "thanks", "bc": "because", "cuz": "because",
    "im": "i am", "ive": "i have", "dont": "do not", "cant": "can not", "cannot": "can not", "wont": "will not",
    "didnt": "did not", "doesnt": "does not", "isnt": "is not", "arent": "are not", "wasnt": "was not",
    "werent": "were not", "couldnt": "could not", "shouldnt": "should not", "wouldnt": "would not",
    "havent": "have not", "hasnt": "has not", "hadnt": "had not", "aint": "is not", "mustnt": "must not",
    "gonna": "going to", "wanna": "want to", "gotta": "got to", "thats": "that is", "whats": "what is",
    "theres": "there is", "hes": "he is", "shes": "she is", "theyre": "they are", "youre": "you are",
    "appt": "appointment", "appts": "appointments", "rx": "prescription", "pt": "patient", "pts": "patients",
    "kms": "kill myself", "anymore": "any more", "whos": "who is", "wheres": "where is", "hows": "how is",
    "its": "it is", "abt": "about", "ppl": "people", "tmrw": "tomorrow", "alot": "a lot", "xq": "porque",
}  # fmt: skip
_ENDINGS = {"ll": " will", "re": " are", "ve": " have", "m": " am", "d": " would"}


@dataclass(frozen=True, slots=True)
class Canonical:
    r"""Folded text for rules: small letters, no accents, short forms written out, single spaces, "\\n" between blocks.

    `starts[i]` and `ends[i]` give where character i came from in the source.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    lookalikes: int
    """Words that mixed alphabets to look like Latin ones."""

    def source(self, start: int, end: int) -> Span:
        """Where a range of `text` stood in the source."""
        if start >= end:
            return Span(0, 0)
        return Span(min(self.starts[start:end]), max(self.ends[start:end]))


def plain(text: str) -> str:
    """The text as the encoder reads it: tokens as words, compatibility forms and invisible characters undone."""
    visible = "".join(c for c in unicodedata.normalize("NFKC", text) if not _invisible(c))
    return " ".join(TOKEN.sub(lambda m: _TOKEN_WORDS.get(m[1], _OTHER_TOKEN), visible).split())


def canonical(text: str) -> Canonical:
    """The text as rules read it."""
    kept = [(c, i) for i, c in enumerate(text) if not _invisible(c)]
    seen = "".join(c for c, _ in kept)
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    lookalikes = 0
    for piece in _PIECE.finditer(seen):
        written, mixed = _written(piece.group())
        lookalikes += mixed
        first, last = kept[piece.start()][1], kept[piece.end() - 1][1] + 1
        out.append(written)
        if len(written) == piece.end() - piece.start():
            starts.extend(kept[k][1] for k in range(piece.start(), piece.end()))
            ends.extend(kept[k][1] + 1 for k in range(piece.start(), piece.end()))
        else:
            starts.extend([first] * len(written))
            ends.extend([last] * len(written))
    return Canonical("".join(out), tuple(starts), tuple(ends), lookalikes)


def concealed(text: str) -> str:
    """Words that a reader cannot see: tag characters (U+E0000) read as the ASCII they shadow, and HTML comments."""
    tags = "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007E)
    comments = " ".join(_comments(text))
    return f"{tags}\n{comments}".strip()


def digits_for_letters(text: str) -> bool:
    """Whether words are written as "pr3vi0us": at least three different ones with such digits between letters."""
    words = {one for one in _CHUNK.findall(text.lower()) if _INSIDE.search(one) and _FEW_DIGITS.fullmatch(one)}
    return len(words - _NAMES_WITH_DIGITS) >= _DISGUISED


def _comments(text: str) -> Iterator[str]:
    # str.find instead of a pattern: no input makes it slow.
    at = text.find("<!--")
    while at >= 0:
        end = text.find("-->", at)
        yield text[at + 4 : end if end >= 0 else len(text)]
        at = text.find("<!--", at + 4)


def _invisible(character: str) -> bool:
    return character not in "\n\t\r" and unicodedata.category(character) in {"Cf", "Cc", "Cs", "Co"}


def _written(piece: str) -> tuple[str, bool]:
    """How a piece is written for rules, and whether it mixed alphabets."""
    if piece.isspace():
        return ("\n" if "\n\n" in piece.replace("\r", "").replace(" ", "") else " "), False
    if piece[0] == "[" and (token := TOKEN.fullmatch(piece)):
        return _TOKEN_WORDS.get(token[1], _OTHER_TOKEN), False
    if piece.isascii():
        return _spelled(piece.lower()), False
    folded = "".join(c for c in unicodedata.normalize("NFKD", piece.lower()) if not unicodedata.combining(c))
    mixed = bool(_LATIN.search(folded) and _FOREIGN.search(folded))
    if mixed:
        folded = folded.translate(_LOOKALIKES)
    return _spelled(folded), mixed


def _spelled(word: str) -> str:
    for mark in ("’", "ʼ"):
        word = word.replace(mark, "'")
    if "'" not in word:
        return _SHORT_FORMS.get(word, word)
    joined = word.replace("'", "")
    if joined in _SHORT_FORMS and not word.startswith("it'"):
        return _SHORT_FORMS[joined]
    stem, _, ending = word.rpartition("'")
    if ending == "s" and stem in {"it", "that", "what", "there", "he", "she", "who", "where", "how"}:
        return f"{stem} is"
    return stem + _ENDINGS[ending] if ending in _ENDINGS else joined
