"""Setting up a workspace: its keys, its desks with their routes, its people, its contacts, its documents."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from argon2 import PasswordHasher

from vouchsafe.app import App
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import CaseId, DeskId, MessageId, UserId, WorkspaceId
from vouchsafe.domain.message import Author, Direction, Turn
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.passage import Document
from vouchsafe.domain.staff import License, Permission, Role, User
from vouchsafe.domain.states import CaseHead
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event, Json, Outcome, person, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.sign_offs import SignOff, needs_sign_offs, read_sign_offs
from vouchsafe.ports.work import NotFound
from vouchsafe.quality.synth import SynthConversation
from vouchsafe.store import cases, contacts, conversations, desks, knowledge, messages, staff
from vouchsafe.store.desks import DeskFacts
from vouchsafe.store.work import PgWork

MIN_PASSWORD = 12
_HISTORY_BATCH = 50
"""Conversations a transaction; large ones cost fewer commits."""
_PAGE = re.compile(r"[a-z][a-z0-9_]{0,30}")


class Refused(VouchsafeError):
    """A value that cannot be used; the message says what would do."""


@dataclass(frozen=True, slots=True)
class DeskPlan:
    """A desk to be made: its name and pack, the address it answers, where its pages go, and how far the AI may go."""

    name: str
    pack: str
    mode: Mode
    address: str
    title: str
    on_call: str


def create_workspace(app: App, plans: Iterable[DeskPlan]) -> WorkspaceId:
    """A new workspace with keys of its own and these desks; each desk's address leads to it from now on."""
    workspace = WorkspaceId(app.ids.new())
    app.keys.create_workspace(workspace)
    with app.store.database.begin(None) as connection:
        desks.add_workspace(connection, workspace)
    with app.store(workspace) as work:
        for plan in plans:
            if not _PAGE.fullmatch(plan.name):
                raise Refused("a desk's name is a short word such as patient")
            app.pack(plan.pack)
            facts = DeskFacts(plan.address, plan.title, plan.on_call)
            desk = desks.add(work.context, plan.name, plan.mode, plan.pack, facts)
            for route in (plan.address, f"desk:{plan.name}"):
                desks.add_route(work.context.connection, app.store.vault, route, workspace, desk)
            work.note(
                Event(
                    EventType.CHANNEL_CHANGED,
                    system("cli"),
                    Outcome.OK,
                    payload={"desk": plan.name, "mode": plan.mode.value, "address": plan.address},
                )
            )
    return workspace


def add_user(  # noqa: PLR0917  # a person is who, how they sign in, what they may do
    app: App,
    workspace: WorkspaceId,
    login: str,
    name: str,
    title: str,
    roles: frozenset[Role],
    password: str,
    license_: License | None = None,
) -> User:
    """A person with a log-in of their own. Raises: Refused for a short password or a name that is taken."""
    if len(password) < MIN_PASSWORD:
        raise Refused(f"a password has at least {MIN_PASSWORD} characters; three or four words do well")
    user = User(UserId(app.ids.new()), workspace, login, name, title, roles, license_, active=True)
    hashed = PasswordHasher().hash(password)
    with app.store(workspace) as work:
        if staff.by_login(work.context, login):
            raise Refused("this log-in name is taken; log-ins are never shared")
        staff.add(work.context, user, hashed)
        work.note(
            Event(
                EventType.USER_CREATED,
                system("cli"),
                Outcome.OK,
                payload={"user": str(user.id), "roles": ", ".join(sorted(role.value for role in roles))},
            )
        )
    return user


def deactivate_user(app: App, workspace: WorkspaceId, login: str) -> int:
    """The person can log in no more and is logged off everywhere; how many sessions ended. Raises: NotFound.

    The account stays, since what the person signed names it.
    """
    with app.store(workspace) as work:
        account = staff.by_login(work.context, login)
        if account is None or not account.user.active:
            raise NotFound("nobody active has this log-in; vouchsafe user list shows everybody")
        ended = staff.deactivate(work.context, account.user.id)
        payload: dict[str, Json] = {"user": str(account.user.id), "sessions": ended}
        work.note(Event(EventType.USER_DEACTIVATED, system("cli"), Outcome.OK, payload=payload))
    return ended


