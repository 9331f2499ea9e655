"""A mail as bytes becomes an `Inbound`, or is refused whole with one word for why.

Whatever can be mended is mended and named in `problems`; only what cannot be read at all, or what would take the
reader down with it, raises `Unreadable` and goes to quarantine.
"""

import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.message import AttachmentData, ChannelKind, Inbound, Sender
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.channels.email.automatic import Marks, is_automatic
from vouchsafe.plugins.channels.email.charsets import clean, decode
from vouchsafe.plugins.channels.email.headers import Headers
from vouchsafe.plugins.channels.email.html import read_html
from vouchsafe.plugins.channels.email.quotes import split_quoted

_MOST_HOPS = 100
"""Received lines after which a mail goes in circles. Source: RFC 5321, section 6.3."""
_BOUNDARY_LINES_A_PART = 4
_TRUNCATED = frozenset(
    {"StartBoundaryNotFoundDefect", "CloseBoundaryNotFoundDefect", "MultipartInvariantViolationDefect"}
)
_BAD_ENCODING = frozenset({"InvalidBase64PaddingDefect", "InvalidBase64CharactersDefect", "InvalidBase64LengthDefect"})
_WORD = re.compile(r"\w{3,}")
_LINK = re.compile(r"<?(?:https?://|mailto:|tel:|cid:)\S+>?|\[cid:[^\[\]]*\]")
_NAME_PARTS = re.compile(r"[\\/\x00-\x1f\x7f]+")


class Unreadable(VouchsafeError):
    """The mail cannot be taken in as it is. `problem` is a closed word such as `too_large`; the bytes go to quarantine.

    Words: `empty`, `too_large`, `too_many_parts`, `nested_too_deep`, `no_sender`, `mail_loop`, `parser_failed`.
    """

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"the mail was put aside ({problem}); a person can open it in quarantine")


@dataclass(frozen=True, slots=True)
class MailRules:
    """What a desk's mail is held to.

    `trusted_authserv`: the name under which our own border server writes Authentication-Results; None trusts none.
    That server must remove results that claim its name from outside (RFC 8601, section 5). `trusted_hops`: how many
    Received lines our own servers put above theirs. `own_lists`, `own_addresses`: see `automatic.is_automatic`.
    """

    max_bytes: int = 25 * 1024 * 1024
    max_parts: int = 500
    max_depth: int = 20
    max_text: int = 1_000_000
    """Characters of the body that are kept as text; a longer one is cut, named `text_cut`, and a person reads it."""
    trusted_authserv: str | None = None
    trusted_hops: int = 1
    own_lists: frozenset[str] = frozenset()
    own_addresses: frozenset[str] = frozenset()


