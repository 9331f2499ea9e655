"""The local outbox: mails as they would have left. Only while no relay is set; opening one is an event."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from starlette.responses import Response

from vouchsafe.domain.staff import Permission
from vouchsafe.evidence.event import Event, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.ports.work import NotFound
from vouchsafe.web.access import Visit, require
from vouchsafe.web.desk import Desks
from vouchsafe.web.shell import show

_NAME = re.compile(r"^[0-9a-f]{32}\.eml$|^[A-Za-z0-9_-]{1,64}\.eml$")
_MOST = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in the folder. Its name says nothing about anybody."""

    name: str
    at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class OpenMail:
    """A mail as a person reads it."""

    to: str
    subject: str
    text: str


@require(Permission.READ_CASES, Permission.REVEAL_ORIGINALS)
def whole(visit: Visit) -> Response:
    """The list; with `mail=NAME` also that mail, identifiers and all, which is recorded first."""
    folder = visit.app.settings.outbox_dir
    if visit.app.settings.smtp_relay:
        raise NotFound("mail leaves by the relay here; there is no local outbox")
    name = visit.request.query_params.get("mail", "")
    opened = _open(visit, folder, name) if name else None
    with visit.app.store(visit.workspace) as work:
        zone = Desks(visit.app, work).zone
    return show(visit, "outbox/page.html", mails=_mails(folder), opened=opened, name=name, zone=zone)


def _mails(folder: Path) -> list[Mail]:
    found = [(path, path.stat()) for path in folder.glob("*.eml")] if folder.is_dir() else []
    rows = [Mail(path.name, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size) for path, stat in found]
    return sorted(rows, key=lambda one: one.at, reverse=True)[:_MOST]


def _open(visit: Visit, folder: Path, name: str) -> OpenMail:
    path = folder / name
    if not _NAME.match(name) or not path.is_file():
        raise NotFound("there is no such mail")
    with visit.app.store(visit.workspace) as work:
        payload = {"outbox": name}
        work.note(Event(EventType.ORIGINAL_READ, person(visit.user.id), Outcome.OK, payload=dict(payload)))
    message = message_from_bytes(path.read_bytes(), policy=default)
    if not isinstance(message, EmailMessage):
        raise NotFound("there is no such mail")
    body = message.get_body(("plain",))
    return OpenMail(str(message["To"] or ""), str(message["Subject"] or ""), body.get_content() if body else "")