def change_mode(app: App, workspace: WorkspaceId, desk_name: str, mode: Mode, login: str, signed: str) -> Mode:  # noqa: PLR0917  # which desk, what, who, on which papers
    """Set how far the AI may go on a desk; the mode it had. `signed`: content of the sign-off file, or empty.

    Raises: Refused where the person may not, NotSigned where a paper of R200 is missing, NotFound.
    """
    with app.store(workspace) as work:
        account = staff.by_login(work.context, login)
        if account is None or not account.user.active or not account.user.may(Permission.MANAGE_SETTINGS):
            raise Refused("only an active administrator changes a desk's mode")
        desk = desks.get(work.context, desk_named(app, workspace, desk_name))
        papers: tuple[SignOff, ...] = ()
        if needs_sign_offs(desk.mode, mode):
            papers = read_sign_offs(signed, app.clock.now().date())
        desks.set_mode(work.context, desk.id, mode)
        payload: dict[str, Json] = {
            "desk": desk.name,
            "before": desk.mode.value,
            "after": mode.value,
            "signed": {one.paper: f"{one.by}, {one.day.isoformat()}, {one.kept}" for one in papers},
        }
        work.note(Event(EventType.MODE_CHANGED, person(account.user.id), Outcome.OK, payload=payload))
    return desk.mode


def add_contacts(app: App, workspace: WorkspaceId, rows: Iterable[tuple[KnownContact, str, bool]]) -> int:
    """Contacts of the organisation's master: (record, language, is staff)."""
    with app.store(workspace) as work:
        return contacts.add_all(work.context, tuple(rows))


def publish(app: App, workspace: WorkspaceId, desk_name: str, documents: Iterable[Document]) -> tuple[int, int]:
    """Make these the desk's documents; versions added and retired. Raises: NotFound."""
    with app.store(workspace) as work:
        desk = desk_named(app, workspace, desk_name)
        added, retired = knowledge.publish(work.context, desk, documents)
        if added or retired:
            work.note(
                Event(
                    EventType.SOURCE_PUBLISHED,
                    system("cli"),
                    Outcome.OK,
                    payload={"desk": desk_name, "versions": added, "retired": retired},
                )
            )
    return added, retired


def import_history(app: App, workspace: WorkspaceId, past: Iterable[SynthConversation]) -> int:
    """Store past conversations as closed cases, sealed like any other; how many. No reply leaves because of them."""
    rows = list(past)
    desk_ids = {name: desk_named(app, workspace, name) for name in {one.desk for one in rows}}
    for start in range(0, len(rows), _HISTORY_BATCH):
        with app.store(workspace) as work:
            for one in rows[start : start + _HISTORY_BATCH]:
                _import_one(app, work, desk_ids[one.desk], one)
    return len(rows)


def _import_one(app: App, work: PgWork, desk: DeskId, past: SynthConversation) -> None:
    first, last = past.messages[0], past.messages[-1]
    conversation = conversations.create(work.context, desk, first.channel)
    head = CaseHead(
        CaseId(app.ids.new()), work.workspace, desk, conversation, first.channel, version=1, opened_at=first.at
    )
    cases.import_ended(work.context, head, past.queue, last.at)
    ids = []
    for message in past.messages:
        inbound = message.direction is Direction.INBOUND
        turn = Turn(
            id=MessageId(app.ids.new()),
            direction=message.direction,
            author=Author.CONTACT if inbound else Author.PERSON,
            author_name="" if inbound else message.sender_name,
            at=message.at,
            subject=PhiText(message.subject),
            text=PhiText(message.text),
            quoted=PhiText(""),
            hidden=PhiText(""),
            sender_name=PhiText(message.sender_name),
            sender_address=PhiText(message.sender_address),
            attachments=(),
        )
        messages.insert_outbound(
            work.context, conversation, turn, channel=message.channel, provider_id=f"history/{past.id}/{message.id}"
        )
        ids.append(turn.id)
    messages.cover(work.context, ids, head.id)
    conversations.touch(work.context, conversation, last.at)
    work.note(
        Event(
            EventType.CASE_CLOSED,
            system("import"),
            Outcome.OK,
            case=head.id,
            conversation=conversation,
            payload={"why": past.outcome, "messages": len(ids), "imported": True},
        )
    )


def desk_named(app: App, workspace: WorkspaceId, name: str) -> DeskId:
    """The desk of a name. Raises: NotFound."""
    with app.store(workspace) as work:
        for desk in desks.every(work.context):
            if desk.name == name:
                return desk.id
    raise NotFound(f"there is no desk named {name}; vouchsafe init makes desks")


def the_workspace(app: App) -> WorkspaceId:
    """The only workspace of this installation. Raises: NotFound if there is none yet, Refused if there are several."""
    found = app.workspaces()
    if not found:
        raise NotFound("nothing is set up yet; run vouchsafe init, or vouchsafe demo to look around")
    if len(found) > 1:
        raise Refused("there are several workspaces here; name one by its host")
    return found[0]
