"""Bytes of a mail as text, whatever the mail claims about its alphabet."""

import codecs
import re

_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "cp-850": "cp850",
    "ansi_x3.4-1968": "ascii",
}
"""Names that mail programs write and Python does not know; wider supersets where one exists."""

_NOT_ALPHABETS = frozenset({"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem"})
"""Python codecs that turn text into other text, or take time that grows with the square of the length."""

_SINGLE_BYTE = frozenset({"ascii", "iso8859-1", "cp1252", "iso8859-15"})
"""Declared by mail programs that never looked: every byte string is valid in the last three."""

_WIDE = ("utf-16", "utf-32")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def decode(content: bytes, declared: str | None) -> tuple[str, bool]:
    """The text, and whether the declared charset had to be replaced.

    UTF-8 is recognised by its own structure where a one-byte charset is declared: text in Latin-1 that happens to be
    valid UTF-8 does not occur in practice, and the wrong reading would hide words from every detector.
    """
    name = _codec(declared)
    if name is not None and name.startswith(_WIDE) and content.isascii() and b"\0" not in content:
        # Two or four bytes a letter hold a zero for every line end; without any, it is plain text declared wrongly.
        return content.decode("ascii"), True
    if name in _SINGLE_BYTE or name is None:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return text, not content.isascii()
    if name is not None:
        try:
            return content.decode(name), False
        except (UnicodeError, ValueError):
            pass
    try:
        return content.decode("utf-8"), True
    except UnicodeDecodeError:
        # Windows-1252 is what an undeclared byte above 127 nearly always is; the five bytes it lacks become U+FFFD.
        return content.decode("cp1252", errors="replace"), True


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with line feeds only and without control characters, and the problems that were met.

    Bidirectional marks stay: Arabic and Hebrew need them. They are named, because they can also make words read
    otherwise than they are stored.
    """
    problems: list[str] = []
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    if "\x00" in text:
        problems.append("nul_removed")
    if _CONTROLS.search(text):
        if "nul_removed" not in problems:
            problems.append("control_removed")
        text = _CONTROLS.sub("", text)
    if _BIDI.search(text):
        problems.append("bidi_marks")
    return text, tuple(problems)


def _codec(declared: str | None) -> str | None:
    """Python's name of a declared charset; None where it declares none, an unknown one, or one that is no alphabet."""
    if not declared:
        return None
    wanted = declared.strip().strip("\"'").lower()
    try:
        found = codecs.lookup(_ALIASES.get(wanted, wanted))
    except (LookupError, ValueError, UnicodeError):
        return None
    # `_is_text_encoding` is how bytes.decode itself refuses codecs such as zip and hex.
    if found.name.replace("-", "_") in _NOT_ALPHABETS or not getattr(found, "_is_text_encoding", True):
        return None
    return found.name
