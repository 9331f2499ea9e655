"""Identifiers of every kind through every door and part; then every byte an installation keeps is searched for them.

A real installation: its own cluster, supervisor, web server, mail door and worker. When it has stopped, its data folder
with the database's pages, WAL and log, sealed files, temporary folders and what its commands printed are read as bytes.

What is not searched for here: whether redaction finds an identifier; `tests/pipeline/redact` asks that. Not seen: a
temporary file that was written and removed while the installation ran.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import create_engine, text
from tests.attacks.byte_scan import Scan, files, tables
from tests.attacks.planted import Person, Planted
from tests.faults.doors import Refused, by_chat, by_form, by_mail, until_taken
from tests.faults.installation import DESK, SETTLE_WITHIN_S, UNREST, Installation, rows, until

from vouchsafe.app import App, make_app, prepared
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.staff import License, Role
from vouchsafe.domain.states import Stage
from vouchsafe.installing import add_contacts, add_user
from vouchsafe.reviewing import Reviewing
from vouchsafe.store.embedded import running_connection
from vouchsafe.store.setup import DATABASE

PASSWORD = "quartz-lantern-orchard-sleet"
CANARY = "a word in clear, to see that pages and WAL can be searched"
IN_MAIL_THAT_LEFT = ("sender", "subject")
"""The outbox folder stands for the relay. A mail that lies there has left: it names whoever it goes to, repeats the
subject of the mail it answers and refers to its Message-ID, and the reply that a person signed says a name on purpose."""


@pytest.fixture
def outside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where processes keep temporary files, caches and whatever falls into the folder they run in."""
    place = folder.with_name(f"{folder.name}-outside")
    place.mkdir()
    for name in ("TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        (place / name).mkdir()
        monkeypatch.setenv(name, str(place / name))
    with monkeypatch.context() as patch:
        patch.chdir(place)
        yield place
    shutil.rmtree(place, ignore_errors=True)


def test_no_identifier_stands_on_disk_after_passing_through_every_door(
    installation: Installation, outside: Path
) -> None:
    planted = Planted()
    settings, workspace = installation.settings, installation.workspace
    installation.start()
    postgres = settings.data_dir / "postgres"
    assert until(lambda: running_connection(postgres) is not None, SETTLE_WITHIN_S)
    info = running_connection(postgres)
    assert info is not None
    admin = info.url(DATABASE)
    app = make_app(settings, prepared(settings, admin))
    try:
        body = write_to_every_door(installation, app, planted)
        assert until(lambda: rows(app, workspace, UNREST)[0][0] == 0, SETTLE_WITHIN_S)
        answer_by_name(installation, app, body)
        assert until(lambda: rows(app, workspace, UNREST)[0][0] == 0, SETTLE_WITHIN_S)
        kept = dict(what_commands_say(installation, app, outside))
        every = rows(app, workspace, 'select stage from "case"')
    finally:
        app.close()
    engine = create_engine(admin)
    with engine.begin() as connection:
        kept |= dict(tables(connection))
        connection.execute(text("create table canary (word text)"))
        connection.execute(text("insert into canary values (:word)"), {"word": CANARY})
    engine.dispose()
    installation.stop()

    kept |= dict(files(settings.data_dir)) | {f"outside {name}": content for name, content in files(outside)}
    scan, scan_left = Scan(planted.words), Scan(planted_elsewhere(planted))
    found = [
        one
        for place, content in kept.items()
        for one in (scan_left if place.startswith("file outbox/") else scan)(place, content)
    ]
    assert found == [], "; ".join(found)
    check_that_it_was_searched(kept, len(every))


def planted_elsewhere(planted: Planted) -> dict[str, str]:
    """What may not stand even in a mail that left; the name a person restored is the mail body's."""
    return {
        value: name
        for value, name in planted.words.items()
        if name.rpartition(" of ")[2] not in IN_MAIL_THAT_LEFT
        and name not in {"name of mail body", "name of form", "mail address of form"}
    }


def write_to_every_door(installation: Installation, app: App, planted: Planted) -> Person:
    """Mails, a form and a chat, two of them twice; a mail that cannot be read, one for nobody, a log-in gone wrong."""
    settings = installation.settings
    body = planted.person("mail body")
    known = KnownContact(
        names=(f"{body.first} {body.last}",), emails=(body.address,), phones=(body.phone,), ids=(body.record,)
    )
    add_contacts(app, installation.workspace, [(known, "en", False)])
    sender = planted.person("sender")

    def mail(raw: bytes) -> None:
        until_taken(lambda: by_mail(settings, raw, sender=sender.address, recipient=DESK), SETTLE_WITHIN_S)

    whole = a_mail_of_every_part(planted, sender, body)
    for raw in (whole, whole, a_clinical_mail(planted, sender), a_mail_of_too_many_parts(planted)):
        mail(raw)
    stranger = planted.person("refused recipient")
    with pytest.raises(Refused):
        by_mail(settings, whole, sender=sender.address, recipient=stranger.address)

    form, upload = planted.person("form"), planted.person("form file")
    fields = {"name": f"{form.first} {form.last}", "email": form.address, "subject": form.record}
    fields["message"] = f"When is the main clinic open on Saturdays?\n{form.says}"
    file = (f"letter of {upload.last} {upload.record}.txt", upload.says.encode())
    for _ in range(2):
        until_taken(lambda: by_form(settings, "one-page-and-its-one-token", fields, file), SETTLE_WITHIN_S)

    chat = planted.person("chat")
    line = f"Where can I park at the main clinic?\n{chat.says}"
    until_taken(lambda: by_chat(settings, "a-browser-and-its-session-cookie-x", "line-00000001", line), SETTLE_WITHIN_S)
    knock(settings.base_url, planted.person("log-in and addresses"))
    return body


def a_mail_of_every_part(planted: Planted, sender: Person, body: Person) -> bytes:
    """Plain and HTML, quoted history, a file and an invitation; every header that a person or a program fills in."""
    subject, attribute = planted.person("subject"), planted.person("HTML attribute")
    history, name = planted.person("quoted history"), planted.person("file name")
    attached, invited = planted.person("attachment"), planted.person("calendar part")
    mail = EmailMessage()
    mail["From"] = f'"{sender.first} {sender.last}" <{sender.address}>'
    mail["To"] = DESK
    mail["Subject"] = f"Visit of {subject.first} {subject.last}, MRN {subject.record}"
    mail["Message-ID"] = f"<{sender.last}.{sender.record}@home.example>"
    mail["X-Written-By"] = f"{attribute.first} {attribute.last}"
    quoted = "".join(f"> {one}\n" for one in history.says.splitlines())
    on = f"On 2 March 2026 {history.first} {history.last} <{history.address}> wrote:"
    mail.set_content(f"When is the main clinic open on Saturdays?\n{body.says}\n{on}\n{quoted}")
    mail.add_alternative(
        f'<p title="{attribute.first} {attribute.last}, born {attribute.birth}">When is the main clinic open?</p>'
        f'<img alt="{attribute.phone}" src="https://pictures.example/{attribute.file}">'
        f'<a href="mailto:{attribute.address}">me</a><p style="display:none">{attribute.says}</p>'
        f"<blockquote>{history.says}</blockquote>",
        subtype="html",
    )
    mail.add_attachment(attached.says, filename=f"scan {name.first} {name.last} {name.birth.replace('/', '-')}.txt")
    mail.add_attachment(
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1@home.example\nDTSTART:20260302T140000Z\n"
        f"SUMMARY:Visit of {invited.first} {invited.last}\nATTENDEE;CN={invited.last}:mailto:{invited.address}\n"
        f"DESCRIPTION:{' '.join(invited.says.split())}\nEND:VEVENT\nEND:VCALENDAR\n",
        subtype="calendar",
    )
    return mail.as_bytes(policy=SMTP)


def a_clinical_mail(planted: Planted, sender: Person) -> bytes:
    """One that raises an alarm, so that a page is mailed too."""
    person = planted.person("clinical mail")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = sender.address, DESK, "<clinical@home.example>"
    mail.set_content(f"Since yesterday I have strong chest pain and my left arm is numb.\n{person.says}")
    return mail.as_bytes(policy=SMTP)


def a_mail_of_too_many_parts(planted: Planted) -> bytes:
    """One that no reader opens: its bytes are kept sealed for the person who owns the quarantine."""
    person = planted.person("quarantined mail")
    head = f"From: {person.address}\r\nTo: {DESK}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{person.says}"
    return (head.replace("\n", "\r\n") + "\r\n--b\r\n\r\n" * 2100).encode()


def knock(address: str, person: Person) -> None:
    """Identifiers typed where none belong: a wrong log-in, addresses of pages that are not there."""
    with httpx.Client(base_url=address, timeout=30) as browser:
        field = LexborHTMLParser(browser.get("/login").text).css_first('input[name="token"]')
        token = (field.attributes["value"] if field else "") or ""
        tried = browser.post("/login", data={"token": token, "login": person.address, "password": person.password})
        assert tried.status_code == 401
        assert browser.get("/queue", params={"q": f"{person.first} {person.last}"}).status_code in {303, 401}
        assert browser.get(f"/cases/{person.record}", headers={"User-Agent": person.phone}).status_code != 200
        browser.cookies.set("vouchsafe", person.password)
        assert browser.get(f"/{person.last}/{person.file}").status_code != 200


def answer_by_name(installation: Installation, app: App, body: Person) -> None:
    """A clinician reveals why, and signs a reply in which a placeholder becomes the patient's name again."""
    licence = License("RN", "RN-0055", date(2099, 1, 31))
    nurse = add_user(
        app, installation.workspace, "nurse", "Ida Example", "Nurse", frozenset({Role.CLINICIAN}), PASSWORD, licence
    )
    add_user(app, installation.workspace, "privacy", "Leo Example", "Privacy", frozenset({Role.PRIVACY}), PASSWORD)
    reviewing = Reviewing(app, installation.workspace)
    for (case,) in rows(app, installation.workspace, 'select id from "case"'):
        held = CaseId(case)  # type: ignore[arg-type]  # a row of the catalog's uuid
        with app.store(installation.workspace) as work:
            row = work.case_row(held)
            token = next((t for t in work.tokens(row.conversation) if body.last in t.value.value), None)
        if token is not None and row.stage in {Stage.AWAITING_HUMAN, Stage.ESCALATED}:
            reviewing.reveal(held, nurse, f"to call {body.first} {body.last} at {body.phone}")
            reviewing.approve(held, nurse, row.version, f"Dear {token.placeholder}, please call our front desk.")
            return
    raise AssertionError("no case of the mail waits for a person")


def what_commands_say(installation: Installation, app: App, outside: Path) -> Iterator[tuple[str, bytes]]:
    """What an operator types when something is to be found out, with the files it writes; they lie outside."""
    secret = outside / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    shown = ("--login", "privacy", "--password-file", str(secret), "--reason", "to measure")
    (case,) = rows(app, installation.workspace, "select case_id from message where direction = 'inbound' order by id")[
        0
    ]
    for code, command in (
        (0, ("explain", str(case))),
        (1, ("doctor", "--report", str(outside / "report.json"))),
        (0, ("verify",)),
        (0, ("eval", "sample", str(outside / "sample.jsonl"), "--labels", *shown)),
    ):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "vouchsafe.cli.main", *command],
            env={**os.environ, **installation.environment(), "COLUMNS": "200"},
            capture_output=True,
            check=False,
        )
        assert done.returncode == code, done.stderr.decode()[-2000:]
        yield f"output of {command[0]}", done.stdout + done.stderr
    for path in ("/metrics", "/healthz"):
        yield f"page {path}", httpx.get(f"{installation.settings.base_url}{path}", timeout=30).content