@dataclass(slots=True, repr=False)
class _Body:
    """What the parts of a mail hold, collected in order."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    attachments: list[AttachmentData] = field(default_factory=list)
    types: list[str] = field(default_factory=list)


def parse_mail(
    raw: bytes,
    *,
    recipient: str,
    received_at: datetime,
    envelope_from: str | None = None,
    rules: MailRules | None = None,
) -> Inbound:
    """The mail for one recipient.

    `envelope_from`: the return path that the other server gave, "" for the null one, None where it is not known.
    Raises: Unreadable, with a closed word, for a mail that goes to quarantine.
    """
    rules = rules or MailRules()
    headers = Headers(_parsed(raw, rules))
    if len(headers.all_raw("received")) > _MOST_HOPS:
        raise Unreadable("mail_loop")
    body = _read_parts(headers, rules)
    address, name = headers.sender()
    subject = headers.text("subject")
    marks = _marks(headers, body, (address, name, subject), envelope_from)
    automatic = is_automatic(marks, own_lists=rules.own_lists, own_addresses=rules.own_addresses)
    if not address and envelope_from and not automatic:
        address = envelope_from
    if not address and not automatic:
        raise Unreadable("no_sender")
    text, hidden = _visible(headers, body)
    text, hidden = _cut(headers, text, rules.max_text), _cut(headers, hidden, rules.max_text)
    thread_ids = headers.thread_ids()
    new_text, quoted_text = split_quoted(text, is_reply=bool(thread_ids))
    own_id = headers.message_id()
    return Inbound(
        channel=ChannelKind.EMAIL,
        recipient=recipient,
        provider_id=_provider_id(headers, address, raw),
        sender=Sender(PhiText(address), PhiText(name)),
        subject=PhiText(subject),
        new_text=PhiText(new_text),
        quoted_text=PhiText(quoted_text),
        hidden_text=PhiText(hidden),
        attachments=tuple(body.attachments),
        thread_ids=thread_ids,
        sent_at=headers.date(received_at),
        automatic=automatic,
        asserted=_is_asserted(headers, address, rules),
        original=raw,
        problems=tuple(headers.problems),
        own_id=own_id,
    )


def _parsed(raw: bytes, rules: MailRules) -> "Message[str, str]":
    """The mail as a tree of parts, refused before it can cost much."""
    if len(raw) > rules.max_bytes:
        raise Unreadable("too_large")
    if not raw.strip(b"\x00\r\n\t "):
        raise Unreadable("empty")
    # Lines that could open a part, counted before parsing: a mail of a million tiny parts would take minutes.
    if b"boundary" in raw.lower() and raw.count(b"\n--") > rules.max_parts * _BOUNDARY_LINES_A_PART:
        raise Unreadable("too_many_parts")
    try:
        # The older policy never raises on a header; the newer one parses each with code that does.
        return BytesParser(policy=compat32).parsebytes(raw)
    except RecursionError:
        raise Unreadable("nested_too_deep") from None
    except Exception:  # noqa: BLE001 - the stdlib parser promises never to raise, and has done so on hostile mail
        raise Unreadable("parser_failed") from None


def _read_parts(headers: Headers, rules: MailRules) -> _Body:
    """Every leaf part read, in order. Raises: Unreadable for too many or too deeply nested parts."""
    body = _Body()
    parts = 0
    stack: list[tuple[Message[str, str], int]] = [(headers.message, 0)]
    while stack:
        part, depth = stack.pop()
        parts += 1
        if parts > rules.max_parts:
            raise Unreadable("too_many_parts")
        if depth > rules.max_depth:
            raise Unreadable("nested_too_deep")
        _note_defects(headers, part)
        kind = part.get_content_type()
        body.types.append(kind)
        inside = part.get_payload()
        if kind == "message/rfc822" and depth > 0:
            body.attachments.append(_nested(headers, part, depth, rules))
        elif part.is_multipart() and isinstance(inside, list):
            stack.extend((one, depth + 1) for one in reversed(inside) if isinstance(one, Message))
        else:
            _read_leaf(headers, body, part, kind)
    return body


def _read_leaf(headers: Headers, body: _Body, part: "Message[str, str]", kind: str) -> None:
    """One part: words of the body, or a file."""
    content = _content(headers, part)
    name = _file_name(headers, part)
    is_file = part.get_content_disposition() == "attachment" or bool(name)
    if kind.startswith("multipart/"):
        kind = "text/plain"  # declared as parts without having any: its words are still words
    if is_file or kind not in {"text/plain", "text/html", "message/delivery-status", "text/rfc822-headers"}:
        if content or name:
            body.attachments.append(AttachmentData(PhiText(name), kind, content))
        return
    text, replaced = decode(content, _charset(part))
    cleaned, problems = clean(text)
    headers.note(*problems, *(("charset_replaced",) if replaced and content.strip() else ()))
    if "\ufffd" in cleaned:
        headers.note("characters_lost")
    if kind != "text/html":
        body.plain.append(cleaned)
        return
    page = read_html(cleaned)
    if page.flattened:
        headers.note("html_not_judged")
    body.html.append(page.visible)
    if page.hidden:
        body.hidden.append(page.hidden)


def _nested(headers: Headers, part: "Message[str, str]", depth: int, rules: MailRules) -> AttachmentData:
    """A mail inside the mail, kept as a file; the attachment reader opens it. Raises: Unreadable if too deep."""
    deepest = depth
    level: list[Message[str, str]] = [part]
    while level:
        if deepest > rules.max_depth:
            raise Unreadable("nested_too_deep")
        payloads = [one.get_payload() for one in level]
        level = [one for inside in payloads if isinstance(inside, list) for one in inside if isinstance(one, Message)]
        deepest += 1
    inside = part.get_payload()
    message = inside[0] if isinstance(inside, list) and inside and isinstance(inside[0], Message) else None
    try:
        content = message.as_bytes() if message is not None else _content(headers, part)
    except (UnicodeError, ValueError, KeyError, LookupError, TypeError):
        headers.note("broken_part")
        content = b""
    return AttachmentData(PhiText(_file_name(headers, part) or "message.eml"), "message/rfc822", content)


def _content(headers: Headers, part: "Message[str, str]") -> bytes:
    """The bytes of a part, its transfer encoding undone as far as that goes."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, binascii.Error):
        headers.note("broken_encoding")
        raw = part.get_payload()
        return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""
    _note_defects(headers, part)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: "Message[str, str]") -> str | None:
    try:
        declared = part.get_param("charset")
    except (ValueError, TypeError, IndexError):
        return None
    # RFC 2231 gives a triple of charset, language and value.
    value = declared[2] if isinstance(declared, tuple) else declared
    return value if isinstance(value, str) else None


def _file_name(headers: Headers, part: "Message[str, str]") -> str:
    """The name the sender gave, decoded, without any folder; "" where there is none."""
    try:
        name = part.get_filename()
    except (ValueError, TypeError, IndexError, LookupError):
        headers.note("broken_header")
        return ""
    if not name:
        return ""
    return _NAME_PARTS.split(headers.decoded(name))[-1].strip(". ")[:200]


