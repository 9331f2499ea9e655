"""Header values as a person reads them, each mended where it was broken, with a word for what was mended.

The stdlib's newer header objects raise, or take seconds, on values that real mails hold (a To line of 1,000 names, a
half-encoded word), so raw values are read here with the older, forgiving functions.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from vouchsafe.plugins.channels.email.charsets import clean, decode

_LONGEST_VALUE = 16_000
_MOST_THREAD_IDS = 100
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,250})>")
"""Printable ASCII: the ids come back in headers of our own mail."""
_ADDRESS = re.compile(r"^[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\\]{1,253}$")
_ANY_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,253}")


@dataclass(slots=True)
class Headers:
    """Reads one mail's headers and collects `problems`: closed words, each once, in order of first use."""

    message: "Message[str, str]"
    problems: dict[str, None] = field(default_factory=dict)

    def note(self, *problems: str) -> None:
        """Add words for what was mended."""
        self.problems.update(dict.fromkeys(problems))

    def raw(self, name: str) -> str:
        """The first value on one line, undecoded; "" where there is none."""
        values = self.all_raw(name)
        return values[0] if values else ""

    def all_raw(self, name: str) -> list[str]:
        """Every value, top of the mail first, on one line each, undecoded."""
        # `get_all` would turn bytes above 127 into question marks; the raw items keep them as surrogates.
        return [_one_line(str(value)) for key, value in self.message.raw_items() if key.lower() == name]

    def text(self, name: str) -> str:
        """The first value decoded (RFC 2047), on one line."""
        values = self.all_raw(name)
        if len(values) > 1:
            self.note("duplicate_header")
        return self.decoded(values[0]) if values else ""

    def decoded(self, value: str) -> str:
        """A raw value decoded. A line break that only an encoded word brought in is an injection attempt."""
        if len(value) > _LONGEST_VALUE:
            self.note("header_cut")
            value = value[:_LONGEST_VALUE]
        text = self._words(_one_line(value))
        if "\n" in text or "\r" in text:
            self.note("header_injection")
        cleaned, problems = clean(text)
        self.note(*problems)
        return " ".join(cleaned.split())

    def sender(self) -> tuple[str, str]:
        """Address and display name of From; the address is "" where none can be made out."""
        values = self.all_raw("from")
        if len(values) > 1:
            self.note("duplicate_header")
        if not values:
            self.note("no_from")
            return "", ""
        value = values[0][:_LONGEST_VALUE]
        found = [(name, address.strip()) for name, address in getaddresses([value]) if address.strip()]
        plain = [(name, address) for name, address in found if _ADDRESS.match(address)]
        if len(plain) == 1 and len(found) == 1:
            return plain[0][1], self.decoded(plain[0][0])
        self.note("broken_header")
        if plain:
            return plain[0][1], self.decoded(plain[0][0])
        anywhere = _ANY_ADDRESS.search(value)
        name = self.decoded(value.replace(anywhere.group(), "") if anywhere else value).strip("<>\"' ")
        return (anywhere.group() if anywhere else ""), name

    def message_id(self) -> str:
        """The Message-ID without brackets; "" where there is none that can be used."""
        value = self.raw("message-id")
        if len(self.all_raw("message-id")) > 1:
            self.note("duplicate_header")
        found = _MESSAGE_ID.search(value)
        if found:
            return found.group(1)
        if not value:
            self.note("no_message_id")
            return ""
        self.note("broken_header")
        bare = value.strip("<> ")
        return bare if _MESSAGE_ID.fullmatch(f"<{bare}>") else ""

    def thread_ids(self) -> tuple[str, ...]:
        """Message-IDs of References and In-Reply-To without brackets, oldest first, each once, the newest 100."""
        references = _MESSAGE_ID.findall(" ".join(self.all_raw("references")))
        answered = _MESSAGE_ID.findall(" ".join(self.all_raw("in-reply-to")))
        # In-Reply-To names the mail that is answered, so it stands last even where References has it earlier.
        ordered = [one for one in references if one not in set(answered)] + answered
        return tuple(dict.fromkeys(ordered))[-_MOST_THREAD_IDS:]

    def date(self, received_at: datetime) -> datetime | None:
        """When it says it was sent, in UTC; None where that is missing, impossible, or later than tomorrow."""
        value = self.raw("date")
        if not value:
            return None
        try:
            told = parsedate_to_datetime(value)
            told = told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            self.note("broken_date")
            return None
        if told.year < 1980 or told > received_at + timedelta(days=1):
            self.note("broken_date")
            return None
        return told

    def _words(self, value: str) -> str:
        """A value with its encoded words decoded, raw 8-bit bytes read as text."""
        if not value.isascii():
            # The parser keeps bytes above 127 as surrogates; a header without an encoded word may be UTF-8,
            # which RFC 6532 allows.
            value, replaced = decode(value.encode("utf-8", "surrogateescape"), "utf-8")
            if replaced:
                self.note("charset_replaced")
        try:
            parts = decode_header(value)
        except (ValueError, LookupError, ArithmeticError):
            self.note("broken_header")
            return value
        words: list[str] = []
        for part, charset in parts:
            if isinstance(part, str):
                words.append(part)
                continue
            # An undeclared run comes back as raw-unicode-escape bytes of ASCII text.
            text, replaced = decode(part, charset) if charset else (part.decode("raw_unicode_escape", "replace"), False)
            if replaced:
                self.note("charset_replaced")
            words.append(text)
        return "".join(words)


def _one_line(value: str) -> str:
    """A folded value unfolded. A line feed that is not a fold never survives the mail parser."""
    return re.sub(r"[\r\n]+[ \t]*", " ", value).strip()
