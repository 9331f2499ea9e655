"""Setting up a workspace: its keys, its desks with their routes, its people, its contacts, its documents."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace

from argon2 import PasswordHasher

from vouchsafe.app import App
from vouchsafe.domain.agreement import Agreement, Register
from vouchsafe.domain.drafter import AS_SET, LOCAL, DeskDrafter
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import CaseId, DeskId, MessageId, UserId, WorkspaceId
from vouchsafe.domain.message import Author, Direction, Turn
from vouchsafe.domain.pack import Mode, Pack
from vouchsafe.domain.passage import Document
from vouchsafe.domain.staff import License, Permission, Role, User
from vouchsafe.domain.states import CaseHead
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event, Json, Outcome, person, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.agreement_files import AgreementsRefused, read_register
from vouchsafe.governance.pack_copies import OwnWords, demo_words, write_copy
from vouchsafe.governance.packs import PackRefused, load_pack
from vouchsafe.governance.sign_offs import SignOff, needs_sign_offs, read_sign_offs
from vouchsafe.plugins.channels.web_form.receive import is_address
from vouchsafe.ports.work import NotFound
from vouchsafe.quality.synth import SynthConversation
from vouchsafe.store import agreements, cases, contacts, conversations, desks, knowledge, messages, outbox, staff
from vouchsafe.store.desks import DeskFacts
from vouchsafe.store.vault import SealBroken
from vouchsafe.store.work import PgWork

MIN_PASSWORD = 12
_CONTACTS_BATCH = 500
_HISTORY_BATCH = 50
"""Conversations a transaction; large ones cost fewer commits."""
_PAGE = re.compile(r"[a-z][a-z0-9_]{0,30}")
_MODEL_NAME = re.compile(r"[\x21-\x7e]{1,200}")


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


def adopt_pack(app: App, name: str, own: OwnWords) -> Pack:
    """The organisation's own copy of a shipped pack; one that is there already is kept if it says the same.

    Raises: PackRefused where the copy would not load or would speak as the demo clinic, Refused where the folder holds
    a pack with other words.
    """
    folder = app.settings.packs_dir / name
    if not folder.exists():
        return write_copy(name, folder, own)
    pack = load_pack(folder)
    if found := demo_words(pack):
        raise PackRefused(str(folder), found)
    other = [field.name for field in fields(own) if getattr(pack, field.name) != getattr(own, field.name)]
    if other:
        raise Refused(f"{folder} holds a pack with another {other[0]}; edit it there, or move the folder away")
    return pack


def note_pack(app: App, workspace: WorkspaceId, desk: str, pack: Pack, by: UserId) -> None:
    """Record which pack a desk goes live with, and who answers for it."""
    payload: dict[str, Json] = {"desk": desk, "organisation": pack.organisation, "version": pack.version}
    with app.store(workspace) as work:
        work.note(Event(EventType.PACK_PUBLISHED, person(by), Outcome.OK, pack=pack.ref, payload=payload))


def refuse_demo_words(app: App) -> None:
    """Stop the start of an installation whose desks would speak as the demo clinic. Raises: Refused, PackRefused."""
    if app.settings.demo:
        return
    for workspace in app.workspaces():
        with app.store(workspace) as work:
            names = sorted({desk.pack for desk in desks.every(work.context)})
        for name in names:
            if found := demo_words(app.pack(name)):
                raise Refused(
                    f"the policy pack {name} speaks as the demo clinic ({found[0]}); "
                    f"patients would read that. {how_to_own(app, name)}"
                )


def how_to_own(app: App, name: str) -> str:
    """What to do about a pack that speaks as the demo clinic."""
    folder = app.settings.packs_dir / name
    if folder.exists():
        return f"Edit {folder}, then start again"
    return f"Run: vouchsafe desk pack {name} --organisation NAME --phone NUMBER --login YOU, then start again"


def check_password(password: str) -> None:
    """Raises: Refused for a password that is too short."""
    if len(password) < MIN_PASSWORD:
        raise Refused(f"a password has at least {MIN_PASSWORD} characters; three or four words do well")


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
    check_password(password)
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
                payload={"user": str(user.id), "roles": _listed(roles)},
            )
        )
    return user


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What shall be different about a person; what is None stays."""

    name: str | None = None
    title: str | None = None
    roles: frozenset[Role] | None = None
    license: License | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return "UserChanges()"