def _note_defects(headers: Headers, part: "Message[str, str]") -> None:
    """Name what the parser had to mend."""
    for defect in part.defects:
        kind = type(defect).__name__
        if kind in _TRUNCATED:
            headers.note("truncated")
        elif kind in _BAD_ENCODING:
            headers.note("broken_encoding")
        else:
            headers.note("broken_header")


def _visible(headers: Headers, body: _Body) -> tuple[str, str]:
    """The words a reader of the mail sees, and those a reader does not.

    A mail that comes in two versions may say different things in each: lines of the plain version whose words the
    other lacks are added, so that no detector misses what some reader would see.
    """
    plain = "\n\n".join(p.strip("\n") for p in body.plain if p.strip())
    html = "\n\n".join(h for h in body.html if h.strip())
    hidden = "\n".join(body.hidden)
    if not html or not plain:
        return plain or html, hidden
    seen = set(_WORD.findall(_LINK.sub(" ", html).casefold()))
    told = set(_WORD.findall(_LINK.sub(" ", plain).casefold()))
    if len(seen - told) <= max(2, len(seen) // 20):
        # Every word of the page stands in the plain version, whose ">" marks tell quotes better.
        if len(told - seen) > max(5, len(told) // 5):
            headers.note("alternatives_differ")
        return plain, hidden
    extra = [line for line in plain.split("\n") if _is_missing(line, seen)]
    if extra:
        headers.note("alternatives_differ")
        html = html + "\n\n" + "\n".join(extra)
    return html, hidden


def _is_missing(line: str, seen: set[str]) -> bool:
    words = _WORD.findall(_LINK.sub(" ", line).casefold())
    return bool(words) and sum(word not in seen for word in words) * 2 > len(words)


def _cut(headers: Headers, text: str, longest: int) -> str:
    if len(text) > longest:
        headers.note("text_cut")
    return text[:longest]


def _marks(headers: Headers, body: _Body, told: tuple[str, str, str], envelope_from: str | None) -> Marks:
    """What tells a program's mail; `told` is the sender's address and name, and the subject."""
    address, name, subject = told
    return Marks(
        header=headers.raw,
        from_address=address,
        from_name=name,
        subject=subject,
        content_type=headers.message.get_content_type(),
        part_types=tuple(body.types),
        null_return_path=envelope_from is not None and envelope_from.strip("<> ") == "",
        text="\n".join((*body.plain, *body.html))[:20_000],
    )


def _is_asserted(headers: Headers, address: str, rules: MailRules) -> bool:
    """Whether our own border server says that DMARC passed for the domain of From.

    1. a trusted server is named; 2. exactly one From, not mended; 3. the topmost result with our name, standing above
    any line that came from outside; 4. dmarc=pass, for that domain. Results of other servers count for nothing: anyone
    can write them. Source: RFC 8601, sections 2.2, 5 and 7.1.
    """
    if not rules.trusted_authserv or not address:  # 1
        return False
    if len(headers.all_raw("from")) != 1 or "broken_header" in headers.problems:  # 2
        return False
    hops = 0
    for name, value in headers.message.raw_items():
        if name.lower() == "received":
            hops += 1
        if hops > rules.trusted_hops:  # 3
            return False
        if name.lower() == "authentication-results":
            server, _, results = re.sub(r"\([^()]*\)", " ", " ".join(str(value).split())).partition(";")
            if server.strip().lower().split(" ")[0] == rules.trusted_authserv.lower():
                return _says_pass(results, address.rpartition("@")[2])  # 4
    return False


def _says_pass(results: str, domain: str) -> bool:
    for one in results.split(";"):
        words = one.lower().split()
        if words[:1] == ["dmarc=pass"]:
            named = [w.partition("=")[2].strip('"') for w in words if w.startswith("header.from=")]
            return named == [domain.lower()]
    return False


def _provider_id(headers: Headers, address: str, raw: bytes) -> str:
    """One value for one mail, however often and by whichever way it comes.

    SHA-256 over Message-ID, date, sender, subject and body, each with its length: a Message-ID alone never decides
    (design section 3). Lines that servers add on the way do not count, nor do line ends.
    """
    whole = raw.replace(b"\r\n", b"\n")
    head, separator, tail = whole.partition(b"\n\n")
    content = (tail if separator else head).strip(b"\n")
    fields = [headers.raw(name).encode("utf-8", "surrogateescape") for name in ("message-id", "date", "subject")]
    digest = hashlib.sha256()
    for value in (*fields, address.lower().encode("utf-8", "surrogateescape"), content):
        digest.update(len(value).to_bytes(8, "big") + value)
    return digest.hexdigest()
