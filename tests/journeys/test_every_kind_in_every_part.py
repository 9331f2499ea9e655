"""Identifiers of every kind in every part of a mail: what goes on after redaction holds none of them."""

from email.message import EmailMessage
from email.policy import SMTP

from tests.attacks.planted import Person, Planted
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.states import Redacted
from vouchsafe.pipeline.redact import stage
from vouchsafe.plugins.channels.email.parse import parse_mail
from vouchsafe.ports.channel import Accepted

CALENDAR = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Visit\r\nDESCRIPTION:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def mail_of(planted: Planted) -> bytes:
    """One mail with a person of its own in each part that can hold words."""
    mail = EmailMessage(policy=SMTP.clone(utf8=True))
    sender, hidden, attributes = planted.person("sender"), planted.person("hidden"), planted.person("attributes")
    mail["From"] = f'"{sender.first} {sender.last}" <{sender.address}>'
    mail["To"] = "desk@clinic.example"
    mail["Message-ID"] = "<m1@home.example>"
    mail["Subject"] = in_one_line(planted.person("subject"))
    quoted = "\n".join(f"> {line}" for line in planted.person("quote").says.splitlines())
    body = planted.person("body").says
    mail.set_content(f"{body}\n\nOn Monday, the clinic wrote:\n{quoted}\n")
    shown = body.replace("&", "&amp;").replace("\n", "<br>")
    unseen = hidden.says.replace("&", "&amp;").replace("\n", "<br>")
    title = in_one_line(attributes).replace("&", "&amp;")
    mail.add_alternative(
        f'<p>{shown}</p><div style="display:none">{unseen}</div><img alt="{title}" title="{title}" src="x.png">',
        subtype="html",
    )
    mail.add_attachment(planted.person("attachment").says, filename="note.txt")
    mail.add_attachment(CALENDAR.format(in_one_line(planted.person("calendar"))), subtype="calendar", filename="v.ics")
    named = planted.person("file name")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=f"{named.first} {named.last} scan.pdf")
    return mail.as_bytes()


def in_one_line(person: Person) -> str:
    """What the person says, as a header or an attribute holds it."""
    return person.says.replace("\n", " ")


def redacted(app: App, clinic: Clinic, raw: bytes) -> Redacted:
    """The mail through the door of mail, then redaction."""
    taken = app.intake(parse_mail(raw, recipient="desk@clinic.example", received_at=clinic.clock.now()))
    assert isinstance(taken, Accepted)
    assert taken.case is not None
    with clinic.store(clinic.workspace) as work:
        state = app.identified(work, work.received(work.case_row(taken.case)))
    return stage.run(state, app.redactor)


def test_no_safe_text_of_a_mail_holds_an_identifier_of_any_part(app: App, clinic: Clinic) -> None:
    planted = Planted()

    state = redacted(app, clinic, mail_of(planted))

    assert not state.failed
    (turn,) = state.fresh
    parts = {"subject": turn.subject, "text": turn.text, "quoted": turn.quoted, "hidden": turn.hidden}
    for number, file in enumerate(turn.attachments):
        parts |= {f"file name {number}": file.file_name, f"file {number}": file.text or turn.subject}
    assert len(turn.attachments) == 3
    seen = {planted.words.get(token.value.value, "") for token in state.tokens}
    read = ("subject", "body", "quote", "hidden", "attachment", "calendar")
    assert {f"telephone of {part}" for part in read} <= seen, "every part was read"
    left = {
        f"{kind} in {where}"
        for where, safe in parts.items()
        for word, kind in planted.words.items()
        if word.lower() in safe.value.lower()
    }
    assert left == set()