def change_user(app: App, workspace: WorkspaceId, login: str, to: UserChanges) -> tuple[str, ...]:
    """Change a person; gives the names of what is different now. A new password ends every session of theirs.

    Raises: NotFound, Refused for a short password or a clinician without a licence.
    """
    if to.password is not None:
        check_password(to.password)
    hashed = PasswordHasher().hash(to.password) if to.password is not None else None
    with app.store(workspace) as work:
        account = staff.by_login(work.context, login)
        if account is None or not account.user.active:
            raise NotFound("nobody active has this log-in; vouchsafe user list shows everybody")
        before = account.user
        after = replace(
            before,
            name=to.name or before.name,
            title=to.title or before.title,
            roles=to.roles or before.roles,
            license=to.license or before.license,
        )
        if Role.CLINICIAN in after.roles and after.license is None:
            raise Refused("a clinician needs --profession, --license-number and --license-expires (R178)")
        changed = [name for name in ("name", "title", "license") if getattr(before, name) != getattr(after, name)]
        changed += ["password"] if hashed else []
        staff.change(work.context, after, hashed)
        if hashed:
            staff.end_sessions(work.context, before.id)
        work.note(*_changes(before, after, changed))
    return (*changed, *(["roles"] if after.roles != before.roles else []))


def _changes(before: User, after: User, changed: list[str]) -> list[Event]:
    """One event for what the person is, one for what they may do. A licence is on record with its last day."""
    about: dict[str, Json] = {"user": str(after.id)}
    events = []
    if changed:
        says: dict[str, Json] = {**about, "changed": ", ".join(changed)}
        if "license" in changed and after.license:
            says["license"] = f"{after.license.profession}, until {after.license.expires.isoformat()}"
        events.append(Event(EventType.USER_CHANGED, system("cli"), Outcome.OK, payload=says))
    if before.roles != after.roles:
        roles: dict[str, Json] = {**about, "before": _listed(before.roles), "after": _listed(after.roles)}
        events.append(Event(EventType.ROLE_CHANGED, system("cli"), Outcome.OK, payload=roles))
    return events


def _listed(roles: frozenset[Role]) -> str:
    return ", ".join(sorted(role.value for role in roles))


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


def change_mode(app: App, workspace: WorkspaceId, desk_name: str, mode: Mode, by: User, signed: str) -> Mode:  # noqa: PLR0917  # which desk, what, who, on which papers
    """Set how far the AI may go on a desk; the mode it had. `signed`: content of the sign-off file, or empty.

    `by`: whoever was shown to be this person. Raises: Refused where the person may not, NotSigned where a paper of R200
    is missing, NotFound.
    """
    check_administrator(by)
    with app.store(workspace) as work:
        desk = desks.get(work.context, desk_named(app, workspace, desk_name))
        papers: tuple[SignOff, ...] = ()
        if needs_sign_offs(desk.mode, mode):
            papers = read_sign_offs(signed, app.clock.now().date())
        desks.set_mode(work.context, desk.id, mode)
        if mode is not Mode.AUTO:
            # What waits for an agreement is rechecked at once, before the mode can be raised again.
            outbox.release(work.context)
        payload: dict[str, Json] = {
            "desk": desk.name,
            "before": desk.mode.value,
            "after": mode.value,
            "signed": {one.paper: f"{one.by}, {one.day.isoformat()}, {one.kept}" for one in papers},
        }
        work.note(Event(EventType.MODE_CHANGED, person(by.id), Outcome.OK, payload=payload))
    return desk.mode


