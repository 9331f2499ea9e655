"""A file is read whole as text, or it says why it was not, and nothing in it can hurt the reader."""

import io
import random
import zipfile
import zlib
from collections.abc import Callable

import docx
import pypdf
import pytest

from vouchsafe.domain.message import AttachmentData, Readable
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.channels.attachments import AttachmentLimits, Read, read_attachment

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def a_png() -> bytes:
    """One white pixel."""
    out = b"\x89PNG\r\n\x1a\n"
    chunks = (
        (b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
        (b"IDAT", zlib.compress(b"\0\xff")),
        (b"IEND", b""),
    )
    for kind, content in chunks:
        out += len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
    return out


def read(content: bytes, declared: str = "application/octet-stream", limits: AttachmentLimits | None = None) -> Read:
    return read_attachment(AttachmentData(PhiText("file"), declared, content), limits)


def words(result: Read) -> str:
    kind, readable, text = result
    assert readable is Readable.READ, (kind, readable)
    assert text is not None
    return text.value


def a_pdf(text: str = "Your visit is on Monday", extra: bytes = b"") -> bytes:
    stream = b"BT /F1 12 Tf 72 700 Td (" + text.encode() + b") Tj ET" + extra
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    return _assemble(objects)


def _assemble(objects: list[bytes]) -> bytes:
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += str(number).encode() + b" 0 obj\n" + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 " + str(len(objects) + 1).encode() + b"\n0000000000 65535 f \n"
    out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


def a_docx(text: str = "Your visit is on Monday", picture: bytes = b"") -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    document.add_table(1, 1).cell(0, 0).text = "in a table"
    document.sections[0].header.paragraphs[0].text = "in the header"
    if picture:
        document.add_picture(io.BytesIO(picture))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def a_zip(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "declared", "kind", "text"),
    [
        (b"plain words", "text/plain", "text/plain", "plain words"),
        ("señal".encode("latin-1"), "text/plain", "text/plain", "señal"),
        ("\ufeffpain".encode("utf-16-le"), "text/plain", "text/plain", "pain"),
        (b"a,b\n1,2", "text/csv", "text/csv", "a,b\n1,2"),
        (b"<html><p>seen<p hidden>unseen", "text/plain", "text/html", "seen\nunseen"),
        (b"%PDF is a format", "text/plain", "text/plain", "%PDF is a format"),
    ],
)
def test_text_is_read(content: bytes, declared: str, kind: str, text: str) -> None:
    got = read(content, declared)

    assert got[0] == kind
    assert words(got) == text


def test_an_invitation_gives_its_words() -> None:
    invitation = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Visit\\, Dr\r\n  Lee\r\nDESCRIPTION:bring\\ncard\r\n"
        b"UID:1\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )

    got = read(invitation, "application/octet-stream")

    assert got[0] == "text/calendar"
    assert words(got) == "SUMMARY:Visit, Dr Lee\nDESCRIPTION:bring\ncard"


def test_a_forwarded_mail_is_read_and_one_with_files_is_not() -> None:
    plain = b"From: Ana <ana@home.example>\nSubject: inner\n\nI feel unwell"
    packed = (
        b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n"
        b"--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=x.png\n\nxx\n--b--\n"
    )

    assert "I feel unwell" in words(read(plain, "message/rfc822"))
    assert read(packed, "message/rfc822")[1:] == (Readable.NOT_TEXT, None)


def test_a_pdf_with_words_is_read() -> None:
    got = read(a_pdf(), "application/octet-stream")

    assert got[0] == "application/pdf"
    assert "Your visit is on Monday" in words(got)


def test_a_docx_is_read_with_tables_and_headers() -> None:
    got = read(a_docx(), "application/octet-stream")

    assert got[0] == DOCX
    for part in ("Your visit is on Monday", "in a table", "in the header"):
        assert part in words(got)