def check_that_it_was_searched(kept: dict[str, bytes], cases: int) -> None:
    """Every place is there and holds what it should, or the search proved nothing."""
    full = {place for place, content in kept.items() if len(content) > 100}
    canary = Scan({CANARY: "canary"})
    for folder in ("postgres/postgres/data/base/", "postgres/postgres/data/pg_wal/"):
        content = b"".join(kept[place] for place in sorted(full) if place.startswith(f"file {folder}"))
        assert canary(folder, content), f"{folder} was not searched"
    parts = ("message", "case", "token", "outbox", "attachment", "event", "payload", "quarantine", "alarm", "contact")
    assert {f"table {name}" for name in parts} <= full
    assert cases == 4, "a mail of every part, a clinical one, a form, a chat"
    assert sum(place.startswith("file objects/") for place in full) >= 6
    assert sum(place.startswith("file outbox/") for place in full) >= 4, "a notice or a reply to each, and a page"
    assert b"Dear Quillon Farrowby" in b"".join(kept[place] for place in full if place.startswith("file outbox/"))
    assert b"mail taken" in kept["file log"]
    assert any(place.startswith("file postgres/postgres/log/") for place in full)
    said = {f"output of {name}" for name in ("explain", "doctor", "verify")} | {"page /metrics"}
    assert said | {"outside file report.json", "outside file sample.jsonl"} <= full
    assert b"[NAME_1]" in kept["outside file sample.jsonl"]