def change_drafter(app: App, workspace: WorkspaceId, desk_name: str, to: str, by: User) -> tuple[str, str]:
    """Set whether, and by which language model, a desk's drafts are written: in words before and now; in force at once.

    `to`: `local`, `installation`, or the exact name of a model. `by`: whoever was shown to be this person. A name that
    no agreement covers is taken as well: its calls are refused. Raises: Refused, NotFound.
    """
    check_administrator(by)
    if not _MODEL_NAME.fullmatch(to):
        raise Refused("name a model exactly as the provider does, or say local or installation")
    drafter = {"local": LOCAL, "installation": AS_SET}.get(to, DeskDrafter(model=to))
    if not app.price_known(drafter.model):
        raise Refused(
            "a price is set for the installation's model, and what another one costs could not be counted against the "
            "cost a day; take the prices out and limit calls and tokens, or say installation"
        )
    with app.store(workspace) as work:
        desk = desks.get(work.context, desk_named(app, workspace, desk_name))
        desks.set_drafter(work.context, desk.id, drafter)
        payload: dict[str, Json] = {"desk": desk.name, "drafter": drafter.says, "drafter_before": desk.drafter.says}
        work.note(Event(EventType.MODE_CHANGED, person(by.id), Outcome.OK, payload=payload))
    return desk.drafter.says, drafter.says


def adopt_register(app: App, workspace: WorkspaceId, content: bytes, by: User) -> Register:
    """Put a version of the agreement register in force, each changed row on record.

    A register with gaps is taken as well: its gaps refuse calls. Raises: Refused where the person may not,
    AgreementsRefused.
    """
    return change_register(app, workspace, lambda _: content, by)


def change_register(app: App, workspace: WorkspaceId, changed: Callable[[bytes | None], bytes], by: User) -> Register:
    """Put in force what `changed` makes of the version in force; nobody else's comes between.

    It is given None where there is no version, or one that cannot be read. Raises: as `adopt_register`, and what
    `changed` raises; then nothing is changed.
    """
    check_administrator(by)
    with app.store(workspace) as work:
        before, previous = _version_in_force(work)
        content = changed(before)
        register = read_register(content)
        agreements.adopt(work.context, content, by.id)
        work.note(*_register_events(previous, register, by))
    return register


def _version_in_force(work: PgWork) -> tuple[bytes | None, Register | None]:
    """The version in force and what it says, held for a change. One that cannot be read is replaced as if none were."""
    try:
        before = agreements.for_change(work.context)
        return before, None if before is None else read_register(before)
    except (AgreementsRefused, SealBroken):
        return None, None


def _register_events(before: Register | None, after: Register, by: User) -> list[Event]:
    """One event for the register as a whole, and one for each row that came, changed or went."""
    payload: dict[str, Json] = {
        "covered_entity": after.covered_entity,
        "before": before.ref if before else None,
        "regions": ", ".join(sorted(after.pin.regions)),
        "jurisdictions": ", ".join(sorted(after.pin.jurisdictions)),
    }
    events = [Event(EventType.REGISTER_CHANGED, person(by.id), Outcome.OK, manifest=after.ref, payload=payload)]
    held = {row.id: row for row in before.agreements} if before else {}
    for row in after.agreements:
        if row.id not in held:
            events.append(_row_event(EventType.AGREEMENT_ADDED, row, after, by))
        elif row != held[row.id]:
            events.append(_row_event(EventType.AGREEMENT_REVIEWED, row, after, by))
    kept = {row.id for row in after.agreements}
    gone = [row for row in held.values() if row.id not in kept]
    return events + [_row_event(EventType.AGREEMENT_ENDED, row, after, by) for row in gone]