def _locked_pdf() -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(a_pdf()))
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _pdf_bomb() -> bytes:
    # 200 MB of spaces in 200 kB, as the content of a page.
    packed = zlib.compress(b" " * 200_000_000, 9)
    return _assemble(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            b"<< /Length "
            + str(len(packed)).encode()
            + b" /Filter /FlateDecode >>\nstream\n"
            + packed
            + b"\nendstream",
        ]
    )


def _locked_zip() -> bytes:
    content = bytearray(a_zip(x=b"hello"))
    for mark, flag_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flag_at] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("make", "declared", "readable"),
    [
        (a_png, "text/plain", Readable.PICTURE),
        (lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(60), "application/octet-stream", Readable.PICTURE),
        (lambda: b"\x00\x00\x00\x18ftypheic" + bytes(60), "application/octet-stream", Readable.PICTURE),
        (lambda: a_docx(picture=a_png()), DOCX, Readable.PICTURE),
        (lambda: a_pdf(extra=b" BI /W 1 /H 1 /BPC 8 /CS /G ID x EI"), "application/pdf", Readable.PICTURE),
        (lambda: a_pdf(""), "application/pdf", Readable.NOT_TEXT),
        (lambda: b"ID3\x03" + bytes(200), "audio/mpeg", Readable.NOT_TEXT),
        (lambda: bytes(range(256)) * 9, "text/plain", Readable.NOT_TEXT),
        (lambda: b"{\\rtf1 words}", "text/plain", Readable.NOT_TEXT),
        (lambda: a_zip(x=b"hello"), "application/zip", Readable.NOT_TEXT),
        (_locked_zip, "application/zip", Readable.ENCRYPTED),
        (_locked_pdf, "application/pdf", Readable.ENCRYPTED),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), DOCX, Readable.ENCRYPTED),
        (lambda: b"", "text/plain", Readable.BROKEN),
        (lambda: b"%PDF-1.4 nothing else", "application/pdf", Readable.BROKEN),
        (lambda: a_docx()[:3000], DOCX, Readable.BROKEN),
        (lambda: a_zip(**{"word/document.xml": b"<broken"}), DOCX, Readable.BROKEN),
        (lambda: a_zip(bomb=bytes(80_000_000)), "application/zip", Readable.TOO_LONG),
        (lambda: a_zip(**{"word/document.xml": bytes(80_000_000)}), DOCX, Readable.TOO_LONG),
        (lambda: a_zip(**{f"f{n}": b"" for n in range(3000)}), "application/zip", Readable.TOO_LONG),
        (_pdf_bomb, "application/pdf", None),
        (lambda: b"word " * 100_000, "text/plain", Readable.TOO_LONG),
        (lambda: b"x" * 16_000_000, "text/plain", Readable.TOO_LONG),
    ],
)  # fmt: skip
def test_what_was_not_read_whole_says_why(make: Callable[[], bytes], declared: str, readable: Readable | None) -> None:
    _, got, text = read(make(), declared)

    # The bomb may end at the library's own limit or at ours; what counts is that it ends and gives no text.
    assert got is readable or (readable is None and got in {Readable.TOO_LONG, Readable.BROKEN, Readable.NOT_TEXT})
    assert text is None


def test_a_reader_that_takes_too_long_is_stopped() -> None:
    assert read(a_pdf(), limits=AttachmentLimits(wall_s=0.001))[1:] == (Readable.TOO_LONG, None)


def test_a_reader_that_needs_too_much_memory_gives_no_text() -> None:
    _, readable, text = read(a_docx(), limits=AttachmentLimits(memory_mb=20))

    assert readable is not Readable.READ
    assert text is None


def test_damaged_files_never_break_the_reader() -> None:
    rng = random.Random(3)
    for source in (a_pdf(), a_docx()):
        for _ in range(6):
            damaged = bytearray(source)
            for _ in range(rng.randint(1, 20)):
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            read(bytes(damaged))
