"""The demo clinic as data: its contacts, its people, its new messages and its knowledge folder, all invented by us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from vouchsafe.domain.finding import Tier
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.staff import License, Role

DESK_ADDRESS: Mapping[str, str] = {"patient": "care@lindenbay.example", "it": "it@lindenbay.example"}
"""Where mail to each desk of the demo clinic is sent."""


@dataclass(frozen=True, slots=True)
class DemoContact:
    """An invented person in the clinic's master. `birth_date` is a calendar day; staff have no record numbers."""

    key: str
    kind: str
    """`patient` or `staff`."""
    name: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    birth_date: date
    address: str
    language: str
    mrn: str = ""
    account: str = ""
    plan: str = ""
    member_id: str = ""
    employee_id: str = ""
    job: str = ""
    acts_for: tuple[str, ...] = ()

    @property
    def first_name(self) -> str:
        """The given name, as an agent would greet."""
        return self.name.split()[0]

    @property
    def record_numbers(self) -> tuple[str, ...]:
        """Numbers that identify the person: record, account, member, employee."""
        return tuple(n for n in (self.mrn, self.account, self.member_id, self.employee_id) if n)

    @property
    def known(self) -> KnownContact:
        """What redaction looks for."""
        return KnownContact(
            names=(self.name,),
            emails=self.emails,
            phones=self.phones,
            dates=(self.birth_date.isoformat(),),
            ids=self.record_numbers,
            addresses=(self.address,),
        )


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A person who works at the demo clinic; the demo gives the password."""

    login: str
    name: str
    title: str
    roles: tuple[Role, ...]
    queues: tuple[QueueName, ...]
    languages: tuple[str, ...]
    license: License | None


@dataclass(frozen=True, slots=True)
class AttachmentHint:
    """A file to make: `kind` is photo, pdf, text or archive; `text` is what it says inside."""

    kind: str
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class MailHints:
    """How a mail is built where it should not be plain. The words are explained at the top of `messages.yaml`."""

    html: str = ""
    html_only: bool = False
    encoding: str = ""
    charset: str = "utf-8"
    in_reply_to: str = ""
    quote: str = ""
    header_fault: str = ""
    dmarc: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What should become of a message, and why. `accept` lists other routes that would be right, being more careful."""

    route: str
    tier: Tier | None
    queue: QueueName | None
    why: str
    accept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """A new message that the demo sends. `contact` is a key of the contacts, or empty for somebody unknown.

    `session` is the id of the first message of the same chat session (its own id otherwise).
    """

    id: str
    channel: ChannelKind
    desk: str
    contact: str
    sender_name: str
    sender_address: str
    subject: str
    text: str
    session: str
    attachments: tuple[AttachmentHint, ...]
    hints: MailHints
    expected: Expected


def demo_folder() -> Path:
    """The folder of the demo clinic's files inside the installed package."""
    return Path(str(files("vouchsafe.data"))) / "demo"


def knowledge_folder() -> Path:
    """The folder with the demo clinic's pages: a `--kb DIR` like any other."""
    return demo_folder() / "knowledge"


def load_contacts(path: Path | None = None) -> tuple[DemoContact, ...]:
    """The contacts of a YAML file, in file order; the demo clinic's without a path.

    Raises: KeyError or ValueError where a row lacks a field or has one that does not belong.
    """
    rows = _rows(path or demo_folder() / "contacts.yaml", "contacts")
    return tuple(_contact(row) for row in rows)


def load_users() -> tuple[DemoUser, ...]:
    """The people who work at the demo clinic, in file order: at least one for each role."""
    return tuple(_user(row) for row in _rows(demo_folder() / "staff.yaml", "users"))


def load_messages() -> tuple[DemoMessage, ...]:
    """The new messages of the demo, in order of arrival. Raises: KeyError for a sender or session that is unknown."""
    contacts = {contact.key: contact for contact in load_contacts()}
    messages = tuple(_message(row, contacts) for row in _rows(demo_folder() / "messages.yaml", "messages"))
    ids = [message.id for message in messages]
    for message in messages:
        for named in (message.session, message.hints.in_reply_to or message.id):
            if named not in ids[: ids.index(message.id) + 1]:
                raise KeyError(f"{message.id} names {named}, which has not arrived before it")
    return messages


def _rows(path: Path, key: str) -> list[dict[str, Any]]:  # Any: YAML values are parsed into types below
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = content[key]
    return rows


def _contact(row: Mapping[str, Any]) -> DemoContact:
    try:
        fields = dict(row)
        for name in ("emails", "phones", "acts_for"):
            fields[name] = tuple(fields.get(name, ()))
        return DemoContact(**fields)
    except TypeError as error:
        raise ValueError(f"contact {row.get('key')}: {error}") from error


def _user(row: Mapping[str, Any]) -> DemoUser:
    licence = row.get("license")
    return DemoUser(
        login=row["login"],
        name=row["name"],
        title=row["title"],
        roles=tuple(Role(word) for word in row["roles"]),
        queues=tuple(QueueName(word) for word in row["queues"]),
        languages=tuple(row["languages"]),
        license=License(**licence) if licence else None,
    )


def _message(row: Mapping[str, Any], contacts: Mapping[str, DemoContact]) -> DemoMessage:
    key, name, address = _sender(row, contacts)
    hints = MailHints(**row.get("raw_mail", {}))
    expect = row["expect"]
    return DemoMessage(
        id=row["id"],
        channel=ChannelKind(row["channel"]),
        desk=row["desk"],
        contact=key,
        sender_name=name,
        sender_address=address,
        subject=row.get("subject", ""),
        text=row["text"],
        session=row.get("session", row["id"]),
        attachments=tuple(AttachmentHint(**hint) for hint in row.get("attachments", ())),
        hints=hints,
        expected=Expected(
            route=expect["route"],
            tier=Tier(expect["tier"]) if expect["tier"] else None,
            queue=QueueName(expect["queue"]) if expect["queue"] else None,
            why=expect["why"],
            accept=tuple(expect.get("accept", ())),
        ),
    )


def _sender(row: Mapping[str, Any], contacts: Mapping[str, DemoContact]) -> tuple[str, str, str]:
    """Key, display name and address. A `from` with angle brackets is somebody whom the clinic does not know."""
    sender: str = row["from"]
    if "<" in sender:
        name, _, rest = sender.partition("<")
        return "", name.strip(), rest.rstrip("> ")
    contact = contacts[sender]
    return sender, contact.name, row.get("address", contact.emails[0])