def _row_event(kind: EventType, row: Agreement, register: Register, by: User) -> Event:
    payload: dict[str, Json] = {
        "row": str(row.id),
        "party": row.party,
        "service": row.service.value,
        "endpoint": row.endpoint,
        "region": row.region,
        "papers": {f"{paper.kind.value} of {paper.signed.isoformat()}": paper.sha256 for paper in row.papers},
        "confirmed": f"{row.confirmed.by}, {row.confirmed.on.isoformat()}" if row.confirmed else None,
    }
    return Event(kind, person(by.id), Outcome.OK, manifest=register.ref, payload=payload)


def change_on_call(app: App, workspace: WorkspaceId, desk_name: str, address: str, by: User) -> str:
    """Set where a desk's pages go; the address they went to.

    `by`: whoever was shown to be this person. Raises: Refused for what is no address, or where the person may not;
    NotFound.
    """
    check_administrator(by)
    if address != address.strip() or not is_address(address):
        raise Refused("pages go to a mail address such as oncall@clinic.example")
    with app.store(workspace) as work:
        desk = desks.get(work.context, desk_named(app, workspace, desk_name))
        desks.set_facts(work.context, desk.id, replace(desk.facts, on_call=address))
        payload: dict[str, Json] = {"desk": desk.name, "before": desk.facts.on_call, "on_call": address}
        work.note(Event(EventType.CHANNEL_CHANGED, person(by.id), Outcome.OK, payload=payload))
    return desk.facts.on_call


def check_administrator(user: User) -> None:
    """Raises: Refused where this person may not change the installation."""
    if not user.may(Permission.MANAGE_SETTINGS):
        raise Refused("only an active administrator may do this; see vouchsafe user list")


def add_contacts(app: App, workspace: WorkspaceId, rows: Iterable[tuple[KnownContact, str, bool]]) -> int:
    """Contacts of the organisation's master: (record, language, is staff)."""
    with app.store(workspace) as work:
        return contacts.add_all(work.context, tuple(rows))


@dataclass(frozen=True, slots=True)
class MasterContact:
    """One person of the organisation's master. `record` is the master's own number of the person."""

    record: str
    known: KnownContact
    language: str
    is_staff: bool
    groups: frozenset[str] = frozenset()
    """What this person may read beside what the desk's pack gives: `clinician`, `it`, or names of groups."""


def import_contacts(app: App, workspace: WorkspaceId, rows: Iterable[MasterContact]) -> tuple[int, int]:
    """Take over people of the master; how many were new, and how many were known and now stand as in the master.

    Transactions of some hundred people, each with its event: after a crash the import is run again, and whoever is
    there already is replaced. Nobody is removed, since a file may hold a part of the master only.
    """
    every = list(rows)
    added = 0
    for start in range(0, len(every), _CONTACTS_BATCH):
        batch = every[start : start + _CONTACTS_BATCH]
        with app.store(workspace) as work:
            fresh = sum(
                contacts.put(
                    work.context,
                    one.record,
                    one.known,
                    language=one.language,
                    is_staff=one.is_staff,
                    groups=one.groups,
                )
                for one in batch
            )
            payload: dict[str, Json] = {"added": fresh, "replaced": len(batch) - fresh}
            work.note(Event(EventType.CONTACT_IMPORTED, system("cli"), Outcome.OK, payload=payload))
        added += fresh
    return added, len(every) - added


def publish(app: App, workspace: WorkspaceId, desk_name: str, documents: Iterable[Document]) -> tuple[int, int]:
    """Make documents that ship with us the desk's; versions added and retired. Raises: NotFound.

    They pass no door: an operator's own documents come in by `knowledge.importing`.
    """
    with app.store(workspace) as work:
        desk = desk_named(app, workspace, desk_name)
        synced = knowledge.publish(work.context, desk, documents)
        added, retired = len(synced.added), len(synced.retired)
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
    messages.answered(work.context, ids, head.id)
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
