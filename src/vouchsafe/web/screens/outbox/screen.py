"""The local outbox: mails as they would have left, while no relay is set. Opening an answer needs its case's rights."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from starlette.responses import Response

from vouchsafe.domain.staff import Permission
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.ports.work import CaseRow, NotFound
from vouchsafe.reviewing import NeedsReason
from vouchsafe.store import cases, conversations, desks
from vouchsafe.web.access import Forbidden, Visit, reason_given, record_denial, require
from vouchsafe.web.desk import Desks, may_read_words
from vouchsafe.web.shell import show

_NAME = re.compile(r"^[0-9a-f]{32}\.eml$|^[A-Za-z0-9_-]{1,64}\.eml$")
_MOST = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in the folder. Its name says nothing about anybody."""

    name: str
    at: datetime
    size: int
    page: bool


@dataclass(frozen=True, slots=True)
class OpenMail:
    """A mail as a person reads it."""

    to: str
    subject: str
    text: str


@require(Permission.READ_CASES, Permission.REVEAL_ORIGINALS)
def whole(visit: Visit) -> Response:
    """The list; with `mail=NAME` that mail too: a page at once, an answer after a reason."""
    return _page(visit, visit.request.query_params.get("mail", ""))


@require(Permission.READ_CASES, Permission.REVEAL_ORIGINALS)
def read(visit: Visit) -> Response:
    """An answer as it left, identifiers and all, for this one answer of ours; the reason is on record before."""
    name = str(visit.request.path_params["mail"])
    message = _mail(visit, name)
    row = _case_of(visit, name, message)
    try:
        given = reason_given(visit.form.get("reason", ""))
    except NeedsReason as refused:
        return _page(visit, name, status=422, problem=str(refused))
    with visit.app.store(visit.workspace) as work:
        payload: dict[str, Json] = {"outbox": name, "reason": given}
        work.note(
            Event(
                EventType.ORIGINAL_READ,
                person(visit.user.id),
                Outcome.OK,
                case=row.id,
                conversation=row.conversation,
                payload=payload,
            )
        )
    return _page(visit, name, opened=_readable(message))


def _page(visit: Visit, name: str, *, status: int = 200, problem: str = "", opened: OpenMail | None = None) -> Response:
    folder = visit.app.settings.outbox_dir
    if visit.app.settings.smtp_relay:
        raise NotFound("mail leaves by the relay here; there is no local outbox")
    if name and opened is None:
        message = _mail(visit, name)
        if _is_page(name):
            opened = _readable(message)
        else:
            _case_of(visit, name, message)
    with visit.app.store(visit.workspace) as work:
        zone = Desks(visit.app, work).zone
    return show(
        visit,
        "outbox/page.html",
        status=status,
        problem=problem,
        mails=_mails(folder),
        opened=opened,
        name=name,
        zone=zone,
    )


def _mails(folder: Path) -> list[Mail]:
    found = [(path, path.stat()) for path in folder.glob("*.eml")] if folder.is_dir() else []
    rows = [
        Mail(path.name, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size, _is_page(path.name))
        for path, stat in found
    ]
    return sorted(rows, key=lambda one: one.at, reverse=True)[:_MOST]


def _is_page(name: str) -> bool:
    """Whether it is a page to the on-call address, which holds ids and times only."""
    return name.startswith("page-")


def _mail(visit: Visit, name: str) -> EmailMessage:
    path = visit.app.settings.outbox_dir / name
    if visit.app.settings.smtp_relay or not _NAME.match(name) or not path.is_file():
        raise NotFound("there is no such mail")
    message = message_from_bytes(path.read_bytes(), policy=default)
    if not isinstance(message, EmailMessage):
        raise NotFound("there is no such mail")
    return message


def _case_of(visit: Visit, name: str, message: EmailMessage) -> CaseRow:
    """The newest case of the conversation that the mail went out in.

    A mail is found by the key in its Message-ID, which belongs to the conversation, so every case of it must be open
    to the reader. Raises: NotFound for a mail of nobody's conversation, Forbidden where one case is with clinicians.
    """
    key = str(message["Message-ID"] or "").strip("<> ").partition("@")[0]
    with visit.app.store(visit.workspace) as work:
        found = (conversations.named(work.context, one.id, [key]) for one in desks.every(work.context))
        conversation = next((one for one in found if one), None) if key and not _is_page(name) else None
        if conversation is None:
            raise NotFound("there is no such mail")
        series = cases.of_conversation(work.context, conversation)
        allowed = all(may_read_words(visit, work, row) for row in series)
    if not allowed:
        record_denial(visit, Permission.READ_CLINICAL_CASES.value)
        raise Forbidden("this mail belongs to a case that is with clinicians; your role does not show its words")
    return series[-1]


def _readable(message: EmailMessage) -> OpenMail:
    body = message.get_body(("plain",))
    return OpenMail(str(message["To"] or ""), str(message["Subject"] or ""), body.get_content() if body else "")
