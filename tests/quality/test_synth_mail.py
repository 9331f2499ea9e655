import email
import zipfile
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from io import BytesIO

import pytest

from vouchsafe.domain.message import ChannelKind
from vouchsafe.quality.synth_demo import AttachmentHint, DemoMessage, MailHints, load_messages
from vouchsafe.quality.synth_mail import Mail, attachment_bytes, build_mail, demo_mail

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MAILS = {message.id: message for message in load_messages() if message.channel is ChannelKind.EMAIL}


def parsed(message: DemoMessage) -> EmailMessage:
    return email.message_from_bytes(demo_mail(message, AT), policy=policy.default)


def a_mail(hints: MailHints) -> Mail:
    return Mail(
        "x1@post.example",
        "Ada Brinewell",
        "ada@mail.example",
        "care@lindenbay.example",
        "Hours",
        "When?\n",
        AT,
        hints=hints,
    )


@pytest.mark.parametrize("message", MAILS.values(), ids=MAILS)
def test_the_same_message_gives_the_same_bytes(message: DemoMessage) -> None:
    assert demo_mail(message, AT) == demo_mail(message, AT)
    assert b"\r\n\r\n" in demo_mail(message, AT)


def test_accents_survive_latin_1_in_quoted_printable() -> None:
    mail = parsed(MAILS["m24"])
    assert mail.get_content_charset() == "iso-8859-1"
    assert mail["Content-Transfer-Encoding"] == "quoted-printable"
    assert "¿Cuál es el horario de la clínica principal los sábados?" in mail.get_content()


def test_a_reply_names_the_mail_it_answers_and_quotes_below_its_own_text() -> None:
    mail = parsed(MAILS["m36"])
    assert mail["In-Reply-To"] == parsed(MAILS["m01"])["Message-ID"]
    assert mail["References"] == parsed(MAILS["m01"])["Message-ID"]
    own, quoted = mail.get_content().replace("\r\n", "\n").split("wrote:\n")
    assert own.startswith("Thank you. And where can I park at the main clinic?")
    assert all(line.startswith(">") for line in quoted.strip().splitlines())


def test_hidden_orders_stand_in_the_html_part_only() -> None:
    mail = parsed(MAILS["m29"])
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "disregard" not in plain.get_content()
    assert "disregard" in html.get_content()


@pytest.mark.parametrize(
    ("message_id", "media_type"), [("m37", "image/png"), ("m38", "application/pdf"), ("m64", "application/zip")]
)
def test_attachments_are_what_they_say(message_id: str, media_type: str) -> None:
    (attachment,) = parsed(MAILS[message_id]).iter_attachments()
    assert attachment.get_content_type() == media_type
    magic = {"image/png": b"\x89PNG", "application/pdf": b"%PDF-", "application/zip": b"PK"}
    assert attachment.get_content().startswith(magic[media_type])


def test_a_made_pdf_points_at_its_objects_and_a_made_archive_opens() -> None:
    _, pdf = attachment_bytes(AttachmentHint("pdf", "a.pdf", "one (1) page"), AT)
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert pdf[start:].startswith(b"xref")
    first = int(pdf[start:].split(b"\n")[3][:10])
    assert pdf[first:].startswith(b"1 0 obj")
    _, archive = attachment_bytes(AttachmentHint("archive", "a.zip", "hello"), AT)
    assert zipfile.ZipFile(BytesIO(archive)).read("papers.txt") == b"hello"


def test_only_mail_of_contacts_carries_the_vouching_of_the_mail_exchanger() -> None:
    assert "dmarc=pass" in parsed(MAILS["m01"])["Authentication-Results"]
    assert "dmarc=none" in parsed(MAILS["m33"])["Authentication-Results"]


@pytest.mark.parametrize(
    ("fault", "shows"),
    [
        ("no_message_id", lambda raw: b"Message-ID" not in raw),
        ("bad_date", lambda raw: b"25:61" in raw),
        ("raw_bytes", lambda raw: b"\xe9\xe8" in raw),
        ("broken_from", lambda raw: b"<ada@mail.example>" not in raw),
        ("unfolded", lambda raw: max(map(len, raw.split(b"\r\n"))) > 998),
        ("bad_type", lambda raw: b"x-unheard-of" in raw),
    ],
)
def test_a_fault_breaks_one_header_and_leaves_the_body(fault: str, shows: object) -> None:
    raw = build_mail(a_mail(MailHints(header_fault=fault)))
    assert callable(shows)
    assert shows(raw)
    assert not shows(build_mail(a_mail(MailHints())))
    assert raw.rstrip().endswith(b"When?")


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(KeyError):
        build_mail(a_mail(MailHints(header_fault="fire")))
