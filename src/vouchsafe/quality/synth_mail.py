"""Real RFC 5322 mails from invented messages: multipart, encodings, attachments, threads, and faults made on purpose.

The same input gives the same bytes: boundaries come from the Message-ID, dates from the message.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from vouchsafe.quality.synth_demo import DESK_ADDRESS, AttachmentHint, DemoMessage, MailHints

RECEIVING_HOST = "mx.lindenbay.example"
"""The clinic's own mail exchanger: only its Authentication-Results count (RFC 8601 section 5)."""
_FONT = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says. `message_id` and `references` without angle brackets; `references` oldest first."""

    message_id: str
    sender_name: str
    sender_address: str
    recipient: str
    subject: str
    text: str
    sent_at: datetime
    references: tuple[str, ...] = ()
    hints: MailHints = field(default_factory=MailHints)
    attachments: tuple[AttachmentHint, ...] = ()


def build_mail(mail: Mail) -> bytes:
    """The mail as it would travel, lines ended by CRLF."""
    message = EmailMessage(policy=SMTP)
    domain = mail.sender_address.rpartition("@")[2]
    if mail.hints.dmarc:
        # The receiving MTA writes this line; the demo plays that MTA.
        message["Authentication-Results"] = f"{RECEIVING_HOST}; dmarc={mail.hints.dmarc} header.from={domain}"
    message["From"] = formataddr((mail.sender_name, mail.sender_address))
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.sent_at)
    message["Message-ID"] = f"<{mail.message_id}>"
    if mail.references:
        message["In-Reply-To"] = f"<{mail.references[-1]}>"
        message["References"] = " ".join(f"<{one}>" for one in mail.references)
    _fill(message, mail)
    for hint in mail.attachments:
        _attach(message, hint, mail.sent_at)
    _fix_boundaries(message, mail.message_id)
    return _break(message.as_bytes(), mail)


def demo_mail(message: DemoMessage, sent_at: datetime) -> bytes:
    """A message of the demo as the mail that its listener receives."""
    hints = message.hints
    dmarc = hints.dmarc or ("pass" if message.contact else "none")
    return build_mail(
        Mail(
            message_id=demo_message_id(message.id),
            sender_name=message.sender_name,
            sender_address=message.sender_address,
            recipient=DESK_ADDRESS[message.desk],
            subject=message.subject,
            text=message.text,
            sent_at=sent_at,
            references=(demo_message_id(hints.in_reply_to),) if hints.in_reply_to else (),
            hints=MailHints(
                html=hints.html,
                html_only=hints.html_only,
                encoding=hints.encoding,
                charset=hints.charset,
                quote=hints.quote,
                header_fault=hints.header_fault,
                dmarc=dmarc,
            ),
            attachments=message.attachments,
        )
    )


def demo_message_id(message_id: str) -> str:
    """The Message-ID, without angle brackets, of the demo message of that id."""
    return f"{message_id}.demo@post.example"


def attachment_bytes(hint: AttachmentHint, at: datetime) -> tuple[str, bytes]:
    """Media type and content of a made file. Raises: KeyError for a kind that is not known."""
    makers = {
        "photo": ("image/png", _png),
        "pdf": ("application/pdf", lambda: _pdf(hint.text)),
        "text": ("text/plain", hint.text.encode),
        "archive": ("application/zip", lambda: _zip(hint.text, at)),
    }
    media_type, make = makers[hint.kind]
    return media_type, make()


def _fill(message: EmailMessage, mail: Mail) -> None:
    hints = mail.hints
    body = mail.text
    if hints.quote:
        quoted = "\n".join(f"> {line}" for line in hints.quote.rstrip("\n").split("\n"))
        body = f"{body.rstrip()}\n\nOn {mail.sent_at:%a, %b %d, %Y}, Linden Bay Health wrote:\n{quoted}\n"
    cte = {"quoted_printable": "quoted-printable"}.get(hints.encoding, hints.encoding) or None
    if hints.html_only:
        message.set_content(hints.html, subtype="html", charset=hints.charset, cte=cte)
        return
    message.set_content(body, charset=hints.charset, cte=cte)
    if hints.html:
        message.add_alternative(hints.html, subtype="html", charset=hints.charset, cte=cte)


def _attach(message: EmailMessage, hint: AttachmentHint, at: datetime) -> None:
    media_type, content = attachment_bytes(hint, at)
    maintype, _, subtype = media_type.partition("/")
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename=hint.name)


def _fix_boundaries(message: MIMEPart, seed: str) -> None:
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{hashlib.sha256(f'{seed}/{number}'.encode()).hexdigest()[:24]}")


def _break(raw: bytes, mail: Mail) -> bytes:
    """The mail with the fault that its hints ask for. Raises: KeyError for a fault that is not known."""
    if not mail.hints.header_fault:
        return raw
    subject = b"Subject: " + mail.subject.encode()
    faults: dict[str, tuple[bytes, bytes]] = {
        "no_message_id": (f"Message-ID: <{mail.message_id}>\r\n".encode(), b""),
        "bad_date": (b"Date: ", b"Date: yesterday 25:61, or was it "),
        # A sender that puts Latin-1 straight into a header, and a line that is no header at all.
        "raw_bytes": (subject, subject + b" \xe9\xe8 \xff\r\nthis line is not a header"),
        "broken_from": (f"<{mail.sender_address}>".encode(), b"<" + mail.sender_address.encode()),
        "unfolded": (subject, subject + b" long" * 400),
        "bad_type": (b"Content-Type: text/plain;", b'Content-Type: text/plain; charset="x-unheard-of"; was='),
    }
    old, new = faults[mail.hints.header_fault]
    if old not in raw:
        raise ValueError(f"{mail.message_id}: nothing to break for {mail.hints.header_fault}")
    return raw.replace(old, new, 1)


def _png() -> bytes:
    """A 64 by 64 picture of a reddish spot on a skin tone: drawn here, so that no photo has to be kept."""
    size = 64
    rows = bytearray()
    for y in range(size):
        rows.append(0)
        for x in range(size):
            inside = (x - size // 2) ** 2 + (y - size // 2) ** 2 < (size // 4) ** 2
            rows += bytes((200, 90, 80) if inside else (230, 190, 165))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(name, data) for name, data in chunks)


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _pdf(text: str) -> bytes:
    """A one-page PDF that says `text` in one line."""
    safe = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    stream = f"BT /F1 12 Tf 72 720 Td ({safe}) Tj ET".encode("latin-1", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources " + _FONT + b" >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return out.getvalue()


def _zip(text: str, at: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("papers.txt", at.timetuple()[:6]), text)
    return out.getvalue()
